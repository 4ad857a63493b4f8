// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, c_text, enter, finish, given_text};
use std::ptr;

// SAFETY: the function that the description names for raddle_world_t.
unsafe impl Destroy for sys::raddle_world_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_world_destroy(handle) }
    }
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn world_join(
    context: &Handle<sys::raddle_context_t>,
    config: Option<&Handle<sys::raddle_config_t>>,
    options: Option<&sys::raddle_world_options_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_world_t>> {
    enter("raddle_world_join")?;
    let mut out_world = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_world_join(
            context.as_ptr(),
            config.map_or(ptr::null(), |it| it.as_ptr()),
            options.map_or(ptr::null(), |it| it),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_world,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_world) })
}

pub(crate) fn world_leave(
    world: &Handle<sys::raddle_world_t>,
    code: sys::raddle_code_t,
    message: Option<&str>,
) -> Result<()> {
    enter("raddle_world_leave")?;
    let message = message.map(|it| c_text("message", it)).transpose()?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_world_leave(
            world.as_ptr(),
            code,
            message.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn world_rank(world: &Handle<sys::raddle_world_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_world_rank(world.as_ptr()) }
}

pub(crate) fn world_size(world: &Handle<sys::raddle_world_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_world_size(world.as_ptr()) }
}

pub(crate) fn world_place_json(context: &Handle<sys::raddle_context_t>) -> Result<String> {
    enter("raddle_world_place_json")?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_world_place_json(context.as_ptr(), &mut out_json) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}
