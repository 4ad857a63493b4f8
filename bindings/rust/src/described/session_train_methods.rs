// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{Batch, Evaluation, Metrics, session_train_calls};
use crate::{Session, Stop};
use crate::error::Result;
use crate::stop::handle_of;
use crate::tensor::Input;

impl Session {
    /// One optimizer step on the caller's micro-batches.
    ///
    /// - `batches`: `batch_count` micro-batches, from 1 to train.micro_batches
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a token or target outside the vocabulary, cu_seqlens that do not go
    ///   from 0 to token_count without falling, a sequence or batch that is too long; the state is
    ///   unchanged
    /// - `FailedPrecondition`: the session does not train, or was made from a graph
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    pub fn step<'a>(
        &mut self,
        batches: &[Batch<'_>],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let batches = batches.iter().map(Batch::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe { session_train_calls::session_step(self.handle(), &batches, handle_of(stop)) }
    }

    /// One optimizer step on the next micro-batches of the data of data.*.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a token or target outside the vocabulary, cu_seqlens that do not go
    ///   from 0 to token_count without falling, a sequence or batch that is too long; the state is
    ///   unchanged
    /// - `FailedPrecondition`: the session does not train, or no data is configured
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    pub fn step_on_data<'a>(&mut self, stop: impl Into<Option<&'a Stop>>) -> Result<Metrics> {
        session_train_calls::session_step_on_data(self.handle(), handle_of(stop))
    }

    /// One optimizer step of a caller's graph, on the inputs of one micro-batch.
    ///
    /// - `inputs`: one view per input of the graph, in any order, of its type and shape; only read.
    ///   What an input may hold follows from the ops that it reaches: ids lie inside their table,
    ///   targets of a weight other than 0 inside the classes, cache_rows leaves room for the rows,
    ///   cu_seqlens rises from 0 to at most the rows; F32 values are finite
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: names an input that is missing, unknown, given twice or misshapen, or
    ///   the element that is out of bounds and the node that it would reach; the state is unchanged
    /// - `FailedPrecondition`: the session does not train, or was made from a graph
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    pub fn step_inputs<'a>(
        &mut self,
        inputs: &[Input<'_>],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let inputs = inputs.iter().map(Input::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe { session_train_calls::session_step_inputs(self.handle(), &inputs, handle_of(stop)) }
    }

    /// Evaluates on data.validation_path, or on the part of the training data kept for it; as much
    /// of it as train.eval_batches says. Changes nothing.
    ///
    /// # Errors
    ///
    /// - `FailedPrecondition`: there is no validation data, or the session was made from a graph
    /// - `Numeric`: the loss is not finite
    /// - `Cancelled`: `stop` was set: a part is no result
    pub fn evaluate<'a>(&mut self, stop: impl Into<Option<&'a Stop>>) -> Result<Evaluation> {
        session_train_calls::session_evaluate(self.handle(), handle_of(stop))
    }
}
