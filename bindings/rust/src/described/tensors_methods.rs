// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{TensorInfo, tensors_calls};
use crate::Session;
use crate::error::Result;

impl Session {
    /// Describes tensor `index`, in the order of
    /// [`Session::tensor_names`](crate::Session::tensor_names).
    ///
    /// Threads: one call at a time, but also in a callback of a call on the session.
    ///
    /// # Errors
    ///
    /// - `OutOfRange`: there is no such tensor
    pub fn tensor_info(&self, index: i64) -> Result<TensorInfo> {
        tensors_calls::session_get_tensor_info(self.handle(), index)
    }
}
