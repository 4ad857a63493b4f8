// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{ApplyOptions, BackwardOptions, Evaluation, Metrics, TrainResult};
use crate::error::Result;
use crate::ffi::{Handle, c_text, enter, finish, same_length};
use std::ffi::OsStr;
use std::os::raw::c_void;
use std::ptr;

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_backward(
    session: &Handle<sys::raddle_session_t>,
    batches: &[sys::raddle_batch_t],
    options: Option<&BackwardOptions>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_backward")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_backward(
            session.as_ptr(),
            batches.as_ptr(),
            batches.len() as i64,
            options.map_or(ptr::null(), |it| &it.raw),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_backward_inputs(
    session: &Handle<sys::raddle_session_t>,
    inputs: &[sys::raddle_tensor_view_t],
    options: Option<&BackwardOptions>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_backward_inputs")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_backward_inputs(
            session.as_ptr(),
            inputs.as_ptr(),
            inputs.len() as i64,
            options.map_or(ptr::null(), |it| &it.raw),
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

pub(crate) fn session_apply(
    session: &Handle<sys::raddle_session_t>,
    options: Option<&ApplyOptions>,
) -> Result<Metrics> {
    enter("raddle_session_apply")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_apply(
            session.as_ptr(),
            options.map_or(ptr::null(), |it| &it.raw),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

pub(crate) fn session_step_tokens(
    session: &Handle<sys::raddle_session_t>,
    tokens: &[i32],
    targets: Option<&[i32]>,
    weights: Option<&[f32]>,
    positions: Option<&[i32]>,
    cu_seqlens: Option<&[i32]>,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_step_tokens")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    let token_count_length: i64 = same_length(&[
        ("tokens", Some(tokens.len()), 0),
        ("targets", targets.as_ref().map(|it| it.len()), 0),
        ("weights", weights.as_ref().map(|it| it.len()), 0),
        ("positions", positions.as_ref().map(|it| it.len()), 0),
    ])? as i64;
    let sequence_count_length: i64 = same_length(&[
        ("cu_seqlens", cu_seqlens.as_ref().map(|it| it.len()), 1),
    ])? as i64;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_step_tokens(
            session.as_ptr(),
            tokens.as_ptr(),
            token_count_length,
            targets.map_or(ptr::null(), |it| it.as_ptr()),
            weights.map_or(ptr::null(), |it| it.as_ptr()),
            positions.map_or(ptr::null(), |it| it.as_ptr()),
            cu_seqlens.map_or(ptr::null(), |it| it.as_ptr()),
            sequence_count_length,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_metrics,
        )
    };
    finish(out)?;
    Ok(Metrics::from_raw(&out_metrics))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_train_on(
    session: &Handle<sys::raddle_session_t>,
    source: sys::raddle_batch_source_t,
    source_data: *mut c_void,
    stop: Option<&Handle<sys::raddle_stop_t>>,
    callback: sys::raddle_event_callback_t,
    user_data: *mut c_void,
) -> Result<TrainResult> {
    enter("raddle_session_train_on")?;
    let mut out_result = sys::RADDLE_TRAIN_RESULT_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_train_on(
            session.as_ptr(),
            source,
            source_data,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_result,
            callback,
            user_data,
        )
    };
    finish(out)?;
    Ok(TrainResult::from_raw(&out_result))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_evaluate_batches(
    session: &Handle<sys::raddle_session_t>,
    batches: &[sys::raddle_batch_t],
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Evaluation> {
    enter("raddle_session_evaluate_batches")?;
    let mut out_evaluation = sys::RADDLE_EVALUATION_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_evaluate_batches(
            session.as_ptr(),
            batches.as_ptr(),
            batches.len() as i64,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_evaluation,
        )
    };
    finish(out)?;
    Ok(Evaluation::from_raw(&out_evaluation))
}

/// # Safety
/// Callbacks and what structs point to fit the function's description.
pub(crate) unsafe fn session_forward_inputs(
    session: &Handle<sys::raddle_session_t>,
    inputs: &[sys::raddle_tensor_view_t],
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<Metrics> {
    enter("raddle_session_forward_inputs")?;
    let mut out_metrics = sys::RADDLE_METRICS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_forward_inputs(
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

pub(crate) fn session_read_output(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
    out_data: &mut [u8],
) -> Result<()> {
    enter("raddle_session_read_output")?;
    let name = c_text("name", name)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_read_output(
            session.as_ptr(),
            name.as_ptr(),
            out_data.as_mut_ptr().cast(),
            out_data.len(),
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn session_read_tensor(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
    out_values: &mut [f32],
) -> Result<()> {
    enter("raddle_session_read_tensor")?;
    let name = c_text("name", name)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_read_tensor(
            session.as_ptr(),
            name.as_ptr(),
            out_values.as_mut_ptr(),
            out_values.len() as i64,
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn session_write_tensor(
    session: &Handle<sys::raddle_session_t>,
    name: impl AsRef<OsStr>,
    values: &[f32],
) -> Result<()> {
    enter("raddle_session_write_tensor")?;
    let name = c_text("name", name)?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_session_write_tensor(
            session.as_ptr(),
            name.as_ptr(),
            values.as_ptr(),
            values.len() as i64,
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn session_get_config(
    session: &Handle<sys::raddle_session_t>,
) -> Result<Handle<sys::raddle_config_t>> {
    enter("raddle_session_get_config")?;
    let mut out_config = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_session_get_config(session.as_ptr(), &mut out_config) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_config) })
}
