// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::SessionInfo;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish, path_text};
use std::path::Path;
use std::ptr;

// SAFETY: the function that the description names for raddle_session_t.
unsafe impl Destroy for sys::raddle_session_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_session_destroy(handle) }
    }
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_create(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    options: Option<&sys::raddle_session_options_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_session_t>> {
    enter("raddle_session_create")?;
    let mut out_session = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_create(
            context.as_ptr(),
            config.as_ptr(),
            options.map_or(ptr::null(), |it| it),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_session,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_session) })
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_create_from_graph(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    graph: &Handle<sys::raddle_graph_t>,
    options: Option<&sys::raddle_session_options_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_session_t>> {
    enter("raddle_session_create_from_graph")?;
    let mut out_session = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_create_from_graph(
            context.as_ptr(),
            config.as_ptr(),
            graph.as_ptr(),
            options.map_or(ptr::null(), |it| it),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_session,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_session) })
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_create_in_world(
    context: &Handle<sys::raddle_context_t>,
    world: &Handle<sys::raddle_world_t>,
    config: &Handle<sys::raddle_config_t>,
    graph: Option<&Handle<sys::raddle_graph_t>>,
    options: Option<&sys::raddle_session_options_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_session_t>> {
    enter("raddle_session_create_in_world")?;
    let mut out_session = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_create_in_world(
            context.as_ptr(),
            world.as_ptr(),
            config.as_ptr(),
            graph.map_or(ptr::null(), |it| it.as_ptr()),
            options.map_or(ptr::null(), |it| it),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_session,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_session) })
}

pub(crate) fn session_open(
    context: &Handle<sys::raddle_context_t>,
    path: &Path,
    config: Option<&Handle<sys::raddle_config_t>>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_session_t>> {
    enter("raddle_session_open")?;
    let path = path_text("path", path)?;
    let mut out_session = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_open(
            context.as_ptr(),
            path.as_ptr(),
            config.map_or(ptr::null(), |it| it.as_ptr()),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_session,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_session) })
}

pub(crate) fn session_get_info(session: &Handle<sys::raddle_session_t>) -> Result<SessionInfo> {
    enter("raddle_session_get_info")?;
    let mut out_info = sys::RADDLE_SESSION_INFO_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_session_get_info(session.as_ptr(), &mut out_info) };
    finish(out)?;
    Ok(SessionInfo::from_raw(&out_info))
}

pub(crate) fn session_get_tokenizer(
    session: &Handle<sys::raddle_session_t>,
) -> *const sys::raddle_tokenizer_t {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_session_get_tokenizer(session.as_ptr()) }
}
