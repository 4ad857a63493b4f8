// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};

/// How gradients are made.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_backward_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// What the sum over weighted tokens is divided by: the weights of the whole step where its
    /// batches come in several calls, which are all told the same; 0: those of this call.
    pub weight_sum: f64,
    /// 1: add to the gradients that are there, as a further part of the same step; 0: begin a step.
    pub accumulate: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_backward_options_t`] at its default.
pub const RADDLE_BACKWARD_OPTIONS_INIT: raddle_backward_options_t = raddle_backward_options_t {
    struct_size: size_of::<raddle_backward_options_t>(),
    weight_sum: 0.0,
    accumulate: 0,
    reserved: 0,
};

/// How gradients are applied.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_apply_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Of this step, if `own_learning_rate` is 1.
    pub learning_rate: f64,
    /// 0: the rate of optimizer.learning_rate and schedule.* at this step; 1: `learning_rate`,
    /// which may be 0.
    pub own_learning_rate: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_apply_options_t`] at its default.
pub const RADDLE_APPLY_OPTIONS_INIT: raddle_apply_options_t = raddle_apply_options_t {
    struct_size: size_of::<raddle_apply_options_t>(),
    learning_rate: 0.0,
    own_learning_rate: 0,
    reserved: 0,
};

/// Makes a micro-batch: number `micro_batch` (from 0) of the step after `step` done ones. A run
/// that is resumed asks from the step on at which it goes on.
pub type raddle_batch_source_t = Option<unsafe extern "C" fn(
    user_data: *mut c_void,
    step: i64,
    micro_batch: i64,
    batch: *mut raddle_batch_t,
) -> i32>;

extern "C" {
    /// What RADDLE_BACKWARD_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_backward_options_init(
        out_struct: *mut raddle_backward_options_t,
        struct_bytes: usize,
    );

    /// Forward and backward on the caller's micro-batches: gradients and their loss, no update.
    /// Gradients are there (as tensors gradient/NAME) until raddle_session_apply() uses them up or
    /// a step begins anew. A call that is refused leaves those that are there; one that ends on its
    /// way leaves none.
    ///
    /// - `batches`: `batch_count` micro-batches, from 1 to train.micro_batches
    /// - `options`: NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: loss, total_loss, tokens of the step so far; steps done before it; NULL:
    ///   not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_backward(
        session: *mut raddle_session_t,
        batches: *const raddle_batch_t,
        batch_count: i64,
        options: *const raddle_backward_options_t,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// The same for a caller's graph, on the inputs of one micro-batch.
    ///
    /// - `inputs`: as for raddle_session_step_inputs()
    /// - `options`: `weight_sum` has no meaning here: what the loss is divided by is an input of
    ///   the graph; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_backward_inputs(
        session: *mut raddle_session_t,
        inputs: *const raddle_tensor_view_t,
        input_count: i64,
        options: *const raddle_backward_options_t,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// What RADDLE_APPLY_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_apply_options_init(out_struct: *mut raddle_apply_options_t, struct_bytes: usize);

    /// The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there. It
    /// counts as a step of the run.
    ///
    /// - `options`: NULL: defaults
    /// - `out_metrics`: of the whole step; NULL: not wanted
    /// - Errors: FAILED_PRECONDITION, INVALID_ARGUMENT, NUMERIC
    #[must_use]
    pub fn raddle_session_apply(
        session: *mut raddle_session_t,
        options: *const raddle_apply_options_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// raddle_session_step() on one micro-batch whose arrays are given one by one, for languages
    /// that must not pass pointers inside structs.
    ///
    /// - `targets`: NULL: the next token of the same sequence
    /// - `weights`: NULL: as in raddle_batch_t
    /// - `positions`: NULL: 0, 1, ... in each sequence
    /// - `cu_seqlens`: NULL: one sequence
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_step_tokens(
        session: *mut raddle_session_t,
        tokens: *const i32,
        token_count: i64,
        targets: *const i32,
        weights: *const f32,
        positions: *const i32,
        cu_seqlens: *const i32,
        sequence_count: i64,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// raddle_session_train() on batches of the caller's instead of the data of data.*. Evaluations
    /// are on data.validation_path, if there is one.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_result`: NULL: not wanted
    /// - `callback`: NULL: nobody listens
    /// - Errors: FAILED_PRECONDITION, ALREADY_EXISTS, RESOURCE_EXHAUSTED, NUMERIC, IO, CANCELLED,
    ///   INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_session_train_on(
        session: *mut raddle_session_t,
        source: raddle_batch_source_t,
        source_data: *mut c_void,
        stop: *mut raddle_stop_t,
        out_result: *mut raddle_train_result_t,
        callback: raddle_event_callback_t,
        user_data: *mut c_void,
    ) -> raddle_status_t;

    /// Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.
    ///
    /// - `batch_count`: 1 or more
    /// - `stop`: NULL: nobody stops it
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_evaluate_batches(
        session: *mut raddle_session_t,
        batches: *const raddle_batch_t,
        batch_count: i64,
        stop: *mut raddle_stop_t,
        out_evaluation: *mut raddle_evaluation_t,
    ) -> raddle_status_t;

    /// Runs a caller's graph without its gradients: losses and outputs of one micro-batch. Changes
    /// nothing.
    ///
    /// - `inputs`: as for raddle_session_step_inputs()
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: loss and total_loss; NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED, RESOURCE_EXHAUSTED
    #[must_use]
    pub fn raddle_session_forward_inputs(
        session: *mut raddle_session_t,
        inputs: *const raddle_tensor_view_t,
        input_count: i64,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// Copies an output of a caller's graph (raddle_graph_add_output()), as the last backward or
    /// forward left it.
    ///
    /// - `bytes`: of the whole output, no more and no less
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_session_read_output(
        session: *mut raddle_session_t,
        name: *const c_char,
        out_data: *mut c_void,
        bytes: usize,
    ) -> raddle_status_t;

    /// Copies a tensor of the state out, wherever it lies, as F32 whatever its own type.
    ///
    /// - `name`: as raddle_session_tensor_name() gives it
    /// - `count`: elements of the tensor, no more and no less; of a part, those that are here
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_session_read_tensor(
        session: *mut raddle_session_t,
        name: *const c_char,
        out_values: *mut f32,
        count: i64,
    ) -> raddle_status_t;

    /// Copies values into a tensor of the state, wherever it lies. They count from the next call
    /// on. compute/NAME follows its parameter and is refused.
    ///
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_session_write_tensor(
        session: *mut raddle_session_t,
        name: *const c_char,
        values: *const f32,
        count: i64,
    ) -> raddle_status_t;

    /// The config that the session runs with: what was given, what a resumed run kept, what was
    /// chosen.
    ///
    /// - `out_config`: a copy; destroy with raddle_config_destroy()
    /// - Threads: one call at a time, but also in a callback of a call on the session
    #[must_use]
    pub fn raddle_session_get_config(
        session: *const raddle_session_t,
        out_config: *mut *mut raddle_config_t,
    ) -> raddle_status_t;
}
