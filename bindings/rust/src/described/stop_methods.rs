// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{StopGrade, stop_calls};
use crate::Stop;
use crate::error::Result;

impl Stop {
    /// One that asks for nothing yet.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn new() -> Result<Self> {
        stop_calls::stop_create().map(Self::from_handle)
    }

    /// Asks to stop in good order. A training loop finishes its step, saves and returns; but a step
    /// on its own data of which more than one micro-batch is still to do is dropped, as it may last
    /// long, and whoever goes on repeats it bit for bit. A generation returns what it has; a single
    /// step and a checkpoint that is being saved are finished. Whatever else, of which a part is no
    /// result, returns `Cancelled` soon and leaves nothing half-made.
    ///
    /// Threads: any; safe in a signal handler while the stop lives.
    pub fn request(&self) {
        stop_calls::stop_request(self.handle())
    }

    /// Makes every call that has it return `Cancelled` as soon as possible. The step under way is
    /// dropped, and the state is what it was before; a checkpoint that is not complete is removed.
    ///
    /// Threads: any; safe in a signal handler while the stop lives.
    pub fn cancel(&self) {
        stop_calls::stop_cancel(self.handle())
    }

    /// What was asked for so far; it only rises.
    ///
    /// Threads: any; safe in a signal handler while the stop lives.
    #[must_use]
    pub fn grade(&self) -> StopGrade {
        stop_calls::stop_grade(self.handle())
    }
}
