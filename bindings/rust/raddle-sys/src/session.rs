// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;
use std::ptr;

/// A model's state and the programs that were planned for it.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_session_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// Where a session reads from and writes to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_session_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at a time: the
    /// lock ends with the session or its process; NULL: the session writes no file.
    pub run_directory: *const c_char,
    /// "auto": from the run directory's newest good checkpoint, afresh if no run is there or it
    /// never saved; else a checkpoint or run directory, which must be good; NULL: start afresh.
    pub resume: *const c_char,
    /// Where raddle_session_train() writes a Chrome trace. An earlier trace of Raddle's is
    /// replaced, nothing else is; NULL: none.
    pub trace_path: *const c_char,
}

/// Every field of a [`raddle_session_options_t`] at its default.
pub const RADDLE_SESSION_OPTIONS_INIT: raddle_session_options_t = raddle_session_options_t {
    struct_size: size_of::<raddle_session_options_t>(),
    run_directory: ptr::null(),
    resume: ptr::null(),
    trace_path: ptr::null(),
};

/// What a session is and how far it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_session_info_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Parameter elements.
    pub parameter_elements: i64,
    /// Vocab size.
    pub vocab_size: i64,
    /// Longest sequence.
    pub context_tokens: i64,
    /// Capacity of one micro-batch.
    pub micro_batch_tokens: i64,
    /// Of one step.
    pub micro_batches: i64,
    /// Steps done.
    pub steps_done: i64,
    /// train.steps.
    pub steps_total: i64,
    /// Tokens done.
    pub tokens_done: i64,
    /// Of a training step: 6 N + 6 L C T, as in bench.h.
    pub flops_per_token: i64,
    /// That the session has allocated.
    pub memory_bytes: i64,
    /// Threads.
    pub threads: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_session_info_t`] at its default.
pub const RADDLE_SESSION_INFO_INIT: raddle_session_info_t = raddle_session_info_t {
    struct_size: size_of::<raddle_session_info_t>(),
    parameter_elements: 0,
    vocab_size: 0,
    context_tokens: 0,
    micro_batch_tokens: 0,
    micro_batches: 0,
    steps_done: 0,
    steps_total: 0,
    tokens_done: 0,
    flops_per_token: 0,
    memory_bytes: 0,
    threads: 0,
    reserved: 0,
};

extern "C" {
    /// What RADDLE_SESSION_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_session_options_init(
        out_struct: *mut raddle_session_options_t,
        struct_bytes: usize,
    );

    /// A session that trains the ready-made model of model.* on the data of data.*. The run
    /// directory is made or changed when training or saving begins, not before; then, if `resume`
    /// names a checkpoint that is not the run's newest, what came after it is set aside
    /// (checkpoint.h). Plans the training step and allocates what it needs; draws the weights, or
    /// reads them (model.init_from, resume).
    ///
    /// - `config`: copied
    /// - `options`: copied; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_session`: destroy with raddle_session_destroy()
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, DATA_LOSS, IO,
    ///   RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_session_create(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        options: *const raddle_session_options_t,
        stop: *mut raddle_stop_t,
        out_session: *mut *mut raddle_session_t,
    ) -> raddle_status_t;

    /// A session for a model of the caller's own. The caller brings the batches
    /// (raddle_session_step_inputs()); model.* and data.* are not looked at.
    ///
    /// - `config`: copied
    /// - `graph`: finished; copied
    /// - `options`: copied; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_session`: destroy with raddle_session_destroy()
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, DATA_LOSS, IO,
    ///   RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_session_create_from_graph(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        graph: *const raddle_graph_t,
        options: *const raddle_session_options_t,
        stop: *mut raddle_stop_t,
        out_session: *mut *mut raddle_session_t,
    ) -> raddle_status_t;

    /// A session that trains together with the same session of every other rank. All ranks make it,
    /// with the same config and graph, and call what trains, evaluates and saves in the same order;
    /// one at a time in a world. The session keeps the world. In a world of one it is as the two
    /// above make it.
    ///
    /// - `config`: copied
    /// - `graph`: finished; copied; NULL: the ready-made model of model.* on the data of data.*
    /// - `options`: copied; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_session`: destroy with raddle_session_destroy()
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, DATA_LOSS, IO,
    ///   RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_session_create_in_world(
        context: *mut raddle_context_t,
        world: *mut raddle_world_t,
        config: *const raddle_config_t,
        graph: *const raddle_graph_t,
        options: *const raddle_session_options_t,
        stop: *mut raddle_stop_t,
        out_session: *mut *mut raddle_session_t,
    ) -> raddle_status_t;

    /// A session over a trained model, to evaluate and generate; it has no optimizer and does not
    /// train.
    ///
    /// - `path`: a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face
    ///   directory
    /// - `config`: what the caller sets overrides what the run was trained with (runtime.threads,
    ///   data.validation_path, generate.*); a key of model.* that contradicts the weights is an
    ///   error. A data.validation_path set here is scored in sequences as long as the model's
    ///   context, however it was trained; NULL: nothing to override
    /// - `stop`: NULL: nobody stops it
    /// - `out_session`: destroy with raddle_session_destroy()
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, DATA_LOSS, IO,
    ///   RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_session_open(
        context: *mut raddle_context_t,
        path: *const c_char,
        config: *const raddle_config_t,
        stop: *mut raddle_stop_t,
        out_session: *mut *mut raddle_session_t,
    ) -> raddle_status_t;

    /// NULL-safe; nulls it. Does not save. Tensors that were exported live on until their deleters
    /// run.
    ///
    /// A call that another thread has in the session is cancelled and waited for. Inside a
    /// callback, of this session or another, nobody waits: the calls in the session are cancelled,
    /// and it goes when the last of them ends, so two sessions may destroy each other. A call whose
    /// callback destroys its session returns CANCELLED.
    ///
    /// - `session`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_session_destroy(session: *mut *mut raddle_session_t);

    /// What RADDLE_SESSION_INFO_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_session_info_init(out_struct: *mut raddle_session_info_t, struct_bytes: usize);

    /// What the session trains, how far it is, and what it takes.
    ///
    /// - Threads: one call at a time, but also in a callback of a call on the session
    #[must_use]
    pub fn raddle_session_get_info(
        session: *const raddle_session_t,
        out_info: *mut raddle_session_info_t,
    ) -> raddle_status_t;

    /// The session's tokenizer.
    ///
    /// - `session`: NULL: the result is NULL
    /// - Returns: borrowed until the session is destroyed; NULL: it has none
    /// - Threads: any
    pub fn raddle_session_get_tokenizer(
        session: *const raddle_session_t,
    ) -> *const raddle_tokenizer_t;
}
