// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::os::raw::c_char;

/// NULL: success. Else an error that the receiver destroys. Immutable.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_status {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// NULL: success. Else an error that the receiver destroys. Immutable.
pub type raddle_status_t = *mut raddle_status;

/// What the caller should do next. Values never change; new ones may appear.
pub type raddle_code_t = i32;
/// A value of raddle_code_t.
pub const RADDLE_OK: raddle_code_t = 0;
/// Fix the call or the configuration.
pub const RADDLE_INVALID_ARGUMENT: raddle_code_t = 1;
/// Name something that exists.
pub const RADDLE_NOT_FOUND: raddle_code_t = 2;
/// Name something else, or resume.
pub const RADDLE_ALREADY_EXISTS: raddle_code_t = 3;
/// Do something else first; do not retry.
pub const RADDLE_FAILED_PRECONDITION: raddle_code_t = 4;
/// Past the end of the data.
pub const RADDLE_OUT_OF_RANGE: raddle_code_t = 5;
/// Memory or disk is short; the message says by how much.
pub const RADDLE_RESOURCE_EXHAUSTED: raddle_code_t = 6;
/// A device, library or peer is missing; may be retried.
pub const RADDLE_UNAVAILABLE: raddle_code_t = 7;
/// A file or message is damaged.
pub const RADDLE_DATA_LOSS: raddle_code_t = 8;
/// The feature does not exist; use what the message names.
pub const RADDLE_UNIMPLEMENTED: raddle_code_t = 9;
/// Stopped on request.
pub const RADDLE_CANCELLED: raddle_code_t = 10;
/// Restart the step.
pub const RADDLE_ABORTED: raddle_code_t = 11;
/// The run diverged.
pub const RADDLE_NUMERIC: raddle_code_t = 12;
/// The operating system refused an operation.
pub const RADDLE_IO: raddle_code_t = 13;
/// A bug in Raddle.
pub const RADDLE_INTERNAL: raddle_code_t = 14;

/// The largest entity that is broken.
pub type raddle_scope_t = i32;
/// A value of raddle_scope_t.
pub const RADDLE_SCOPE_CALL: raddle_scope_t = 0;
/// A value of raddle_scope_t.
pub const RADDLE_SCOPE_DEVICE: raddle_scope_t = 1;
/// A value of raddle_scope_t.
pub const RADDLE_SCOPE_PEER: raddle_scope_t = 2;
/// A value of raddle_scope_t.
pub const RADDLE_SCOPE_GROUP: raddle_scope_t = 3;
/// A value of raddle_scope_t.
pub const RADDLE_SCOPE_JOB: raddle_scope_t = 4;

extern "C" {
    /// What the caller should do next.
    ///
    /// - `status`: NULL: RADDLE_OK
    /// - Threads: any
    pub fn raddle_status_code(status: raddle_status_t) -> raddle_code_t;

    /// The largest entity that is broken.
    ///
    /// - `status`: NULL: RADDLE_SCOPE_CALL
    /// - Threads: any
    pub fn raddle_status_scope(status: raddle_status_t) -> raddle_scope_t;

    /// What went wrong, with what, expected and actual, what to do.
    ///
    /// - `status`: NULL: the result is ""
    /// - Returns: borrowed until the status is destroyed
    /// - Threads: any
    pub fn raddle_status_message(status: raddle_status_t) -> *const c_char;

    /// Frees the error and sets *status to NULL; NULL and a pointer to NULL are accepted.
    ///
    /// - `status`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_status_destroy(status: *mut raddle_status_t);

    /// "INVALID_ARGUMENT"; "UNKNOWN" for a code that this library does not know.
    ///
    /// - Returns: static text
    /// - Threads: any
    pub fn raddle_code_name(code: raddle_code_t) -> *const c_char;

    /// "call"; "unknown" for a scope that this library does not know.
    ///
    /// - Returns: static text
    /// - Threads: any
    pub fn raddle_scope_name(scope: raddle_scope_t) -> *const c_char;
}
