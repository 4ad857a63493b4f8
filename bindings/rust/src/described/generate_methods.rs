// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::generate_calls;
use crate::{Session, Stop};
use crate::error::Result;
use crate::stop::handle_of;
use std::path::Path;

impl Session {
    /// The same, written as a safetensors file with the F32 tensor `logits` (token_count,
    /// vocab_size).
    ///
    /// - `path`: a file that is not there yet
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a token outside the vocabulary, too many, or too little room; says how
    ///   much is needed
    /// - `FailedPrecondition`: the session was made from a graph
    /// - `Numeric`: a logit is not finite
    /// - `Cancelled`: `stop` was set
    /// - `AlreadyExists`: there is something at `path`; it is kept
    /// - `Io`.
    /// - `ResourceExhausted`.
    pub fn write_logits<'a>(
        &mut self,
        tokens: &[i32],
        path: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<()> {
        generate_calls::session_write_logits(self.handle(), tokens, path.as_ref(), handle_of(stop))
    }
}
