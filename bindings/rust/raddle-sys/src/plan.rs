// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;

/// The plan of a training step.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_plan_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// Bytes that training books.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_memory_table_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
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

/// Every field of a [`raddle_memory_table_t`] at its default.
pub const RADDLE_MEMORY_TABLE_INIT: raddle_memory_table_t = raddle_memory_table_t {
    struct_size: size_of::<raddle_memory_table_t>(),
    parameter_bytes: 0,
    gradient_bytes: 0,
    optimizer_bytes: 0,
    activation_bytes: 0,
    scratch_bytes: 0,
    other_bytes: 0,
    total_bytes: 0,
    limit_bytes: 0,
    missing_bytes: 0,
};

extern "C" {
    /// What RADDLE_MEMORY_TABLE_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_memory_table_init(out_struct: *mut raddle_memory_table_t, struct_bytes: usize);

    /// Plans the training step of the model that the config describes, or of `graph`. A plan that
    /// does not fit is made all the same; its table says by how much.
    ///
    /// - `graph`: finished; NULL: the ready-made model of model.*
    /// - `out_plan`: destroy with raddle_plan_destroy()
    /// - Errors: INVALID_ARGUMENT, FAILED_PRECONDITION, UNAVAILABLE
    #[must_use]
    pub fn raddle_plan_create(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        graph: *const raddle_graph_t,
        out_plan: *mut *mut raddle_plan_t,
    ) -> raddle_status_t;

    /// NULL-safe; nulls it.
    ///
    /// - `plan`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_plan_destroy(plan: *mut *mut raddle_plan_t);

    /// What the plan books, and whether it fits.
    #[must_use]
    pub fn raddle_plan_get_memory(
        plan: *const raddle_plan_t,
        out_table: *mut raddle_memory_table_t,
    ) -> raddle_status_t;

    /// The plan for people: memory table, kernels with the reasons why faster ones were refused,
    /// instructions with their buffers.
    ///
    /// - `out_text`: free with raddle_text_destroy()
    #[must_use]
    pub fn raddle_plan_explain(
        plan: *const raddle_plan_t,
        out_text: *mut *mut c_char,
    ) -> raddle_status_t;

    /// The same for programs: a JSON object with memory, parameters, groups of optimizer.group
    /// (from 1 on in parameters), kernels, instructions, hash, flops_per_token.
    ///
    /// - `out_json`: free with raddle_text_destroy()
    #[must_use]
    pub fn raddle_plan_to_json(
        plan: *const raddle_plan_t,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;

    /// Equal hashes mean equal plans.
    ///
    /// - `plan`: NULL: the result is 0
    /// - Threads: any
    pub fn raddle_plan_hash(plan: *const raddle_plan_t) -> u64;
}
