// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::OpInfo;
use crate::error::Result;
use crate::ffi::{Destroy, Handle, c_text, enter, finish, given_text, same_length};
use std::ffi::OsStr;
use std::ptr;

// SAFETY: the function that the description names for raddle_graph_t.
unsafe impl Destroy for sys::raddle_graph_t {
    unsafe fn destroy(handle: *mut *mut Self) {
        // SAFETY: the caller owns what the handle is.
        unsafe { sys::raddle_graph_destroy(handle) }
    }
}

pub(crate) fn op_count() -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_op_count() }
}

pub(crate) fn op_get_info(index: i64) -> Result<OpInfo> {
    enter("raddle_op_get_info")?;
    let mut out_info = sys::RADDLE_OP_INFO_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_op_get_info(index, &mut out_info) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { OpInfo::from_raw(&out_info) })
}

pub(crate) fn graph_create(
    context: &Handle<sys::raddle_context_t>,
) -> Result<Handle<sys::raddle_graph_t>> {
    enter("raddle_graph_create")?;
    let mut out_graph = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_create(context.as_ptr(), &mut out_graph) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_graph) })
}

pub(crate) fn graph_create_model(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
) -> Result<Handle<sys::raddle_graph_t>> {
    enter("raddle_graph_create_model")?;
    let mut out_graph = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_create_model(
            context.as_ptr(),
            config.as_ptr(),
            &mut out_graph,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_graph) })
}

pub(crate) fn graph_create_from_text(
    context: &Handle<sys::raddle_context_t>,
    text: &[u8],
) -> Result<Handle<sys::raddle_graph_t>> {
    enter("raddle_graph_create_from_text")?;
    let mut out_graph = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_create_from_text(
            context.as_ptr(),
            text.as_ptr().cast(),
            text.len(),
            &mut out_graph,
        )
    };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { Handle::new(out_graph) })
}

pub(crate) fn graph_add_input(
    graph: &Handle<sys::raddle_graph_t>,
    name: impl AsRef<OsStr>,
    dtype: sys::raddle_dtype_t,
    dims: Option<&[i64]>,
) -> Result<sys::raddle_tensor_id_t> {
    enter("raddle_graph_add_input")?;
    let name = c_text("name", name)?;
    let mut out_tensor: sys::raddle_tensor_id_t = 0;
    let rank_length: i32 = same_length(&[
        ("dims", dims.as_ref().map(|it| it.len()), 0),
    ])? as i32;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_add_input(
            graph.as_ptr(),
            name.as_ptr(),
            dtype,
            dims.map_or(ptr::null(), |it| it.as_ptr()),
            rank_length,
            &mut out_tensor,
        )
    };
    finish(out)?;
    Ok(out_tensor)
}

pub(crate) fn graph_add_parameter(
    graph: &Handle<sys::raddle_graph_t>,
    name: impl AsRef<OsStr>,
    dtype: sys::raddle_dtype_t,
    dims: Option<&[i64]>,
    attributes: Option<&str>,
) -> Result<sys::raddle_tensor_id_t> {
    enter("raddle_graph_add_parameter")?;
    let name = c_text("name", name)?;
    let attributes = attributes.map(|it| c_text("attributes", it)).transpose()?;
    let mut out_tensor: sys::raddle_tensor_id_t = 0;
    let rank_length: i32 = same_length(&[
        ("dims", dims.as_ref().map(|it| it.len()), 0),
    ])? as i32;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_add_parameter(
            graph.as_ptr(),
            name.as_ptr(),
            dtype,
            dims.map_or(ptr::null(), |it| it.as_ptr()),
            rank_length,
            attributes.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            &mut out_tensor,
        )
    };
    finish(out)?;
    Ok(out_tensor)
}

pub(crate) fn graph_add_op(
    graph: &Handle<sys::raddle_graph_t>,
    op: impl AsRef<OsStr>,
    name: Option<&str>,
    inputs: &[sys::raddle_tensor_id_t],
    attributes: Option<&str>,
    out_outputs: &mut [sys::raddle_tensor_id_t],
) -> Result<()> {
    enter("raddle_graph_add_op")?;
    let op = c_text("op", op)?;
    let name = name.map(|it| c_text("name", it)).transpose()?;
    let attributes = attributes.map(|it| c_text("attributes", it)).transpose()?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_add_op(
            graph.as_ptr(),
            op.as_ptr(),
            name.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            inputs.as_ptr(),
            inputs.len() as i64,
            attributes.as_ref().map_or(ptr::null(), |it| it.as_ptr()),
            out_outputs.as_mut_ptr(),
            out_outputs.len() as i64,
        )
    };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_set_block(graph: &Handle<sys::raddle_graph_t>, block: i32) -> Result<()> {
    enter("raddle_graph_set_block")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_set_block(graph.as_ptr(), block) };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_set_precision(
    graph: &Handle<sys::raddle_graph_t>,
    dtype: sys::raddle_dtype_t,
) -> Result<()> {
    enter("raddle_graph_set_precision")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_set_precision(graph.as_ptr(), dtype) };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_add_loss(
    graph: &Handle<sys::raddle_graph_t>,
    loss: sys::raddle_tensor_id_t,
    coefficient: f64,
) -> Result<()> {
    enter("raddle_graph_add_loss")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_add_loss(graph.as_ptr(), loss, coefficient) };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_add_output(
    graph: &Handle<sys::raddle_graph_t>,
    tensor: sys::raddle_tensor_id_t,
) -> Result<()> {
    enter("raddle_graph_add_output")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_add_output(graph.as_ptr(), tensor) };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_finish(graph: &Handle<sys::raddle_graph_t>) -> Result<()> {
    enter("raddle_graph_finish")?;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_finish(graph.as_ptr()) };
    finish(out)?;
    Ok(())
}

pub(crate) fn graph_to_text(graph: &Handle<sys::raddle_graph_t>) -> Result<String> {
    enter("raddle_graph_to_text")?;
    let mut out_text = ptr::null_mut();
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_to_text(graph.as_ptr(), &mut out_text) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { given_text(out_text) })
}

pub(crate) fn graph_parameter_elements(graph: &Handle<sys::raddle_graph_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_graph_parameter_elements(graph.as_ptr()) }
}
