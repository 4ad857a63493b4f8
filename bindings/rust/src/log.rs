// SPDX-License-Identifier: Apache-2.0
//! The way of log messages to a closure, which may run on any thread and must not call back.
use crate::described::LogLevel;
use crate::error::{Code, Error, Result};
use crate::{ffi, sys};
use std::any::Any;
use std::cell::Cell;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

type Closure = Box<dyn FnMut(LogLevel, &str) + Send>;

/// A closure where it does not move, since the library keeps a pointer to it.
#[derive(Debug)]
pub(crate) struct Sink(*mut Closure);

// SAFETY: the closure is Send, and nothing reaches it through a Sink but its callback.
unsafe impl Send for Sink {}

impl Sink {
    pub(crate) fn new(log: impl FnMut(LogLevel, &str) + Send + 'static) -> Self {
        Self(Box::into_raw(Box::new(Box::new(log))))
    }

    pub(crate) fn fill(&self, options: &mut sys::raddle_context_options_t) {
        options.log_callback = Some(on_message);
        options.log_user_data = self.0.cast();
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        // SAFETY: `new` made it, and the context that used it is destroyed: "When it returns, the
        // log callback is not running and will not run again."
        drop(unsafe { Box::from_raw(self.0) });
    }
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}
static HAS_PANICKED: AtomicBool = AtomicBool::new(false);
static PANIC: Mutex<Option<Box<dyn Any + Send>>> = Mutex::new(None);

unsafe extern "C" fn on_message(sink: *mut c_void, level: i32, message: *const c_char) {
    INSIDE.with(|inside| inside.set(true));
    let done = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: context.h: the user data is the Sink's until the context is destroyed, the
        // message is there until this returns, and there is "one call at a time in the process".
        let (closure, message) =
            unsafe { (&mut *sink.cast::<Closure>(), ffi::owned_text(message)) };
        closure(LogLevel::from_raw(level), &message);
    }));
    INSIDE.with(|inside| inside.set(false));
    if let Err(panic) = done {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
        HAS_PANICKED.store(true, Ordering::Release);
    }
}

/// Whether a log closure panicked, which [`rethrow`] will tell.
pub(crate) fn has_panicked() -> bool {
    HAS_PANICKED.load(Ordering::Acquire)
}

/// Goes on with the panic of a log closure on the thread of the call that meets it first, unless
/// that panics itself.
pub(crate) fn rethrow() {
    if has_panicked() && !std::thread::panicking() {
        let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
        HAS_PANICKED.store(false, Ordering::Release);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}

/// A log closure "must not call into Raddle" (context.h): some calls would wait for themselves.
pub(crate) fn check(function: &str) -> Result<()> {
    if !INSIDE.with(Cell::get) {
        return Ok(());
    }
    let message = format!(
        "{function}: a log closure must not call into Raddle; note what it has to do and do it \
         when the closure has returned"
    );
    Err(Error::new(Code::FailedPrecondition, message))
}

/// Runs `work` at once, or inside a log closure on a thread of its own.
pub(crate) fn outside(work: impl FnOnce() + Send + 'static) {
    if INSIDE.with(Cell::get) {
        std::thread::spawn(work);
    } else {
        work();
    }
}
