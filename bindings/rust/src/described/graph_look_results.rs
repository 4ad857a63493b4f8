// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;
use super::{Dtype, TensorKind};
use crate::ffi::{owned_array, owned_text};
use crate::graph::TensorId;

/// One tensor of a graph.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GraphTensor {
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: TensorKind,
    /// Dtype.
    pub dtype: Dtype,
    /// Rank.
    pub rank: i32,
    /// Index of the node that makes it; -1: none.
    pub node: i32,
    /// The first `rank`.
    pub dims: [i64; sys::RADDLE_RANK_MAX as usize],
    /// 0: it is no loss.
    pub loss_coefficient: f64,
    /// True: [`GraphBuilder::output`](crate::GraphBuilder::output) was called on it.
    pub is_output: bool,
}

impl GraphTensor {
    /// # Safety
    /// The texts of `raw` are there.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_graph_tensor_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                name: owned_text(raw.name),
                kind: TensorKind::from_raw(raw.kind),
                dtype: Dtype::from_raw(raw.dtype),
                rank: raw.rank,
                node: raw.node,
                dims: raw.dims,
                loss_coefficient: raw.loss_coefficient,
                is_output: raw.is_output != 0,
            }
        }
    }
}

/// One operation of a graph.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GraphNode {
    /// "linear".
    pub op: String,
    /// As [`GraphBuilder::block`](crate::GraphBuilder::block) was told; -1: none.
    pub block: i32,
    /// One an input of the op, RADDLE_NO_TENSOR for those left out.
    pub inputs: Vec<TensorId>,
    /// Outputs.
    pub outputs: Vec<TensorId>,
    /// In the order of `attributes` of [`ops`](crate::ops).
    pub attributes: Vec<f64>,
}

impl GraphNode {
    /// # Safety
    /// The texts of `raw` are there.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_graph_node_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                op: owned_text(raw.op),
                block: raw.block,
                inputs: owned_array(raw.inputs, raw.input_count, TensorId),
                outputs: owned_array(raw.outputs, raw.output_count, TensorId),
                attributes: owned_array(raw.attributes, raw.attribute_count, |it| it),
            }
        }
    }
}
