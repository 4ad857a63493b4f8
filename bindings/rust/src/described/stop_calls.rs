// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::StopGrade;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish};
use std::ptr;

// SAFETY: the function that the description names for raddle_stop_t.
unsafe impl Destroy for sys::raddle_stop_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_stop_destroy(handle) }
    }
}

pub(crate) fn stop_create() -> Result<Handle<sys::raddle_stop_t>> {
    enter("raddle_stop_create")?;
    let mut out_stop = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_stop_create(&mut out_stop) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_stop) })
}

pub(crate) fn stop_request(stop: &Handle<sys::raddle_stop_t>) {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_stop_request(stop.as_ptr()) }
}

pub(crate) fn stop_cancel(stop: &Handle<sys::raddle_stop_t>) {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_stop_cancel(stop.as_ptr()) }
}

pub(crate) fn stop_grade(stop: &Handle<sys::raddle_stop_t>) -> StopGrade {
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_stop_grade(stop.as_ptr()) };
    StopGrade::from_raw(out)
}

pub(crate) fn stop_done(stop: &Handle<sys::raddle_stop_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_stop_done(stop.as_ptr()) }
}

pub(crate) fn stop_total(stop: &Handle<sys::raddle_stop_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_stop_total(stop.as_ptr()) }
}
