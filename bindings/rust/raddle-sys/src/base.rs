// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::os::raw::c_char;

/// The version of these headers.
pub const RADDLE_VERSION_MAJOR: i32 = 0;

/// raddle version minor.
pub const RADDLE_VERSION_MINOR: i32 = 1;

/// raddle version patch.
pub const RADDLE_VERSION_PATCH: i32 = 0;

extern "C" {
    /// The version of the library that is loaded, to be compared with RADDLE_VERSION.
    ///
    /// - Threads: any
    pub fn raddle_version() -> u32;

    /// The same as text, "0.1.0".
    ///
    /// - Returns: static text
    /// - Threads: any
    pub fn raddle_version_string() -> *const c_char;

    /// How the library was built: lines of "key: value" (version, compiler, build type,
    /// sanitizers).
    ///
    /// - Returns: static text
    /// - Threads: any
    pub fn raddle_build_info() -> *const c_char;

    /// Frees a text that a function returned through a `char** out_...`, and sets *text to NULL.
    ///
    /// - `text`: NULL and a pointer to NULL are accepted; NULL: nothing happens
    /// - Threads: any
    pub fn raddle_text_destroy(text: *mut *mut c_char);
}
