// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;

/// A model.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_graph_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// A tensor of the graph that returned it.
pub type raddle_tensor_id_t = i32;

/// Stands for an input that an op may do without; comes back for an output that it then lacks.
pub const RADDLE_NO_TENSOR: i32 = -1;

/// raddle rank max.
pub const RADDLE_RANK_MAX: i32 = 4;

/// Element types. Values never change.
pub type raddle_dtype_t = i32;
/// A value of raddle_dtype_t.
pub const RADDLE_F32: raddle_dtype_t = 0;
/// A value of raddle_dtype_t.
pub const RADDLE_F64: raddle_dtype_t = 1;
/// A value of raddle_dtype_t.
pub const RADDLE_BF16: raddle_dtype_t = 2;
/// A value of raddle_dtype_t.
pub const RADDLE_F16: raddle_dtype_t = 3;
/// A value of raddle_dtype_t.
pub const RADDLE_I32: raddle_dtype_t = 4;
/// A value of raddle_dtype_t.
pub const RADDLE_I64: raddle_dtype_t = 5;
/// A value of raddle_dtype_t.
pub const RADDLE_U8: raddle_dtype_t = 6;
/// A value of raddle_dtype_t.
pub const RADDLE_U16: raddle_dtype_t = 7;
/// A value of raddle_dtype_t.
pub const RADDLE_U32: raddle_dtype_t = 8;

/// One kind of op. All texts are static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_op_info_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// "linear".
    pub name: *const c_char,
    /// Names of the inputs, in order: "x weight bias?" (? may be left out).
    pub inputs: *const c_char,
    /// "y".
    pub outputs: *const c_char,
    /// "key=default,..."; a key without default must be given.
    pub attributes: *const c_char,
    /// Shapes and arithmetic, a sentence or two.
    pub help: *const c_char,
    /// Input count min.
    pub input_count_min: i64,
    /// Input count max.
    pub input_count_max: i64,
    /// Output count.
    pub output_count: i64,
}

/// Every field of a [`raddle_op_info_t`] at its default.
pub const RADDLE_OP_INFO_INIT: raddle_op_info_t = raddle_op_info_t {
    struct_size: size_of::<raddle_op_info_t>(),
    name: ptr::null(),
    inputs: ptr::null(),
    outputs: ptr::null(),
    attributes: ptr::null(),
    help: ptr::null(),
    input_count_min: 0,
    input_count_max: 0,
    output_count: 0,
};

