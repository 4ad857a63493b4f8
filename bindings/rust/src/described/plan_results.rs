// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// Bytes that training books.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MemoryTable {
    /// Parameter bytes.
    pub parameter_bytes: i64,
    /// Gradient bytes.
    pub gradient_bytes: i64,
    /// Optimizer bytes.
    pub optimizer_bytes: i64,
    /// Of one micro-batch, lifetimes overlaid.
    pub activation_bytes: i64,
    /// Of the hungriest kernel.
    pub scratch_bytes: i64,
    /// Inputs, verdicts, staging.
    pub other_bytes: i64,
    /// Total bytes.
    pub total_bytes: i64,
    /// runtime.memory_limit, or what the machine and its limits leave.
    pub limit_bytes: i64,
    /// 0: it fits; else by how much it does not.
    pub missing_bytes: i64,
}

impl MemoryTable {
    pub(crate) fn from_raw(raw: &sys::raddle_memory_table_t) -> Self {
        Self {
            parameter_bytes: raw.parameter_bytes,
            gradient_bytes: raw.gradient_bytes,
            optimizer_bytes: raw.optimizer_bytes,
            activation_bytes: raw.activation_bytes,
            scratch_bytes: raw.scratch_bytes,
            other_bytes: raw.other_bytes,
            total_bytes: raw.total_bytes,
            limit_bytes: raw.limit_bytes,
            missing_bytes: raw.missing_bytes,
        }
    }
}
