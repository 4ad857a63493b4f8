// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;
use super::{Dtype, TensorRole};
use crate::ffi::owned_text;

/// A tensor of state, wherever it lies.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TensorInfo {
    /// "gradient/lm_head.weight".
    pub name: String,
    /// "lm_head.weight".
    pub parameter: String,
    /// Role.
    pub role: TensorRole,
    /// Dtype.
    pub dtype: Dtype,
    /// Rank.
    pub rank: i32,
    /// True: the parameter has a gradient and moments; false: it is frozen, or the session does not
    /// train.
    pub trained: bool,
    /// The first `rank`, of the whole tensor.
    pub dims: [i64; sys::RADDLE_RANK_MAX as usize],
    /// Of the whole tensor's elements, in row-major order, those from this one on are here.
    pub element_begin: i64,
    /// And end before this one: all of them, unless several ranks share the state.
    pub element_end: i64,
    /// True: in memory that [`Session::tensor`](crate::Session::tensor) gives; false: in that of a
    /// device which the host cannot follow pointers to.
    pub on_host: bool,
    /// True: in memory that another process may own too and that outlives the session.
    pub foreign: bool,
}

impl TensorInfo {
    /// # Safety
    /// The texts of `raw` are there.
    pub(crate) unsafe fn from_raw(raw: &sys::raddle_tensor_info_t) -> Self {
        // SAFETY: the caller says so.
        unsafe {
            Self {
                name: owned_text(raw.name),
                parameter: owned_text(raw.parameter),
                role: TensorRole::from_raw(raw.role),
                dtype: Dtype::from_raw(raw.dtype),
                rank: raw.rank,
                trained: raw.trained != 0,
                dims: raw.dims,
                element_begin: raw.element_begin,
                element_end: raw.element_end,
                on_host: raw.on_host != 0,
                foreign: raw.foreign != 0,
            }
        }
    }
}
