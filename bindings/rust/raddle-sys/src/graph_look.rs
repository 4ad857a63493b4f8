// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;

/// Where a tensor of a graph comes from.
pub type raddle_tensor_kind_t = i32;
/// The caller gives it with every micro-batch.
pub const RADDLE_TENSOR_INPUT: raddle_tensor_kind_t = 0;
/// Part of the state.
pub const RADDLE_TENSOR_PARAMETER: raddle_tensor_kind_t = 1;
/// Kept from one run to the next.
pub const RADDLE_TENSOR_CACHE: raddle_tensor_kind_t = 2;
/// A node makes it.
pub const RADDLE_TENSOR_ACTIVATION: raddle_tensor_kind_t = 3;

/// One tensor of a graph.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_graph_tensor_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Name.
    pub name: *const c_char,
    /// Kind.
    pub kind: raddle_tensor_kind_t,
    /// Dtype.
    pub dtype: raddle_dtype_t,
    /// Rank.
    pub rank: i32,
    /// Index of the node that makes it; -1: none.
    pub node: i32,
    /// The first `rank`.
    pub dims: [i64; RADDLE_RANK_MAX as usize],
    /// 0: it is no loss.
    pub loss_coefficient: f64,
    /// 1: raddle_graph_add_output() was called on it.
    pub is_output: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_graph_tensor_t`] at its default.
pub const RADDLE_GRAPH_TENSOR_INIT: raddle_graph_tensor_t = raddle_graph_tensor_t {
    struct_size: size_of::<raddle_graph_tensor_t>(),
    name: ptr::null(),
    kind: 0,
    dtype: 0,
    rank: 0,
    node: 0,
    dims: [0; RADDLE_RANK_MAX as usize],
    loss_coefficient: 0.0,
    is_output: 0,
    reserved: 0,
};

/// One operation of a graph.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_graph_node_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// "linear".
    pub op: *const c_char,
    /// As raddle_graph_set_block() was told; -1: none.
    pub block: i32,
    /// 0.
    pub reserved: i32,
    /// One an input of the op, RADDLE_NO_TENSOR for those left out.
    pub inputs: *const raddle_tensor_id_t,
    /// Input count.
    pub input_count: i64,
    /// Outputs.
    pub outputs: *const raddle_tensor_id_t,
    /// Output count.
    pub output_count: i64,
    /// In the order of `attributes` of raddle_op_get_info().
    pub attributes: *const f64,
    /// Attribute count.
    pub attribute_count: i64,
}

/// Every field of a [`raddle_graph_node_t`] at its default.
pub const RADDLE_GRAPH_NODE_INIT: raddle_graph_node_t = raddle_graph_node_t {
    struct_size: size_of::<raddle_graph_node_t>(),
    op: ptr::null(),
    block: 0,
    reserved: 0,
    inputs: ptr::null(),
    input_count: 0,
    outputs: ptr::null(),
    output_count: 0,
    attributes: ptr::null(),
    attribute_count: 0,
};

extern "C" {
    /// What RADDLE_GRAPH_TENSOR_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_graph_tensor_init(out_struct: *mut raddle_graph_tensor_t, struct_bytes: usize);

    /// What RADDLE_GRAPH_NODE_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_graph_node_init(out_struct: *mut raddle_graph_node_t, struct_bytes: usize);

    /// How many tensors a finished graph has: they are numbered from 0.
    ///
    /// - `graph`: NULL: the result is 0
    /// - Returns: 0: it is not finished
    pub fn raddle_graph_tensor_count(graph: *const raddle_graph_t) -> i64;

    /// Describes a tensor of a finished graph.
    ///
    /// - `out_tensor`: borrowed until the graph is destroyed
    /// - Errors: OUT_OF_RANGE, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_get_tensor(
        graph: *const raddle_graph_t,
        tensor: raddle_tensor_id_t,
        out_tensor: *mut raddle_graph_tensor_t,
    ) -> raddle_status_t;

    /// The tensor of that name in a finished graph.
    ///
    /// - Errors: NOT_FOUND, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_find_tensor(
        graph: *const raddle_graph_t,
        name: *const c_char,
        out_tensor: *mut raddle_tensor_id_t,
    ) -> raddle_status_t;

    /// How many operations a finished graph has, in the order in which they run.
    ///
    /// - `graph`: NULL: the result is 0
    /// - Returns: 0: it is not finished
    pub fn raddle_graph_node_count(graph: *const raddle_graph_t) -> i64;

    /// Describes an operation of a finished graph.
    ///
    /// - `out_node`: borrowed until the graph is destroyed
    /// - Errors: OUT_OF_RANGE, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_get_node(
        graph: *const raddle_graph_t,
        index: i64,
        out_node: *mut raddle_graph_node_t,
    ) -> raddle_status_t;
}
