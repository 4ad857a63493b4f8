// SPDX-License-Identifier: Apache-2.0
//! Training loops and generations: as iterators, or with closures.
use crate::callback::Guarded;
use crate::described::TrainResult;
use crate::described::{generate_calls, operation_calls, session_train_calls, steps_calls};
use crate::described::{Evaluation, EventKind, GenerateOptions, GenerateResult, Metrics};
use crate::error::{Error, Result};
use crate::ffi::{owned_path, owned_text, Handle};
use crate::stop::{handle_of, Stop};

use crate::{sys, Batch, Session};
use std::fmt;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::os::raw::{c_char, c_void};
use std::path::PathBuf;
use std::time::Duration;

/// Something that happened in a training loop.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Steps done when it happened.
    pub step: i64,
    /// `train.steps`.
    pub steps_total: i64,
    /// What happened.
    pub what: What,
}

/// What an [`Event`] is about.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A step was done.
    Step(Metrics),
    /// An evaluation was done.
    Evaluation(Evaluation),
    /// A checkpoint is complete on disk.
    Checkpoint(PathBuf),
    /// Something failed that need not end the run, such as a checkpoint when the disk was full.
    Warning(String),
    /// Something that this version of the crate does not know.
    Other(EventKind),
}

impl Event {
    /// # Safety
    /// What `raw` points to is there.
    unsafe fn read(raw: &sys::raddle_event_t) -> Self {
        // SAFETY: the caller says so.
        let what = unsafe {
            match (EventKind::from_raw(raw.kind), raw.metrics.as_ref(), raw.evaluation.as_ref()) {
                (EventKind::Step, Some(metrics), _) => What::Step(Metrics::from_raw(metrics)),
                (EventKind::Evaluation, _, Some(found)) => {
                    What::Evaluation(Evaluation::from_raw(found))
                }
                (EventKind::Checkpoint, ..) => What::Checkpoint(owned_path(raw.path)),
                (EventKind::Warning, ..) => What::Warning(owned_text(raw.message)),
                (other, ..) => What::Other(other),
            }
        };
        Self { step: raw.step, steps_total: raw.steps_total, what }
    }
}

/// A token that was drawn, and what it adds to the text: whole characters, so it may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub id: i32,
    /// What it adds to the text; empty without a tokenizer.
    pub text: String,
}

impl Token {
    /// # Safety
    /// `text` has `count` bytes, or is NULL and has none.
    unsafe fn read(id: i32, text: *const c_char, count: usize) -> Self {
        let text = if text.is_null() {
            String::new()
        } else {
            // SAFETY: the caller says so.
            let bytes = unsafe { std::slice::from_raw_parts(text.cast(), count) };
            String::from_utf8_lossy(bytes).into_owned()
        };
        Self { id, text }
    }

    /// # Safety
    /// What `raw` points to is there.
    unsafe fn of_event(raw: &sys::raddle_event_t) -> Self {
        // SAFETY: the caller says so.
        unsafe { Self::read(raw.token, raw.text, raw.text_bytes) }
    }
}

/// A training loop or a generation that runs on a thread of the library's while it borrows the
/// session: an iterator over what happens, none of which is lost. Nothing calls back into Rust.
///
/// An error ends it, as its last item. Dropping it cancels it: the step under way is dropped, and
/// nothing is saved. To end a training in good order, [`Stop::request`] and go on to the end.
#[must_use = "dropping what runs cancels it"]
pub struct Operation<'s, T, End> {
    handle: Handle<sys::raddle_operation_t>,
    is_over: bool,
    read: unsafe fn(&sys::raddle_event_t) -> T,
    end: fn(&Handle<sys::raddle_operation_t>) -> Result<Option<End>>,
    borrowed: PhantomData<&'s mut Session>,
}

/// A training loop that runs.
pub type Training<'s> = Operation<'s, Event, TrainResult>;
/// A generation that runs.
pub type Generation<'s> = Operation<'s, Token, GenerateResult>;

