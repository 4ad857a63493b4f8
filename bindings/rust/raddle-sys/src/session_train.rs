// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::ptr;

/// What a step did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_metrics_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Steps done, this one included: 1 after the first.
    pub step: i64,
    /// Next-token loss in nats, mean over the step's weighted tokens.
    pub loss: f64,
    /// With the other terms (multi-token prediction).
    pub total_loss: f64,
    /// Global, before clipping.
    pub grad_norm: f64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Tokens of this step.
    pub step_tokens: i64,
    /// Tokens of the run so far.
    pub tokens: i64,
    /// Step ms.
    pub step_ms: f64,
    /// step_tokens in step_ms.
    pub tokens_per_second: f64,
    /// Model arithmetic, see raddle_session_info_t.
    pub flops_per_second: f64,
    /// Steps of the run whose gradients were not finite.
    pub skipped_total: i64,
    /// 1: this step was one, and the weights were left alone.
    pub skipped: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_metrics_t`] at its default.
pub const RADDLE_METRICS_INIT: raddle_metrics_t = raddle_metrics_t {
    struct_size: size_of::<raddle_metrics_t>(),
    step: 0,
    loss: 0.0,
    total_loss: 0.0,
    grad_norm: 0.0,
    learning_rate: 0.0,
    step_tokens: 0,
    tokens: 0,
    step_ms: 0.0,
    tokens_per_second: 0.0,
    flops_per_second: 0.0,
    skipped_total: 0,
    skipped: 0,
    reserved: 0,
};

/// One micro-batch of packed sequences for a ready-made model.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_batch_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// At most micro_batch_tokens.
    pub token_count: i64,
    /// (token_count).
    pub tokens: *const i32,
    /// (token_count); NULL: the next token of the same sequence.
    pub targets: *const i32,
    /// (token_count) of each token's loss, finite and not negative; 0 leaves it out, some must be
    /// above 0; NULL: 1, but 0 for the last token of a sequence where `targets` is NULL.
    pub weights: *const f32,
    /// (token_count); NULL: 0, 1, ... in each sequence.
    pub positions: *const i32,
    /// (sequence_count + 1) where sequences begin, then token_count; a sequence may be empty; NULL:
    /// one sequence.
    pub cu_seqlens: *const i32,
    /// Sequence count.
    pub sequence_count: i64,
}

/// Every field of a [`raddle_batch_t`] at its default.
pub const RADDLE_BATCH_INIT: raddle_batch_t = raddle_batch_t {
    struct_size: size_of::<raddle_batch_t>(),
    token_count: 0,
    tokens: ptr::null(),
    targets: ptr::null(),
    weights: ptr::null(),
    positions: ptr::null(),
    cu_seqlens: ptr::null(),
    sequence_count: 0,
};

/// A tensor in memory: contiguous, row-major, innermost dimension last.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_tensor_view_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Name.
    pub name: *const c_char,
    /// Data.
    pub data: *mut c_void,
    /// Dtype.
    pub dtype: raddle_dtype_t,
    /// Rank.
    pub rank: i32,
    /// Dims.
    pub dims: [i64; RADDLE_RANK_MAX as usize],
}

/// Every field of a [`raddle_tensor_view_t`] at its default.
pub const RADDLE_TENSOR_VIEW_INIT: raddle_tensor_view_t = raddle_tensor_view_t {
    struct_size: size_of::<raddle_tensor_view_t>(),
    name: ptr::null(),
    data: ptr::null_mut(),
    dtype: 0,
    rank: 0,
    dims: [0; RADDLE_RANK_MAX as usize],
};

/// What an evaluation found.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_evaluation_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Steps done when it ran.
    pub step: i64,
    /// Next-token, in nats, mean over tokens.
    pub loss: f64,
    /// Exp(loss).
    pub perplexity: f64,
    /// Of the text that the tokens stand for; 0 if that is not known.
    pub bits_per_byte: f64,
    /// Tokens.
    pub tokens: i64,
    /// Of text; 0 if that is not known.
    pub bytes: i64,
    /// Seconds.
    pub seconds: f64,
}

/// Every field of a [`raddle_evaluation_t`] at its default.
pub const RADDLE_EVALUATION_INIT: raddle_evaluation_t = raddle_evaluation_t {
    struct_size: size_of::<raddle_evaluation_t>(),
    step: 0,
    loss: 0.0,
    perplexity: 0.0,
    bits_per_byte: 0.0,
    tokens: 0,
    bytes: 0,
    seconds: 0.0,
};

/// What happens in a training loop or a generation. New kinds may appear: ignore those that you do
/// not know.
pub type raddle_event_kind_t = i32;
/// Of raddle_operation_poll(): nothing happened.
pub const RADDLE_EVENT_NONE: raddle_event_kind_t = 0;
/// Metrics.
pub const RADDLE_EVENT_STEP: raddle_event_kind_t = 1;
/// Evaluation.
pub const RADDLE_EVENT_EVALUATION: raddle_event_kind_t = 2;
/// Path of a checkpoint that is complete on disk.
pub const RADDLE_EVENT_CHECKPOINT: raddle_event_kind_t = 3;
/// Message: something failed that need not end the run, such as a checkpoint for which the disk was
/// full.
pub const RADDLE_EVENT_WARNING: raddle_event_kind_t = 4;
/// Of raddle_session_generate_start(): token and text; step counts the tokens.
pub const RADDLE_EVENT_TOKEN: raddle_event_kind_t = 5;
/// Of raddle_operation_poll(): it is over, join it.
pub const RADDLE_EVENT_END: raddle_event_kind_t = 6;

/// Everything in it is valid during the callback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_event_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Kind.
    pub kind: raddle_event_kind_t,
    /// Reserved.
    pub reserved: i32,
    /// Step.
    pub step: i64,
    /// Steps total.
    pub steps_total: i64,
    /// NULL: not of this kind.
    pub metrics: *const raddle_metrics_t,
    /// NULL: not of this kind.
    pub evaluation: *const raddle_evaluation_t,
    /// NULL: not of this kind.
    pub path: *const c_char,
    /// NULL: not of this kind.
    pub message: *const c_char,
    /// What the token adds, as in raddle_token_callback_t; NULL: not of this kind.
    pub text: *const c_char,
    /// Text bytes.
    pub text_bytes: usize,
    /// Token.
    pub token: i32,
    /// Reserved2.
    pub reserved2: i32,
}

/// Receives what happens in a training loop.
pub type raddle_event_callback_t = Option<unsafe extern "C" fn(
    user_data: *mut c_void,
    event: *const raddle_event_t,
) -> i32>;

/// How a training loop ended.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_train_result_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Of the run, earlier sessions included.
    pub steps_done: i64,
    /// 1: on request, before train.steps or the last evaluation.
    pub stopped: i32,
    /// 1: a checkpoint of exactly this state is on disk.
    pub saved: i32,
    /// Of this call.
    pub seconds: f64,
}

/// Every field of a [`raddle_train_result_t`] at its default.
pub const RADDLE_TRAIN_RESULT_INIT: raddle_train_result_t = raddle_train_result_t {
    struct_size: size_of::<raddle_train_result_t>(),
    steps_done: 0,
    stopped: 0,
    saved: 0,
    seconds: 0.0,
};

extern "C" {
    /// What RADDLE_METRICS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_metrics_init(out_struct: *mut raddle_metrics_t, struct_bytes: usize);

    /// What RADDLE_BATCH_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_batch_init(out_struct: *mut raddle_batch_t, struct_bytes: usize);

    /// One optimizer step on the caller's micro-batches.
    ///
    /// - `batches`: `batch_count` micro-batches, from 1 to train.micro_batches
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_step(
        session: *mut raddle_session_t,
        batches: *const raddle_batch_t,
        batch_count: i64,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// One optimizer step on the next micro-batches of the data of data.*.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_step_on_data(
        session: *mut raddle_session_t,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// What RADDLE_TENSOR_VIEW_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_tensor_view_init(out_struct: *mut raddle_tensor_view_t, struct_bytes: usize);

    /// One optimizer step of a caller's graph, on the inputs of one micro-batch.
    ///
    /// - `inputs`: one view per input of the graph, in any order, of its type and shape; only read.
    ///   What an input may hold follows from the ops that it reaches: ids lie inside their table,
    ///   targets of a weight other than 0 inside the classes, cache_rows leaves room for the rows,
    ///   cu_seqlens rises from 0 to at most the rows; F32 values are finite
    /// - `stop`: NULL: nobody stops it
    /// - `out_metrics`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_step_inputs(
        session: *mut raddle_session_t,
        inputs: *const raddle_tensor_view_t,
        input_count: i64,
        stop: *mut raddle_stop_t,
        out_metrics: *mut raddle_metrics_t,
    ) -> raddle_status_t;

    /// What RADDLE_EVALUATION_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_evaluation_init(out_struct: *mut raddle_evaluation_t, struct_bytes: usize);

    /// Evaluates on data.validation_path, or on the part of the training data kept for it; as much
    /// of it as train.eval_batches says. Changes nothing.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - Errors: FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_evaluate(
        session: *mut raddle_session_t,
        stop: *mut raddle_stop_t,
        out_evaluation: *mut raddle_evaluation_t,
    ) -> raddle_status_t;

    /// What RADDLE_TRAIN_RESULT_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_train_result_init(out_struct: *mut raddle_train_result_t, struct_bytes: usize);

    /// Trains up to train.steps on the data of data.*, evaluating and saving as the config says; at
    /// the end it saves once more. Metrics go to the run directory and to the callback.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_result`: NULL: not wanted
    /// - `callback`: NULL: nobody listens
    /// - Errors: FAILED_PRECONDITION, ALREADY_EXISTS, RESOURCE_EXHAUSTED, NUMERIC, IO, CANCELLED,
    ///   INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_session_train(
        session: *mut raddle_session_t,
        stop: *mut raddle_stop_t,
        out_result: *mut raddle_train_result_t,
        callback: raddle_event_callback_t,
        user_data: *mut c_void,
    ) -> raddle_status_t;
}
