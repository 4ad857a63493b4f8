// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{GraphNode, GraphTensor, graph_look_calls};
use crate::{Graph, TensorId};
use crate::error::Result;

impl Graph {
    /// How many tensors a finished graph has: they are numbered from 0.
    #[must_use]
    pub fn tensor_count(&self) -> i64 {
        graph_look_calls::graph_tensor_count(self.handle())
    }

    /// Describes a tensor of a finished graph.
    ///
    /// # Errors
    ///
    /// - `OutOfRange`: there is no such tensor
    /// - `FailedPrecondition`: the graph is not finished
    pub fn tensor(&self, tensor: TensorId) -> Result<GraphTensor> {
        graph_look_calls::graph_get_tensor(self.handle(), tensor.0)
    }

    /// The tensor of that name in a finished graph.
    ///
    /// # Errors
    ///
    /// - `NotFound`: there is none; the nearest is named
    /// - `FailedPrecondition`: the graph is not finished
    pub fn find_tensor(&self, name: &str) -> Result<TensorId> {
        graph_look_calls::graph_find_tensor(self.handle(), name).map(TensorId)
    }

    /// How many operations a finished graph has, in the order in which they run.
    #[must_use]
    pub fn node_count(&self) -> i64 {
        graph_look_calls::graph_node_count(self.handle())
    }

    /// Describes an operation of a finished graph.
    ///
    /// # Errors
    ///
    /// - `OutOfRange`: there is no such node
    /// - `FailedPrecondition`: the graph is not finished
    pub fn node(&self, index: i64) -> Result<GraphNode> {
        graph_look_calls::graph_get_node(self.handle(), index)
    }
}
