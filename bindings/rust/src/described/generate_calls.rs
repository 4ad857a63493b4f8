// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{GenerateOptions, GenerateResult};
use crate::error::Result;
use crate::ffi::{Handle, enter, finish, path_text};
use std::os::raw::c_void;
use std::path::Path;
use std::ptr;

pub(crate) fn session_logits(
    session: &Handle<sys::raddle_session_t>,
    tokens: &[i32],
    stop: Option<&Handle<sys::raddle_stop_t>>,
    out_logits: &mut [f32],
) -> Result<()> {
    enter("raddle_session_logits")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_logits(
            session.as_ptr(),
            tokens.as_ptr(),
            tokens.len() as i64,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            out_logits.as_mut_ptr(),
            out_logits.len() as i64,
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn session_write_logits(
    session: &Handle<sys::raddle_session_t>,
    tokens: &[i32],
    path: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<()> {
    enter("raddle_session_write_logits")?;
    let path = path_text("path", path)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_write_logits(
            session.as_ptr(),
            tokens.as_ptr(),
            tokens.len() as i64,
            path.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
        )
    };
    finish(out)?;
    Ok(())
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_generate(
    session: &Handle<sys::raddle_session_t>,
    prompt: &[i32],
    options: Option<&GenerateOptions>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
    callback: sys::raddle_token_callback_t,
    user_data: *mut c_void,
) -> Result<GenerateResult> {
    enter("raddle_session_generate")?;
    let mut out_result = sys::RADDLE_GENERATE_RESULT_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_generate(
            session.as_ptr(),
            prompt.as_ptr(),
            prompt.len() as i64,
            options.map_or(ptr::null(), |it| &it.raw),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_result,
            callback,
            user_data,
        )
    };
    finish(out)?;
    Ok(GenerateResult::from_raw(&out_result))
}
