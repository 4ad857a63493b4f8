// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::error::Result;
use crate::ffi::{Handle, c_text, enter, finish, given_path, given_text, path_text};
use std::ffi::OsStr;
use std::os::raw::c_void;
use std::path::{Path, PathBuf};
use std::ptr;

pub(crate) fn session_save(
    session: &Handle<sys::raddle_session_t>,
    path: Option<&Path>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<PathBuf> {
    enter("raddle_session_save")?;
    let path = path.map(|it| path_text("path", it)).transpose()?;
    let mut out_path = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_save(
            session.as_ptr(),
            path.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_path,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_path(out_path) })
}

pub(crate) fn session_restore(
    session: &Handle<sys::raddle_session_t>,
    path: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<()> {
    enter("raddle_session_restore")?;
    let path = path_text("path", path)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_restore(
            session.as_ptr(),
            path.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
        )
    };
    finish(out)?;
    Ok(())
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn checkpoint_list(
    context: &Handle<sys::raddle_context_t>,
    directory: &Path,
    callback: sys::raddle_checkpoint_callback_t,
    user_data: *mut c_void,
) -> Result<()> {
    enter("raddle_checkpoint_list")?;
    let directory = path_text("directory", directory)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_checkpoint_list(
            context.as_ptr(),
            directory.as_ptr(),
            callback,
            user_data,
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn checkpoint_verify(
    context: &Handle<sys::raddle_context_t>,
    path: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<String> {
    enter("raddle_checkpoint_verify")?;
    let path = path_text("path", path)?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_checkpoint_verify(
            context.as_ptr(),
            path.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_json,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}

pub(crate) fn checkpoint_export(
    context: &Handle<sys::raddle_context_t>,
    from: &Path,
    format: impl AsRef<OsStr>,
    to: &Path,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<()> {
    enter("raddle_checkpoint_export")?;
    let from = path_text("from", from)?;
    let format = c_text("format", format)?;
    let to = path_text("to", to)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_checkpoint_export(
            context.as_ptr(),
            from.as_ptr(),
            format.as_ptr(),
            to.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
        )
    };
    finish(out)?;
    Ok(())
}
