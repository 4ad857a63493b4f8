// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::MemoryTable;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, enter, finish, given_text};
use std::ptr;

// SAFETY: the function that the description names for raddle_plan_t.
unsafe impl Destroy for sys::raddle_plan_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_plan_destroy(handle) }
    }
}

pub(crate) fn plan_create(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    graph: Option<&Handle<sys::raddle_graph_t>>,
) -> Result<Handle<sys::raddle_plan_t>> {
    enter("raddle_plan_create")?;
    let mut out_plan = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_plan_create(
            context.as_ptr(),
            config.as_ptr(),
            graph.map_or(ptr::null(), |it| it.as_ptr()),
            &mut out_plan,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_plan) })
}

pub(crate) fn plan_get_memory(plan: &Handle<sys::raddle_plan_t>) -> Result<MemoryTable> {
    enter("raddle_plan_get_memory")?;
    let mut out_table = sys::RADDLE_MEMORY_TABLE_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_plan_get_memory(plan.as_ptr(), &mut out_table) };
    finish(out)?;
    Ok(MemoryTable::from_raw(&out_table))
}

pub(crate) fn plan_explain(plan: &Handle<sys::raddle_plan_t>) -> Result<String> {
    enter("raddle_plan_explain")?;
    let mut out_text = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_plan_explain(plan.as_ptr(), &mut out_text) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_text) })
}

pub(crate) fn plan_to_json(plan: &Handle<sys::raddle_plan_t>) -> Result<String> {
    enter("raddle_plan_to_json")?;
    let mut out_json = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_plan_to_json(plan.as_ptr(), &mut out_json) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_json) })
}

pub(crate) fn plan_hash(plan: &Handle<sys::raddle_plan_t>) -> u64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_plan_hash(plan.as_ptr()) }
}
