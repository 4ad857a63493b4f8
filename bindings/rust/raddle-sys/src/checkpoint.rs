// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::os::raw::{c_char, c_void};

/// Everything in it is valid during the callback.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_checkpoint_info_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Path.
    pub path: *const c_char,
    /// Step.
    pub step: i64,
    /// Bytes.
    pub bytes: i64,
    /// 1: manifest and file sizes are right (checksums: raddle_checkpoint_verify).
    pub good: i32,
    /// Reserved.
    pub reserved: i32,
    /// What is wrong with one that is not good, else "".
    pub problem: *const c_char,
    /// Of the run that trained it; "" where `directory` is no run directory.
    pub branch: *const c_char,
    /// 0: it belongs to a branch that was set aside.
    pub in_force: i32,
    /// 1: it is being written, or never was finished; then it is not good.
    pub half_written: i32,
}

/// Receives one checkpoint of a list.
pub type raddle_checkpoint_callback_t = Option<unsafe extern "C" fn(
    user_data: *mut c_void,
    info: *const raddle_checkpoint_info_t,
) -> i32>;

extern "C" {
    /// Saves the session's whole state: weights, optimizer, counters, data cursor.
    ///
    /// - `path`: the checkpoint's directory, which must not exist; NULL: a new one among the run
    ///   directory's, which are then thinned out as checkpoint.keep_* say
    /// - `stop`: NULL: nobody stops it
    /// - `out_path`: where it is; free with raddle_text_destroy(); NULL: not wanted
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: FAILED_PRECONDITION, ALREADY_EXISTS, RESOURCE_EXHAUSTED, NUMERIC, IO, CANCELLED
    #[must_use]
    pub fn raddle_session_save(
        session: *mut raddle_session_t,
        path: *const c_char,
        stop: *mut raddle_stop_t,
        out_path: *mut *mut c_char,
    ) -> raddle_status_t;

    /// Puts the session back into a saved state. Bit for bit: training goes on as if it had not
    /// stopped.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - Errors: NOT_FOUND, DATA_LOSS, FAILED_PRECONDITION, CANCELLED
    #[must_use]
    pub fn raddle_session_restore(
        session: *mut raddle_session_t,
        path: *const c_char,
        stop: *mut raddle_stop_t,
    ) -> raddle_status_t;

    /// Lists the checkpoints of a run directory (or of a directory of checkpoints). Those of
    /// branches that were set aside come first, then those of the branch in force; each oldest
    /// first, so that the last one is the newest.
    ///
    /// - Threads: any
    /// - Errors: NOT_FOUND
    #[must_use]
    pub fn raddle_checkpoint_list(
        context: *mut raddle_context_t,
        directory: *const c_char,
        callback: raddle_checkpoint_callback_t,
        user_data: *mut c_void,
    ) -> raddle_status_t;

    /// Reads every byte of a checkpoint and compares the checksums.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_json`: what it holds: path, step, files, tensors, bytes; free with
    ///   raddle_text_destroy(); NULL: not wanted
    /// - Threads: any
    /// - Errors: NOT_FOUND, DATA_LOSS, CANCELLED
    #[must_use]
    pub fn raddle_checkpoint_verify(
        context: *mut raddle_context_t,
        path: *const c_char,
        stop: *mut raddle_stop_t,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;

    /// Writes a model for other tools. raddle_session_open() and model.init_from read it back.
    ///
    /// - `from`: a checkpoint or run directory
    /// - `format`: "hf": config.json, generation_config.json, model.safetensors, tokenizer.json, as
    ///   Hugging Face's libraries name and shape them
    /// - `to`: a directory; made if it is not there. One that is empty or holds an earlier export
    ///   of Raddle's is replaced, anything else is ALREADY_EXISTS
    /// - `stop`: NULL: nobody stops it
    /// - Threads: any
    /// - Errors: NOT_FOUND, DATA_LOSS, ALREADY_EXISTS, IO, RESOURCE_EXHAUSTED, NUMERIC,
    ///   INVALID_ARGUMENT, CANCELLED
    #[must_use]
    pub fn raddle_checkpoint_export(
        context: *mut raddle_context_t,
        from: *const c_char,
        format: *const c_char,
        to: *const c_char,
        stop: *mut raddle_stop_t,
    ) -> raddle_status_t;
}