impl<T, End> Operation<'_, T, End> {
    /// What happens next, within `timeout`; None if nothing does, or if it is over.
    ///
    /// # Errors
    ///
    /// What ended it.
    pub fn poll(&mut self, timeout: Duration) -> Result<Option<T>> {
        self.take(timeout.as_millis().try_into().unwrap_or(i64::MAX))
    }

    fn take(&mut self, timeout_ms: i64) -> Result<Option<T>> {
        if self.is_over {
            return Ok(None);
        }
        let event = operation_calls::operation_poll(&self.handle, timeout_ms)?;
        // SAFETY: it is lent "until the next poll or join", and both take `self`.
        let event = unsafe { &*event };
        match EventKind::from_raw(event.kind) {
            EventKind::None => Ok(None),
            EventKind::End => {
                self.is_over = true;
                (self.end)(&self.handle).map(|_| None)
            }
            // SAFETY: what it points to is there for as long.
            _ => Ok(Some(unsafe { (self.read)(event) })),
        }
    }

    /// Whether everything that happened was taken.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Waits for the end. What was not taken is dropped.
    ///
    /// # Errors
    ///
    /// What ended it.
    pub fn join(self) -> Result<End> {
        (self.end)(&self.handle).map(|end| end.expect("it was asked for"))
    }
}

impl<T, End> fmt::Debug for Operation<'_, T, End> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Operation").field("is_over", &self.is_over).finish_non_exhaustive()
    }
}

impl<T, End> Iterator for Operation<'_, T, End> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let taken = self.take(-1);
        self.is_over |= taken.is_err();
        taken.transpose()
    }
}

/// What the callbacks of a training loop use.
struct Loop<'a, 'b, S, F> {
    session: &'a Session,
    source: S,
    on_event: F,
    batch: Option<Batch<'b>>, // that the library reads until it asks for the next one
    failed: Option<Error>,
}

unsafe extern "C" fn on_event<S, F>(user: *mut c_void, event: *const sys::raddle_event_t) -> i32
where
    F: FnMut(&Event, &Session) -> ControlFlow<()>,
{
    // SAFETY: the user data is the Guarded of `run`, and "everything in [the event] is valid during
    // the callback".
    let (user, event) =
        unsafe { (&mut *user.cast::<Guarded<Loop<'_, '_, S, F>>>(), Event::read(&*event)) };
    match user.run(|user| (user.on_event)(&event, user.session)) {
        Some(ControlFlow::Continue(())) => 0,
        _ => 1,
    }
}

unsafe extern "C" fn on_batch<'b, S, F>(
    user: *mut c_void,
    step: i64,
    micro_batch: i64,
    out: *mut sys::raddle_batch_t,
) -> i32
where
    S: FnMut(i64, i64) -> Option<Batch<'b>>,
{
    // SAFETY: the user data is the Guarded of `run`.
    let user = unsafe { &mut *user.cast::<Guarded<Loop<'_, 'b, S, F>>>() };
    let made = user.run(|user| {
        user.batch = (user.source)(step, micro_batch);
        user.batch.as_ref()?.raw().map_err(|error| user.failed = Some(error)).ok()
    });
    match made.flatten() {
        Some(raw) => {
            // SAFETY: it is there to be filled in. What it points to is `user.batch`'s, which
            // "stays valid until the next call".
            unsafe { *out = raw };
            0
        }
        None => 1,
    }
}

unsafe extern "C" fn on_token<F>(
    user: *mut c_void,
    token: i32,
    text: *const c_char,
    count: usize,
) -> i32
where
    F: FnMut(&Token) -> ControlFlow<()>,
{
    // SAFETY: the user data is the Guarded of `generate_with`; the text has that many bytes.
    let (user, token) =
        unsafe { (&mut *user.cast::<Guarded<F>>(), Token::read(token, text, count)) };
    match user.run(|user| user(&token)) {
        Some(ControlFlow::Continue(())) => 0,
        _ => 1,
    }
}

/// The callbacks that fit what is their user data.
fn callbacks<'b, S, F>(
    _: &Guarded<Loop<'_, 'b, S, F>>,
) -> (sys::raddle_batch_source_t, sys::raddle_event_callback_t)
where
    S: FnMut(i64, i64) -> Option<Batch<'b>>,
    F: FnMut(&Event, &Session) -> ControlFlow<()>,
{
    (Some(on_batch::<S, F>), Some(on_event::<S, F>))
}

