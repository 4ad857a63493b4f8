// SPDX-License-Identifier: Apache-2.0
//! The process's Raddle.
use crate::described::{bench_calls, context_calls, LogLevel, MachinePeaks};
use crate::error::Result;
use crate::ffi::Handle;
use crate::{log, sys};
use std::sync::Arc;

/// The process's Raddle: where the log goes, what the machine offers. A clone is the same context,
/// and what is made with it keeps it.
///
/// ```
/// use raddle::{Context, LogLevel};
///
/// let context = Context::with_log(LogLevel::Warning, |level, message| {
///     eprintln!("{level:?}: {message}");
/// })?;
/// assert!(context.describe()?.starts_with('{'));
/// # Ok::<(), raddle::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handle: Handle<sys::raddle_context_t>, // goes before the sink that it uses
    sink: Option<log::Sink>,
}

// SAFETY: base.h, Threads: "every call may share a context". The sink is not reached through it.
unsafe impl Sync for Inner {}

impl Context {
    /// A context without a log. Cheap: starts no thread, opens no library, reads no file.
    pub fn new() -> Result<Self> {
        Self::create(sys::RADDLE_CONTEXT_OPTIONS_INIT, None)
    }

    /// A context whose log goes to `log`, from the level `lowest` on.
    ///
    /// The closure runs on any thread, one call at a time in the process, and gets the messages of
    /// all contexts. It must not call into Raddle (calls in it are refused). If it panics, training
    /// loops and generations stop at their next event, and the call that ends first goes on with
    /// the panic.
    pub fn with_log<F>(lowest: LogLevel, log: F) -> Result<Self>
    where
        F: FnMut(LogLevel, &str) + Send + 'static,
    {
        let sink = log::Sink::new(log);
        let mut options = sys::RADDLE_CONTEXT_OPTIONS_INIT;
        options.log_level = lowest.to_raw();
        sink.fill(&mut options);
        Self::create(options, Some(sink))
    }

    fn create(options: sys::raddle_context_options_t, sink: Option<log::Sink>) -> Result<Self> {
        // SAFETY: the sink stays until the context is destroyed.
        let handle = unsafe { context_calls::context_create(Some(&options)) }?;
        Ok(Self(Arc::new(Inner { handle, sink })))
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_context_t> {
        &self.0.handle
    }

    /// Measures the machine's peaks with `threads` threads (0: all cores), in a tenth of a second;
    /// `with_memory` its memory too, in a second or two and 384 MiB.
    pub fn bench_machine(&self, threads: i32, with_memory: bool) -> Result<MachinePeaks> {
        bench_calls::bench_machine(self.handle(), threads, with_memory.into())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // In a log closure destroying it would wait for itself; Handle leaves it to a thread, and
        // the closure must outlive that.
        if log::check("").is_err() {
            std::mem::forget(self.sink.take());
        }
    }
}
