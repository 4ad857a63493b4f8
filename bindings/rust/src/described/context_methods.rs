// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::context_calls;
use crate::Context;
use crate::error::Result;

impl Context {
    /// What the machine offers and what Raddle makes of it, as a JSON object: processor,
    /// instruction sets, cores, memory and its limits, matrix libraries found, the kernel that each
    /// op would get and why. Meant for bug reports and `raddle doctor`; keys may be added.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn describe(&self) -> Result<String> {
        context_calls::context_describe(self.handle())
    }
}
