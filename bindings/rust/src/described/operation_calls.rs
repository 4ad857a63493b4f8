// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{GenerateOptions, GenerateResult, TrainResult};
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish};
use std::ptr;

// SAFETY: the function that the description names for raddle_operation_t.
unsafe impl Destroy for sys::raddle_operation_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_operation_destroy(handle) }
    }
}

pub(crate) fn session_train_start(
    session: &Handle<sys::raddle_session_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_operation_t>> {
    enter("raddle_session_train_start")?;
    let mut out_operation = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_train_start(
            session.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_operation,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_operation) })
}

pub(crate) fn session_generate_start(
    session: &Handle<sys::raddle_session_t>,
    prompt: &[i32],
    options: Option<&GenerateOptions>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Handle<sys::raddle_operation_t>> {
    enter("raddle_session_generate_start")?;
    let mut out_operation = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_generate_start(
            session.as_ptr(),
            prompt.as_ptr(),
            prompt.len() as i64,
            options.map_or(ptr::null(), |it| &it.raw),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_operation,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_operation) })
}

pub(crate) fn operation_poll(
    operation: &Handle<sys::raddle_operation_t>,
    timeout_ms: i64,
) -> Result<*const sys::raddle_event_t> {
    enter("raddle_operation_poll")?;
    let mut out_event = ptr::null();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_operation_poll(operation.as_ptr(), timeout_ms, &mut out_event) };
    finish(out)?;
    Ok(out_event)
}

pub(crate) fn operation_join(
    operation: &Handle<sys::raddle_operation_t>,
    wants_trained: bool,
    wants_generated: bool,
) -> Result<(Option<TrainResult>, Option<GenerateResult>)> {
    enter("raddle_operation_join")?;
    let mut out_trained = sys::RADDLE_TRAIN_RESULT_INIT;
    let mut out_generated = sys::RADDLE_GENERATE_RESULT_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_operation_join(
            operation.as_ptr(),
            if wants_trained { &mut out_trained } else { ptr::null_mut() },
            if wants_generated { &mut out_generated } else { ptr::null_mut() },
        )
    };
    finish(out)?;
    Ok((
        wants_trained.then(|| TrainResult::from_raw(&out_trained)),
        wants_generated.then(|| GenerateResult::from_raw(&out_generated)),
    ))
}
