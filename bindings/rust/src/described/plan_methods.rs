// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{MemoryTable, plan_calls};
use crate::{Config, Context, Graph, Plan};
use crate::error::Result;

impl Plan {
    /// Plans the training step of the model that the config describes, or of `graph`. A plan that
    /// does not fit is made all the same; its table says by how much.
    ///
    /// - `graph`: finished; None: the ready-made model of model.*
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: the config does not validate
    /// - `FailedPrecondition`: the graph is not finished
    /// - `Unavailable`: kernels.require = tuned and an op has none; says which and why
    pub fn new<'a>(
        context: &Context,
        config: &Config,
        graph: impl Into<Option<&'a Graph>>,
    ) -> Result<Self> {
        let handle = plan_calls::plan_create(
            context.handle(),
            config.handle(),
            graph.into().map(Graph::handle),
        )?;
        Ok(Self::from_handle(handle, context))
    }

    /// What the plan books, and whether it fits.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn memory(&self) -> Result<MemoryTable> {
        plan_calls::plan_get_memory(self.handle())
    }

    /// The plan for people: memory table, kernels with the reasons why faster ones were refused,
    /// instructions with their buffers.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn explain(&self) -> Result<String> {
        plan_calls::plan_explain(self.handle())
    }

    /// The same for programs: a JSON object with memory, parameters, groups of optimizer.group
    /// (from 1 on in parameters), kernels, instructions, hash, flops_per_token.
    ///
    /// # Errors
    ///
    /// Those of every call: something is busy, or there is no memory.
    pub fn to_json(&self) -> Result<String> {
        plan_calls::plan_to_json(self.handle())
    }

    /// Equal hashes mean equal plans.
    ///
    /// Threads: any.
    #[must_use]
    pub fn hash(&self) -> u64 {
        plan_calls::plan_hash(self.handle())
    }
}
