// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{Evaluation, Metrics, TrainResult};
use crate::error::Result;
use crate::ffi::{Handle, enter, finish};
use std::os::raw::c_void;
use std::ptr;

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_step(
    session: &Handle<sys::raddle_session_t>,
    batches: &[sys::raddle_batch_t],
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_step")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_step(
            session.as_ptr(),
            batches.as_ptr(),
            batches.len() as i64,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

pub(crate) fn session_step_on_data(
    session: &Handle<sys::raddle_session_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_step_on_data")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_step_on_data(
            session.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_step_inputs(
    session: &Handle<sys::raddle_session_t>,
    inputs: &[sys::raddle_tensor_view_t],
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_step_inputs")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_step_inputs(
            session.as_ptr(),
            inputs.as_ptr(),
            inputs.len() as i64,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

pub(crate) fn session_evaluate(
    session: &Handle<sys::raddle_session_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Evaluation> {
    enter("raddle_session_evaluate")?;
    let mut out_evaluation = sys::RADDLE_EVALUATION_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_evaluate(
            session.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_evaluation,
        )
    };
    finish(out)?;
    Ok(Evaluation::from_raw(&out_evaluation))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_train(
    session: &Handle<sys::raddle_session_t>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
    callback: sys::raddle_event_callback_t,
    user_data: *mut c_void,
) -> Result<TrainResult> {
    enter("raddle_session_train")?;
    let mut out_result = sys::RADDLE_TRAIN_RESULT_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_train(
            session.as_ptr(),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_result,
            callback,
            user_data,
        )
    };
    finish(out)?;
    Ok(TrainResult::from_raw(&out_result))
}
