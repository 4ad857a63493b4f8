// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::ffi::text;

pub(crate) fn version() -> u32 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_version() }
}

pub(crate) fn version_string() -> &'static str {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_version_string() };
    // SAFETY: the library has just given it.
    unsafe { text(out) }
}

pub(crate) fn build_info() -> &'static str {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_build_info() };
    // SAFETY: the library has just given it.
    unsafe { text(out) }
}
