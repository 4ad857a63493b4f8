// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{StepBench, bench_calls};
use crate::{Config, Context, Stop};
use crate::error::Result;
use crate::stop::handle_of;

impl Context {
    /// Times training steps (forward, backward, clipping, AdamW) of the config's model on random
    /// tokens.
    ///
    /// - `batch`: sequences per micro-batch
    /// - `sequence`: their length
    /// - `warmup`: steps that are not measured; 0: 2
    /// - `steps`: steps that are measured; 0: 10
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate, or lacks a key that must be given
    /// - `NotFound`: data, tokenizer, weights or checkpoint are not there
    /// - `AlreadyExists`: the run directory holds a run, and `resume` is None; or it holds files
    ///   that no run wrote, under names that a run would write over
    /// - `FailedPrecondition`: the checkpoint is of another model or other data; says which
    /// - `DataLoss`: the checkpoint is damaged; names file and tensor. With "auto": so is every one
    ///   of the run, or they are gone
    /// - `Io`: with "auto": no checkpoint of the run can be read now
    /// - `ResourceExhausted`: the plan does not fit; says by how many bytes
    /// - `Unavailable`: a library or kernel that the config demands is missing, or another session
    ///   writes to the run directory; says which
    /// - `Cancelled`: `stop` was set
    pub fn bench_step<'a>(
        &self,
        config: &Config,
        batch: i64,
        sequence: i64,
        warmup: i64,
        steps: i64,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<StepBench> {
        bench_calls::bench_step(
            self.handle(),
            config.handle(),
            batch,
            sequence,
            warmup,
            steps,
            handle_of(stop),
        )
    }
}
