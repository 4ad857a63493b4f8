// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};

/// How text is generated.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_generate_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// 0: generate.max_tokens.
    pub max_tokens: i64,
    /// 0: always the likeliest token; below 0: generate.temperature.
    pub temperature: f64,
    /// 0: all; below 0: generate.top_k.
    pub top_k: i64,
    /// Below 0: generate.seed.
    pub seed: i64,
    /// 1: always the likeliest token.
    pub greedy: i32,
    /// 1: go on after an end-of-text token.
    pub ignore_end: i32,
}

/// Every field of a [`raddle_generate_options_t`] at its default.
pub const RADDLE_GENERATE_OPTIONS_INIT: raddle_generate_options_t = raddle_generate_options_t {
    struct_size: size_of::<raddle_generate_options_t>(),
    max_tokens: 0,
    temperature: -1.0,
    top_k: -1,
    seed: -1,
    greedy: 0,
    ignore_end: 0,
};

/// How a generation went.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_generate_result_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Generated.
    pub token_count: i64,
    /// Until the first token.
    pub prompt_ms: f64,
    /// After the first.
    pub tokens_per_second: f64,
    /// 1: by an end-of-text token.
    pub ended: i32,
    /// 0.
    pub reserved: i32,
}

/// Every field of a [`raddle_generate_result_t`] at its default.
pub const RADDLE_GENERATE_RESULT_INIT: raddle_generate_result_t = raddle_generate_result_t {
    struct_size: size_of::<raddle_generate_result_t>(),
    token_count: 0,
    prompt_ms: 0.0,
    tokens_per_second: 0.0,
    ended: 0,
    reserved: 0,
};

/// Receives each token as it is drawn.
pub type raddle_token_callback_t = Option<unsafe extern "C" fn(
    user_data: *mut c_void,
    token: i32,
    text: *const c_char,
    text_bytes: usize,
) -> i32>;

extern "C" {
    /// The logits of every position of one sequence.
    ///
    /// - `tokens`: `token_count` of them, from 1 to context_tokens
    /// - `stop`: NULL: nobody stops it
    /// - `out_logits`: (token_count, vocab_size)
    /// - `capacity`: floats that out_logits has room for
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_logits(
        session: *mut raddle_session_t,
        tokens: *const i32,
        token_count: i64,
        stop: *mut raddle_stop_t,
        out_logits: *mut f32,
        capacity: i64,
    ) -> raddle_status_t;

    /// The same, written as a safetensors file with the F32 tensor `logits` (token_count,
    /// vocab_size).
    ///
    /// - `path`: a file that is not there yet
    /// - `stop`: NULL: nobody stops it
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED, ALREADY_EXISTS, IO,
    ///   RESOURCE_EXHAUSTED
    #[must_use]
    pub fn raddle_session_write_logits(
        session: *mut raddle_session_t,
        tokens: *const i32,
        token_count: i64,
        path: *const c_char,
        stop: *mut raddle_stop_t,
    ) -> raddle_status_t;

    /// What RADDLE_GENERATE_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_generate_options_init(
        out_struct: *mut raddle_generate_options_t,
        struct_bytes: usize,
    );

    /// What RADDLE_GENERATE_RESULT_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_generate_result_init(
        out_struct: *mut raddle_generate_result_t,
        struct_bytes: usize,
    );

    /// Continues a sequence of tokens, with a key-value cache.
    ///
    /// Its callback may generate with the same session again, 8 deep in all. Each further one has a
    /// cache of its own, which counts against runtime.memory_limit and goes when the outermost call
    /// ends.
    ///
    /// - `prompt`: `prompt_count` tokens, at least 1; with the generated ones at most
    ///   context_tokens
    /// - `options`: NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_result`: NULL: not wanted
    /// - `callback`: NULL: nobody listens
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED
    #[must_use]
    pub fn raddle_session_generate(
        session: *mut raddle_session_t,
        prompt: *const i32,
        prompt_count: i64,
        options: *const raddle_generate_options_t,
        stop: *mut raddle_stop_t,
        out_result: *mut raddle_generate_result_t,
        callback: raddle_token_callback_t,
        user_data: *mut c_void,
    ) -> raddle_status_t;
}
