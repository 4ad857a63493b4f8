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
    /// The first `rank`.
    pub dims: [i64; sys::RADDLE_RANK_MAX as usize],
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
            }
        }
    }
}
