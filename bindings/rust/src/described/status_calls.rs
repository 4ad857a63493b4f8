// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::ffi::text;

pub(crate) fn code_name(code: sys::raddle_code_t) -> &'static str {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_code_name(code) };
    // SAFETY: the library has just given it.
    unsafe { text(out) }
}

pub(crate) fn scope_name(scope: sys::raddle_scope_t) -> &'static str {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_scope_name(scope) };
    // SAFETY: the library has just given it.
    unsafe { text(out) }
}
