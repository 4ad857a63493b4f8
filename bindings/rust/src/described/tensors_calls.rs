// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::TensorInfo;
use crate::error::Result;
use crate::ffi::{Handle, c_text, enter, finish, text};
use std::ffi::OsStr;
use std::ptr;

pub(crate) fn session_tensor_count(session: &Handle<sys::raddle_session_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_session_tensor_count(session.as_ptr()) }
}

pub(crate) fn session_tensor_name(
    session: &Handle<sys::raddle_session_t>,
    index: i64,
) -> Option<&str> {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_session_tensor_name(session.as_ptr(), index) };
    // SAFETY: the library has just given it.
    if out.is_null() { None } else { Some(unsafe { text(out) }) }
}

pub(crate) fn session_get_tensor_info(
    session: &Handle<sys::raddle_session_t>,
    index: i64,
) -> Result<TensorInfo> {
    enter("raddle_session_get_tensor_info")?;
    let mut out_info = sys::RADDLE_TENSOR_INFO_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_get_tensor_info(
            session.as_ptr(),
            index,
            &mut out_info,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { TensorInfo::from_raw(&out_info) })
}

pub(crate) fn session_get_tensor(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
) -> Result<sys::raddle_tensor_view_t> {
    enter("raddle_session_get_tensor")?;
    let name = c_text("name", name)?;
    let mut out_view = sys::RADDLE_TENSOR_VIEW_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_get_tensor(
            session.as_ptr(),
            name.as_ptr(),
            &mut out_view,
        )
    };
    finish(out)?;
    Ok(out_view)
}

pub(crate) fn session_export_dlpack(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
) -> Result<*mut sys::raddle_dl_versioned_t> {
    enter("raddle_session_export_dlpack")?;
    let name = c_text("name", name)?;
    let mut out_tensor = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_export_dlpack(
            session.as_ptr(),
            name.as_ptr(),
            &mut out_tensor,
        )
    };
    finish(out)?;
    Ok(out_tensor)
}

pub(crate) fn session_export_tensor(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
) -> Result<*mut sys::raddle_dl_managed_t> {
    enter("raddle_session_export_tensor")?;
    let name = c_text("name", name)?;
    let mut out_tensor = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_export_tensor(
            session.as_ptr(),
            name.as_ptr(),
            &mut out_tensor,
        )
    };
    finish(out)?;
    Ok(out_tensor)
}
