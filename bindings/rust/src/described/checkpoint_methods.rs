// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::checkpoint_calls;
use crate::{Context, Session, Stop};
use crate::error::Result;
use crate::stop::handle_of;
use std::path::{Path, PathBuf};

impl Session {
    /// Saves the session's whole state: weights, optimizer, counters, data cursor.
    ///
    /// Threads: one call at a time, but also in a callback of a call on the session.
    ///
    /// - `path`: the checkpoint's directory, which must not exist; None: a new one among the run
    ///   directory's, which are then thinned out as checkpoint.keep_* say
    ///
    /// # Errors
    ///
    /// - `FailedPrecondition`: the session does not train; path is None and it has no run directory
    /// - `AlreadyExists`: there is something at `path`
    /// - `ResourceExhausted`: the disk is full; earlier checkpoints are untouched
    /// - `Numeric`: a weight or moment is not finite; nothing is written
    /// - `Io`.
    /// - `Cancelled`: `stop` was cancelled; nothing is written
    pub fn save<'a>(
        &self,
        path: Option<&Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<PathBuf> {
        checkpoint_calls::session_save(self.handle(), path, handle_of(stop))
    }

    /// Puts the session back into a saved state. Bit for bit: training goes on as if it had not
    /// stopped.
    ///
    /// # Errors
    ///
    /// - `NotFound`: there is no checkpoint at `path`
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor
    /// - `FailedPrecondition`: the checkpoint is of another model or other data, or the session
    ///   does not train
    /// - `Cancelled`: `stop` was set before the state changed
    pub fn restore<'a>(
        &mut self,
        path: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<()> {
        checkpoint_calls::session_restore(self.handle(), path.as_ref(), handle_of(stop))
    }
}

impl Context {
    /// Reads every byte of a checkpoint and compares the checksums.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// - `NotFound`: there is none
    /// - `DataLoss`: names the file and the tensor
    /// - `Cancelled`: `stop` was set
    pub fn checkpoint_verify<'a>(
        &self,
        path: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<String> {
        checkpoint_calls::checkpoint_verify(self.handle(), path.as_ref(), handle_of(stop))
    }

    /// Writes a model for other tools. [`Session::open`](crate::Session::open) and model.init_from
    /// read it back.
    ///
    /// Threads: any.
    ///
    /// - `from`: a checkpoint or run directory
    /// - `format`: "hf": config.json, generation_config.json, model.safetensors, tokenizer.json, as
    ///   Hugging Face's libraries name and shape them
    /// - `to`: a directory; made if it is not there. One that is empty or holds an earlier export
    ///   of Raddle's is replaced, anything else is `AlreadyExists`
    ///
    /// # Errors
    ///
    /// - `NotFound`.
    /// - `DataLoss`.
    /// - `AlreadyExists`.
    /// - `Io`.
    /// - `ResourceExhausted`.
    /// - `Numeric`: a weight is not finite
    /// - `InvalidArgument`: no such format
    /// - `Cancelled`: `stop` was set; nothing is written
    pub fn checkpoint_export<'a>(
        &self,
        from: impl AsRef<Path>,
        format: &str,
        to: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<()> {
        checkpoint_calls::checkpoint_export(
            self.handle(),
            from.as_ref(),
            format,
            to.as_ref(),
            handle_of(stop),
        )
    }
}
