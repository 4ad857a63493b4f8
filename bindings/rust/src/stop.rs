// SPDX-License-Identifier: Apache-2.0
//! How what lasts is stopped, and how far it is.
use crate::described::stop_calls;
use crate::ffi::Handle;
use crate::sys;
use std::sync::Arc;

/// Stops calls that last, from any thread, and says how far they are. Clones are the same stop.
///
/// A call takes `&stop`, or `None` if nobody stops it. It stays set, so a new one is made for what
/// it must not stop; it may be given to any number of calls, and ends them all.
///
/// ```no_run
/// # fn example(session: &mut raddle::Session) -> raddle::Result<()> {
/// let stop = raddle::Stop::new()?;
/// let other = stop.clone();
/// std::thread::spawn(move || {
///     std::thread::sleep(std::time::Duration::from_secs(60));
///     eprintln!("stopping at {:?}", other.progress());
///     other.request();
/// });
/// let result = session.train(&stop)?;
/// assert!(result.stopped && result.saved);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Stop(Arc<Shared>);

#[derive(Debug)]
struct Shared(Handle<sys::raddle_stop_t>);

// SAFETY: stop.h: request, cancel and grade are "any; safe in a signal handler while the stop
// lives", done and total are "any", and "one may be given to any number of calls, also at the same
// time".
unsafe impl Sync for Shared {}

/// How far the work is that began last with a [`Stop`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Steps of a training, tokens of a generation, batches of an evaluation, merges of a
    /// tokenizer, bytes of anything that reads or writes files.
    pub done: i64,
    /// How many there are, if anybody knows.
    pub total: Option<i64>,
}

impl Stop {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_stop_t>) -> Self {
        Self(Arc::new(Shared(handle)))
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_stop_t> {
        &self.0 .0
    }

    /// How far the work is that began last with it.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let total = stop_calls::stop_total(self.handle());
        let done = stop_calls::stop_done(self.handle());
        Progress { done, total: Some(total).filter(|&total| total > 0) }
    }
}

/// What a call is given as its stop.
pub(crate) fn handle_of<'a>(
    stop: impl Into<Option<&'a Stop>>,
) -> Option<&'a Handle<sys::raddle_stop_t>> {
    stop.into().map(Stop::handle)
}