extern "C" {
    /// What RADDLE_OP_INFO_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_op_info_init(out_struct: *mut raddle_op_info_t, struct_bytes: usize);

    /// How many kinds of op can be added to a graph.
    ///
    /// - Threads: any
    pub fn raddle_op_count() -> i64;

    /// Kind `index`.
    ///
    /// - `out_info`: its texts are static
    /// - Threads: any
    /// - Errors: OUT_OF_RANGE
    #[must_use]
    pub fn raddle_op_get_info(index: i64, out_info: *mut raddle_op_info_t) -> raddle_status_t;

    /// An empty graph.
    ///
    /// - `out_graph`: may outlive the context; destroy with raddle_graph_destroy()
    /// - Threads: any
    #[must_use]
    pub fn raddle_graph_create(
        context: *mut raddle_context_t,
        out_graph: *mut *mut raddle_graph_t,
    ) -> raddle_status_t;

    /// NULL-safe; nulls it. Sessions and plans made of the graph keep what they need.
    ///
    /// - `graph`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_graph_destroy(graph: *mut *mut raddle_graph_t);

    /// The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual
    /// width and multi-token prediction), for micro-batches of train.micro_batch_tokens. Finished.
    ///
    /// Its inputs, for `rows` = train.micro_batch_tokens: tokens, positions, targets (rows; I32),
    /// weights (rows; F32), cu_seqlens (rows + 1; I32; the tail repeats the last value), loss_scale
    /// (1; F32); with multi-token prediction mtp_targets and mtp_weights too.
    ///
    /// - `out_graph`: destroy with raddle_graph_destroy()
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND
    #[must_use]
    pub fn raddle_graph_create_model(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        out_graph: *mut *mut raddle_graph_t,
    ) -> raddle_status_t;

    /// The graph that raddle_graph_to_text() wrote. Finished.
    ///
    /// - `out_graph`: destroy with raddle_graph_destroy()
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_graph_create_from_text(
        context: *mut raddle_context_t,
        text: *const c_char,
        text_bytes: usize,
        out_graph: *mut *mut raddle_graph_t,
    ) -> raddle_status_t;

    /// A tensor that the caller gives with every micro-batch.
    ///
    /// - `name`: unique in the graph; 1 to 256 letters, digits and _ . -
    /// - `dims`: `rank` sizes, each from 1 to 2^31 - 1, with a product of at most 2^40; NULL:
    ///   allowed when rank is 0
    /// - `out_tensor`: the tensor
    /// - Errors: INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_add_input(
        graph: *mut raddle_graph_t,
        name: *const c_char,
        dtype: raddle_dtype_t,
        dims: *const i64,
        rank: i32,
        out_tensor: *mut raddle_tensor_id_t,
    ) -> raddle_status_t;

    /// A tensor that training changes. F32.
    ///
    /// - `dtype`: RADDLE_F32
    /// - `dims`: NULL: allowed when rank is 0
    /// - `attributes`: "key=value,...": init=zeros how it starts: zeros, ones, constant(V),
    ///   normal(STD), stacked_identity, residue_average, hyper_connection(M) decay=true whether
    ///   weight decay applies: true, false; NULL: none
    /// - Errors: INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_add_parameter(
        graph: *mut raddle_graph_t,
        name: *const c_char,
        dtype: raddle_dtype_t,
        dims: *const i64,
        rank: i32,
        attributes: *const c_char,
        out_tensor: *mut raddle_tensor_id_t,
    ) -> raddle_status_t;

    /// Any op by name. Shapes and types of the outputs follow from the inputs.
    ///
    /// - `name`: of the first output, unique in the graph; NULL: a number is given
    /// - `inputs`: `input_count` tensors of this graph, in the order of the op's info; trailing
    ///   ones that the op can do without may be left out
    /// - `attributes`: "key=value,..."; NULL: none
    /// - `out_outputs`: room for `output_count` tensors, which must be as many as the op has
    /// - Errors: INVALID_ARGUMENT, ALREADY_EXISTS, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_add_op(
        graph: *mut raddle_graph_t,
        op: *const c_char,
        name: *const c_char,
        inputs: *const raddle_tensor_id_t,
        input_count: i64,
        attributes: *const c_char,
        out_outputs: *mut raddle_tensor_id_t,
        output_count: i64,
    ) -> raddle_status_t;

    /// Ops added from now on belong to this block: what train.recompute = "block" keeps or computes
    /// again as one.
    ///
    /// - `block`: 0, 1, ...; -1: none (the default)
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_set_block(graph: *mut raddle_graph_t, block: i32) -> raddle_status_t;

    /// What activations and caches are, and parameters where products and tables read them:
    /// RADDLE_F32, which it is otherwise, or RADDLE_BF16. Said before the first tensor. Inputs of
    /// real numbers are then of that type too, but for those that an op takes exact (weights,
    /// loss_scale). Parameters themselves, their gradients, statistics and losses are F32 all the
    /// same. Ready-made models take it from train.precision.
    ///
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_set_precision(
        graph: *mut raddle_graph_t,
        dtype: raddle_dtype_t,
    ) -> raddle_status_t;

    /// Adds `coefficient` x `loss` to what training minimises. The op linear_cross_entropy makes
    /// such a tensor; its input loss_scale is 1 / (the sum of the weights of all tokens of the
    /// step), so that the loss is a mean over tokens and never a mean of means over micro-batches.
    ///
    /// - `loss`: of one F32 element that a node makes, once; summed over the micro-batches of a
    ///   step
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_add_loss(
        graph: *mut raddle_graph_t,
        loss: raddle_tensor_id_t,
        coefficient: f64,
    ) -> raddle_status_t;

    /// Keeps a tensor for the caller to read after each run (raddle_session_read_output()): a
    /// result beside the losses, such as logits or hidden states.
    ///
    /// - `tensor`: that a node makes
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_add_output(
        graph: *mut raddle_graph_t,
        tensor: raddle_tensor_id_t,
    ) -> raddle_status_t;

    /// Checks the graph and freezes it.
    ///
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_finish(graph: *mut raddle_graph_t) -> raddle_status_t;

    /// The graph as text that people can read and raddle_graph_create_from_text() reads back.
    ///
    /// - `out_text`: free with raddle_text_destroy()
    /// - Errors: FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_graph_to_text(
        graph: *const raddle_graph_t,
        out_text: *mut *mut c_char,
    ) -> raddle_status_t;

    /// How many parameter elements the graph has.
    ///
    /// - `graph`: NULL: the result is 0
    pub fn raddle_graph_parameter_elements(graph: *const raddle_graph_t) -> i64;
}
