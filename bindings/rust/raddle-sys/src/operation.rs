// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};

/// A training loop or a generation that was started.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_operation_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

extern "C" {
    /// Begins what raddle_session_train() does. Its thread takes no signals.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_operation`: destroy with raddle_operation_destroy()
    /// - Errors: RESOURCE_EXHAUSTED
    #[must_use]
    pub fn raddle_session_train_start(
        session: *mut raddle_session_t,
        stop: *mut raddle_stop_t,
        out_operation: *mut *mut raddle_operation_t,
    ) -> raddle_status_t;

    /// Begins what raddle_session_generate() does. Its thread takes no signals.
    ///
    /// - `prompt`: copied
    /// - `options`: copied; NULL: defaults
    /// - `stop`: NULL: nobody stops it
    /// - `out_operation`: destroy with raddle_operation_destroy()
    /// - Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED
    #[must_use]
    pub fn raddle_session_generate_start(
        session: *mut raddle_session_t,
        prompt: *const i32,
        prompt_count: i64,
        options: *const raddle_generate_options_t,
        stop: *mut raddle_stop_t,
        out_operation: *mut *mut raddle_operation_t,
    ) -> raddle_status_t;

    /// The next event, in the order in which they happened and each once. The work waits while a
    /// few hundred are not taken, so none is lost. RADDLE_EVENT_NONE: none came within the time;
    /// RADDLE_EVENT_END: there will be none any more.
    ///
    /// - `timeout_ms`: how long to wait; 0: not at all, below 0: for ever
    /// - `out_event`: until the next poll or join; borrowed until the operation is next changed
    #[must_use]
    pub fn raddle_operation_poll(
        operation: *mut raddle_operation_t,
        timeout_ms: i64,
        out_event: *mut *const raddle_event_t,
    ) -> raddle_status_t;

    /// Waits for the end, and gives the error that the call would have returned, or its result; the
    /// same each time it is called. Events that were not taken are dropped.
    ///
    /// - `out_trained`: NULL: not wanted
    /// - `out_generated`: NULL: not wanted
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, NUMERIC, CANCELLED, ALREADY_EXISTS,
    ///   RESOURCE_EXHAUSTED, IO
    #[must_use]
    pub fn raddle_operation_join(
        operation: *mut raddle_operation_t,
        out_trained: *mut raddle_train_result_t,
        out_generated: *mut raddle_generate_result_t,
    ) -> raddle_status_t;

    /// NULL-safe; nulls it. One that runs is cancelled, and waited for.
    ///
    /// - `operation`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_operation_destroy(operation: *mut *mut raddle_operation_t);
}
