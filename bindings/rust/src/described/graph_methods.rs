// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::graph_calls;
use crate::{Config, Context, Graph};
use crate::error::Result;

impl Graph {
    /// The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual
    /// width and multi-token prediction), for micro-batches of train.micro_batch_tokens. Finished.
    ///
    /// Its inputs, for `rows` = train.micro_batch_tokens: tokens, positions, targets (rows; I32),
    /// weights (rows; F32), cu_seqlens (rows + 1; I32; the tail repeats the last value), loss_scale
    /// (1; F32); with multi-token prediction mtp_targets and mtp_weights too.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config describes no model; says which keys
    /// - `NotFound`: model.hf_config names no file
    pub fn model(context: &Context, config: &Config) -> Result<Self> {
        let handle = graph_calls::graph_create_model(context.handle(), config.handle())?;
        Ok(Self::from_handle(handle, context))
    }

    /// The graph that [`Graph::to_text`](crate::Graph::to_text) wrote. Finished.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: names the line, or the node that does not hold
    pub fn from_text(context: &Context, text: impl AsRef<[u8]>) -> Result<Self> {
        let handle = graph_calls::graph_create_from_text(context.handle(), text.as_ref())?;
        Ok(Self::from_handle(handle, context))
    }

    /// The graph as text that people can read and [`Graph::from_text`](crate::Graph::from_text)
    /// reads back.
    ///
    /// # Errors
    ///
    /// - `FailedPrecondition`: the graph is not finished
    pub fn to_text(&self) -> Result<String> {
        graph_calls::graph_to_text(self.handle())
    }

    /// How many parameter elements the graph has.
    #[must_use]
    pub fn parameter_elements(&self) -> i64 {
        graph_calls::graph_parameter_elements(self.handle())
    }
}
