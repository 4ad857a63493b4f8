// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{GraphNode, GraphTensor};
use crate::error::Result;
use crate::ffi::{Handle, c_text, enter, finish};
use std::ffi::OsStr;

pub(crate) fn graph_tensor_count(graph: &Handle<sys::raddle_graph_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_graph_tensor_count(graph.as_ptr()) }
}

pub(crate) fn graph_get_tensor(
    graph: &Handle<sys::raddle_graph_t>,
    tensor: sys::raddle_tensor_id_t,
) -> Result<GraphTensor> {
    enter("raddle_graph_get_tensor")?;
    let mut out_tensor = sys::RADDLE_GRAPH_TENSOR_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_get_tensor(graph.as_ptr(), tensor, &mut out_tensor) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { GraphTensor::from_raw(&out_tensor) })
}

pub(crate) fn graph_find_tensor(
    graph: &Handle<sys::raddle_graph_t>,
    name: impl AsRef<OsStr>,
) -> Result<sys::raddle_tensor_id_t> {
    enter("raddle_graph_find_tensor")?;
    let name = c_text("name", name)?;
    let mut out_tensor: sys::raddle_tensor_id_t = 0;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_graph_find_tensor(
            graph.as_ptr(),
            name.as_ptr(),
            &mut out_tensor,
        )
    };
    finish(out)?;
    Ok(out_tensor)
}

pub(crate) fn graph_node_count(graph: &Handle<sys::raddle_graph_t>) -> i64 {
    // SAFETY: what is given is there until the call returns, and used no longer.
    unsafe { sys::raddle_graph_node_count(graph.as_ptr()) }
}

pub(crate) fn graph_get_node(graph: &Handle<sys::raddle_graph_t>, index: i64) -> Result<GraphNode> {
    enter("raddle_graph_get_node")?;
    let mut out_node = sys::RADDLE_GRAPH_NODE_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe { sys::raddle_graph_get_node(graph.as_ptr(), index, &mut out_node) };
    finish(out)?;
    // SAFETY: the library has just given it.
    Ok(unsafe { GraphNode::from_raw(&out_node) })
}
