// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish, given_text};
use std::ptr;

// SAFETY: the function that the description names for raddle_context_t.
unsafe impl Destroy for sys::raddle_context_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_context_destroy(handle) }
    }
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn context_create(
    options: Option<&sys::raddle_context_options_t>,
) -> Result<Handle<sys::raddle_context_t>> {
    enter("raddle_context_create")?;
    let mut out_context = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_context_create(
            options.map_or(ptr::null(), |it| it),
            &mut out_context,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_context) })
}

pub(crate) fn context_describe(context: &Handle<sys::raddle_context_t>) -> Result<String> {
    enter("raddle_context_describe")?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_context_describe(context.as_ptr(), &mut out_json) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}