impl Session {
    /// Trains up to `train.steps` on the data of `data.*`, evaluating and saving as the config
    /// says.
    pub fn train<'a>(&mut self, stop: impl Into<Option<&'a Stop>>) -> Result<TrainResult> {
        self.train_with(stop, |_, _| ControlFlow::Continue(()))
    }

    /// The same on a thread of the library's, as an iterator over what happens.
    ///
    /// ```no_run
    /// # use raddle::What;
    /// # fn example(session: &mut raddle::Session) -> raddle::Result<()> {
    /// for event in session.train_events(None)? {
    ///     if let What::Step(metrics) = event?.what {
    ///         println!("step {} loss {:.3}", metrics.step, metrics.loss);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn train_events<'a>(&mut self, stop: impl Into<Option<&'a Stop>>) -> Result<Training<'_>> {
        let handle = operation_calls::session_train_start(self.handle(), handle_of(stop))?;
        Ok(Operation {
            handle,
            is_over: false,
            read: Event::read,
            end: |handle| Ok(operation_calls::operation_join(handle, true, false)?.0),
            borrowed: PhantomData,
        })
    }

    /// The same with a closure for what happens, on this thread. It may look at the session, save
    /// it and generate with it; `Break` stops as [`Stop::request`] does, and so does a panic, which
    /// then goes on.
    pub fn train_with<'a>(
        &mut self,
        stop: impl Into<Option<&'a Stop>>,
        on_event: impl FnMut(&Event, &Session) -> ControlFlow<()>,
    ) -> Result<TrainResult> {
        self.run(stop.into(), None::<fn(i64, i64) -> Option<Batch<'static>>>, on_event)
    }

    /// The same on batches of the caller's: `source` makes micro-batch `.1` (from 0) of the step
    /// after
    /// `.0` done ones, or None when there is no more. A run that is resumed asks from the step on
    /// at which it goes on. An iterator `i` is `|_, _| i.next()`.
    pub fn train_on<'a, 'b>(
        &mut self,
        stop: impl Into<Option<&'a Stop>>,
        source: impl FnMut(i64, i64) -> Option<Batch<'b>>,
        on_event: impl FnMut(&Event, &Session) -> ControlFlow<()>,
    ) -> Result<TrainResult> {
        self.run(stop.into(), Some(source), on_event)
    }

    fn run<'b, S, F>(
        &mut self,
        stop: Option<&Stop>,
        source: Option<S>,
        events: F,
    ) -> Result<TrainResult>
    where
        S: FnMut(i64, i64) -> Option<Batch<'b>>,
        F: FnMut(&Event, &Session) -> ControlFlow<()>,
    {
        let (session, stop) = (&*self, handle_of(stop));
        let (has_source, mut source) = (source.is_some(), source);
        let mut guarded = Guarded::new(Loop {
            session,
            source: |step, micro_batch| source.as_mut()?(step, micro_batch),
            on_event: events,
            batch: None,
            failed: None,
        });
        let (batches, events) = callbacks(&guarded);
        let user: *mut c_void = (&mut guarded as *mut Guarded<_>).cast();
        let handle = session.handle();
        // SAFETY: `guarded` stays until the call returns, which is as long as it is called back.
        let done = unsafe {
            if has_source {
                steps_calls::session_train_on(handle, batches, user, stop, events, user)
            } else {
                session_train_calls::session_train(handle, stop, events, user)
            }
        };
        guarded.finish().failed.map_or(done, Err)
    }

    /// Continues a sequence of tokens, on a thread of the library's, as an iterator over the tokens
    /// that are drawn.
    pub fn generate<'a>(
        &mut self,
        prompt: &[i32],
        options: &GenerateOptions,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Generation<'_>> {
        let (options, stop) = (Some(options), handle_of(stop));
        let handle = operation_calls::session_generate_start(self.handle(), prompt, options, stop)?;
        Ok(Operation {
            handle,
            is_over: false,
            read: Token::of_event,
            end: |handle| Ok(operation_calls::operation_join(handle, false, true)?.1),
            borrowed: PhantomData,
        })
    }

    /// The same with a closure for each token, on this thread; `Break` stops, and so does a panic,
    /// which then goes on.
    pub fn generate_with<'a, F>(
        &self,
        prompt: &[i32],
        options: &GenerateOptions,
        stop: impl Into<Option<&'a Stop>>,
        on_each: F,
    ) -> Result<GenerateResult>
    where
        F: FnMut(&Token) -> ControlFlow<()>,
    {
        let mut guarded = Guarded::new(on_each);
        let user: *mut Guarded<F> = &mut guarded;
        // SAFETY: `guarded` stays until the call returns, which is as long as it is called back.
        let done = unsafe {
            generate_calls::session_generate(
                self.handle(),
                prompt,
                Some(options),
                handle_of(stop),
                Some(on_token::<F>),
                user.cast(),
            )
        };
        guarded.finish();
        done
    }
}
