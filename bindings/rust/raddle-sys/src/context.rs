// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::ptr;

/// The process's Raddle: where the log goes.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_context_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// How much a message matters.
pub type raddle_log_level_t = i32;
/// Of options alone: info.
pub const RADDLE_LOG_DEFAULT: raddle_log_level_t = 0;
/// A value of raddle_log_level_t.
pub const RADDLE_LOG_DEBUG: raddle_log_level_t = 1;
/// A value of raddle_log_level_t.
pub const RADDLE_LOG_INFO: raddle_log_level_t = 2;
/// A value of raddle_log_level_t.
pub const RADDLE_LOG_WARNING: raddle_log_level_t = 3;
/// A value of raddle_log_level_t.
pub const RADDLE_LOG_ERROR: raddle_log_level_t = 4;
/// A value of raddle_log_level_t.
pub const RADDLE_LOG_OFF: raddle_log_level_t = 5;

/// Receives one message, without a newline. Must not call into Raddle.
pub type raddle_log_callback_t = Option<unsafe extern "C" fn(
    user_data: *mut c_void,
    level: raddle_log_level_t,
    message: *const c_char,
)>;

/// What a context is made with.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_context_options_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// The lowest level that reaches the callback.
    pub log_level: raddle_log_level_t,
    /// 0.
    pub reserved: i32,
    /// Kept until the context is destroyed; NULL: no log.
    pub log_callback: raddle_log_callback_t,
    /// Log user data.
    pub log_user_data: *mut c_void,
}

/// Every field of a [`raddle_context_options_t`] at its default.
pub const RADDLE_CONTEXT_OPTIONS_INIT: raddle_context_options_t = raddle_context_options_t {
    struct_size: size_of::<raddle_context_options_t>(),
    log_level: 0,
    reserved: 0,
    log_callback: None,
    log_user_data: ptr::null_mut(),
};

extern "C" {
    /// What RADDLE_CONTEXT_OPTIONS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_context_options_init(
        out_struct: *mut raddle_context_options_t,
        struct_bytes: usize,
    );

    /// Makes a context. Cheap: starts no thread, opens no library, reads no file.
    ///
    /// The log belongs to the process: while several contexts live, each callback receives the
    /// messages of all.
    ///
    /// - `options`: not kept, but its callback and user data are until destroy; NULL: defaults
    /// - `out_context`: lives longer than everything that is made with it; destroy with
    ///   raddle_context_destroy()
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_context_create(
        options: *const raddle_context_options_t,
        out_context: *mut *mut raddle_context_t,
    ) -> raddle_status_t;

    /// When it returns, the log callback is not running and will not run again. NULL-safe; nulls
    /// it.
    ///
    /// - `context`: NULL: nothing happens
    /// - Threads: any; but not from the log callback
    pub fn raddle_context_destroy(context: *mut *mut raddle_context_t);

    /// What the machine offers and what Raddle makes of it, as a JSON object: processor,
    /// instruction sets, cores, memory and its limits, matrix libraries found, the kernel that each
    /// op would get and why. Meant for bug reports and `raddle doctor`; keys may be added.
    ///
    /// - `out_json`: free with raddle_text_destroy()
    /// - Threads: any
    #[must_use]
    pub fn raddle_context_describe(
        context: *mut raddle_context_t,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;
}
