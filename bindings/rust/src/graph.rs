// SPDX-License-Identifier: Apache-2.0
//! Models as graphs, and plans of what they will need.
use crate::described::{graph_calls, Dtype, OpInfo};
use crate::error::Result;
use crate::ffi::Handle;
use crate::{sys, Context};

/// A tensor of the graph whose builder gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct TensorId(pub(crate) sys::raddle_tensor_id_t);

impl TensorId {
    /// Stands for an input that an op may do without, and for an output that it then lacks.
    pub const NONE: Self = Self(sys::RADDLE_NO_TENSOR);
}

/// Builds a [`Graph`], op by op. A call that fails adds nothing.
///
/// ```
/// use raddle::{Context, Dtype, GraphBuilder};
///
/// let mut graph = GraphBuilder::new(&Context::new()?)?;
/// let ids = graph.input("ids", Dtype::I32, &[8])?;
/// let table = graph.parameter("table", &[16, 4], "init=normal(0.02)")?;
/// let [rows] = graph.op("embedding", "rows", &[table, ids], "")?;
/// graph.output(rows)?;
/// # Ok::<(), raddle::Error>(())
/// ```
#[derive(Debug)]
pub struct GraphBuilder {
    handle: Handle<sys::raddle_graph_t>,
}

impl GraphBuilder {
    /// An empty graph.
    pub fn new(context: &Context) -> Result<Self> {
        Ok(Self { handle: graph_calls::graph_create(context.handle())? })
    }

    /// What activations are, and parameters where products read them: [`Dtype::F32`], which it is
    /// otherwise, or [`Dtype::Bf16`]. Said before the first tensor.
    pub fn precision(&mut self, dtype: Dtype) -> Result<()> {
        graph_calls::graph_set_precision(&self.handle, dtype.to_raw())
    }

    /// A tensor that the caller gives with every micro-batch. The name is unique in the graph.
    pub fn input(&mut self, name: &str, dtype: Dtype, dims: &[i64]) -> Result<TensorId> {
        let dtype = dtype.to_raw();
        graph_calls::graph_add_input(&self.handle, name, dtype, Some(dims)).map(TensorId)
    }

    /// An F32 tensor that training changes. `attributes`: `"init=normal(0.02),decay=true"`, or
    /// none.
    pub fn parameter(&mut self, name: &str, dims: &[i64], attributes: &str) -> Result<TensorId> {
        let (dims, attributes) = (Some(dims), Some(attributes));
        graph_calls::graph_add_parameter(&self.handle, name, sys::RADDLE_F32, dims, attributes)
            .map(TensorId)
    }

    /// Any op by name ([`ops`]), with as many outputs as it has. `name` is the first one's, or
    /// empty;
    /// `attributes` are `"key=value,..."`, or empty. Trailing inputs that it can do without may be
    /// left out.
    pub fn op<const N: usize>(
        &mut self,
        op: &str,
        name: &str,
        inputs: &[TensorId],
        attributes: &str,
    ) -> Result<[TensorId; N]> {
        let inputs: Vec<_> = inputs.iter().map(|input| input.0).collect();
        let name = Some(name).filter(|name| !name.is_empty());
        let mut outputs = [sys::RADDLE_NO_TENSOR; N];
        graph_calls::graph_add_op(&self.handle, op, name, &inputs, Some(attributes), &mut outputs)?;
        Ok(outputs.map(TensorId))
    }

    /// Ops added from now on belong to this block of `train.recompute`, or to none.
    pub fn block(&mut self, block: Option<i32>) -> Result<()> {
        graph_calls::graph_set_block(&self.handle, block.unwrap_or(-1))
    }

    /// Adds `coefficient` x `loss`, a tensor of one element, to what training minimises.
    pub fn loss(&mut self, loss: TensorId, coefficient: f64) -> Result<()> {
        graph_calls::graph_add_loss(&self.handle, loss.0, coefficient)
    }

    /// Keeps a tensor to be read after each run with
    /// [`Session::read_output`](crate::Session::read_output).
    pub fn output(&mut self, tensor: TensorId) -> Result<()> {
        graph_calls::graph_add_output(&self.handle, tensor.0)
    }

    /// Checks the graph and freezes it.
    pub fn finish(self) -> Result<Graph> {
        graph_calls::graph_finish(&self.handle)?;
        Ok(Graph { handle: self.handle })
    }
}

/// A finished model. It never changes, and any threads may make sessions and plans of it.
#[derive(Debug)]
pub struct Graph {
    handle: Handle<sys::raddle_graph_t>,
}

// SAFETY: graph.h: "after that it never changes, and any number of sessions and plans may be made
// of it, on any threads"; what takes it here takes it as const, and base.h: "calls that take it as
// const may share it".
unsafe impl Sync for Graph {}

impl Graph {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_graph_t>, _: &Context) -> Self {
        Self { handle } // "may outlive the context"
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_graph_t> {
        &self.handle
    }
}

/// The kinds of op that can be added to a graph.
pub fn ops() -> Result<Vec<OpInfo>> {
    (0..graph_calls::op_count()).map(graph_calls::op_get_info).collect()
}

/// What a model will need and do, before it runs.
#[derive(Debug)]
pub struct Plan {
    handle: Handle<sys::raddle_plan_t>,
    _context: Context,
}

// SAFETY: base.h, Threads: "calls that take it as const may share it"; all of a plan's do.
unsafe impl Sync for Plan {}

impl Plan {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_plan_t>, context: &Context) -> Self {
        Self { handle, _context: context.clone() }
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_plan_t> {
        &self.handle
    }
}
