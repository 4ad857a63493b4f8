// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{ApplyOptions, BackwardOptions, Batch, Evaluation, Metrics, steps_calls};
use crate::{Config, Session, Stop};
use crate::error::Result;
use crate::stop::handle_of;
use crate::tensor::Input;

impl Session {
    /// Forward and backward on the caller's micro-batches: gradients and their loss, no update.
    /// Gradients are there (as tensors gradient/NAME) until
    /// [`Session::apply`](crate::Session::apply) uses them up or a step begins anew. A call that is
    /// refused leaves those that are there; one that ends on its way leaves none.
    ///
    /// - `batches`: `batch_count` micro-batches, from 1 to train.micro_batches
    /// - `options`: None: defaults
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a token or target outside the vocabulary, cu_seqlens that do not go
    ///   from 0 to token_count without falling, a sequence or batch that is too long; the state is
    ///   unchanged
    /// - `FailedPrecondition`: the session does not train, or was made from a graph
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    pub fn backward<'a>(
        &mut self,
        batches: &[Batch<'_>],
        options: impl Into<Option<&'a BackwardOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let batches = batches.iter().map(Batch::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe {
            steps_calls::session_backward(self.handle(), &batches, options.into(), handle_of(stop))
        }
    }

    /// The same for a caller's graph, on the inputs of one micro-batch.
    ///
    /// - `inputs`: as for [`Session::step_inputs`](crate::Session::step_inputs)
    /// - `options`: `weight_sum` has no meaning here: what the loss is divided by is an input of
    ///   the graph; None: defaults
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: names an input that is missing, unknown, given twice or misshapen, or
    ///   the element that is out of bounds and the node that it would reach; the state is unchanged
    /// - `FailedPrecondition`: the session does not train, or was made from a graph
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    pub fn backward_inputs<'a>(
        &mut self,
        inputs: &[Input<'_>],
        options: impl Into<Option<&'a BackwardOptions>>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let inputs = inputs.iter().map(Input::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe { steps_calls::session_backward_inputs(
            self.handle(),
            &inputs,
            options.into(),
            handle_of(stop),
        ) }
    }

    /// The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there. It
    /// counts as a step of the run.
    ///
    /// - `options`: None: defaults
    ///
    /// # Errors
    ///
    /// - `FailedPrecondition`: the session does not train, or there are no gradients
    /// - `InvalidArgument`: a learning rate that is not 0 to 3e38
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    pub fn apply<'a>(&mut self, options: impl Into<Option<&'a ApplyOptions>>) -> Result<Metrics> {
        steps_calls::session_apply(self.handle(), options.into())
    }

    /// Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.
    ///
    /// - `batch_count`: 1 or more
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a batch that [`Session::step`](crate::Session::step) would refuse
    /// - `FailedPrecondition`: the session was made from a graph, or no token has a weight above 0
    /// - `Numeric`: the loss is not finite
    /// - `Cancelled`: `stop` was set: a part is no result
    pub fn evaluate_batches<'a>(
        &mut self,
        batches: &[Batch<'_>],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Evaluation> {
        let batches = batches.iter().map(Batch::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe { steps_calls::session_evaluate_batches(self.handle(), &batches, handle_of(stop)) }
    }

    /// Runs a caller's graph without its gradients: losses and outputs of one micro-batch. Changes
    /// nothing.
    ///
    /// - `inputs`: as for [`Session::step_inputs`](crate::Session::step_inputs)
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: names an input that is missing, unknown, given twice or misshapen, or
    ///   the element that is out of bounds and the node that it would reach; the state is unchanged
    /// - `FailedPrecondition`: the session does not train, or was made from a graph
    /// - `Numeric`: as train.non_finite and train.non_finite_limit say
    /// - `Cancelled`: `stop` was cancelled; the state is unchanged
    /// - `ResourceExhausted`: no memory for a program without gradients; made at the first call
    pub fn forward_inputs<'a>(
        &mut self,
        inputs: &[Input<'_>],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let inputs = inputs.iter().map(Input::raw).collect::<Result<Vec<_>>>()?;
        // SAFETY: what is pointed to is there until the call returns.
        unsafe { steps_calls::session_forward_inputs(self.handle(), &inputs, handle_of(stop)) }
    }

    /// Copies a tensor of the state out, wherever it lies, as F32 whatever its own type.
    ///
    /// Threads: one call at a time, but also in a callback of a call on the session.
    ///
    /// - `name`: as [`Session::tensor_names`](crate::Session::tensor_names) gives it
    /// - `count`: elements of the tensor, no more and no less; of a part, those that are here
    ///
    /// # Errors
    ///
    /// - `NotFound`: no such tensor (the nearest is named)
    /// - `InvalidArgument`: `count` is not the tensor's, which is named
    pub fn read_tensor(&self, name: &str, out_values: &mut [f32]) -> Result<()> {
        steps_calls::session_read_tensor(self.handle(), name, out_values)
    }

    /// Copies values into a tensor of the state, wherever it lies. They count from the next call
    /// on. compute/NAME follows its parameter and is refused.
    ///
    /// # Errors
    ///
    /// - `NotFound`: no such tensor (the nearest is named)
    /// - `InvalidArgument`: `count` is not the tensor's, which is named
    pub fn write_tensor(&mut self, name: &str, values: &[f32]) -> Result<()> {
        steps_calls::session_write_tensor(self.handle(), name, values)
    }

    /// The config that the session runs with: what was given, what a resumed run kept, what was
    /// chosen.
    ///
    /// Threads: one call at a time, but also in a callback of a call on the session.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn config(&self) -> Result<Config> {
        steps_calls::session_get_config(self.handle()).map(Config::from_handle)
    }
}
