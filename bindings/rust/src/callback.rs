// SPDX-License-Identifier: Apache-2.0
//! What C calls back into: closures whose panics must not unwind through C.
use crate::log;
use std::any::Any;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

/// What the callbacks of one call use, and the panic of one of them.
pub(crate) struct Guarded<T> {
    inner: T,
    panic: Option<Box<dyn Any + Send>>,
}

impl<T> Guarded<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self { inner, panic: None }
    }

    /// What `work` gives; None, which is to be a stop, if it panics or something did before.
    pub(crate) fn run<R>(&mut self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        if self.panic.is_some() || log::has_panicked() {
            return None;
        }
        let inner = &mut self.inner;
        catch_unwind(AssertUnwindSafe(|| work(inner)))
            .map_err(|panic| self.panic = Some(panic))
            .ok()
    }

    /// After the call: goes on with the panic, if there was one.
    pub(crate) fn finish(self) -> T {
        match self.panic {
            Some(panic) => resume_unwind(panic),
            None => self.inner,
        }
    }
}
