// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::os::raw::c_char;

extern "C" {
    /// Plans one step of hybrid data parallelism: a sequence that is longer than `capacity` is cut
    /// over as many ranks as hold it, or more where the step is done earlier then; shorter ones are
    /// packed.
    ///
    /// The result is a JSON object; keys may be added. `makespan` is when the last rank is done, in
    /// ms of one layer's forward pass; `lower_bound`: no plan is faster, by the same cost model;
    /// `planning_ms`: what planning took. `kv_bytes` are keys and values sent in one layer's
    /// forward pass, `kv_bytes_static` the same on a mesh of equal groups that hold the longest
    /// sequence, and `static_degree` the ranks of such a group, a divisor of `ranks`. `ranks`,
    /// `capacity`, `sequences`, `tokens`, `micro_batches` and `groups` (sequences that are cut) are
    /// counts; `hash` has 16 digits, the same for the same plan; `cost` is the cost model, as a
    /// cost file has it.
    ///
    /// With `with_plan`, `plan` has `ranks`, for each its micro-batches, for each of these its
    /// pieces: `sequence` (from 0 on), `degree` (ranks it is cut over) and, where that is over 1,
    /// `part` and `group`; and `groups`, for each its ranks in the order of parts.
    ///
    /// - `lengths`: tokens of each sequence
    /// - `capacity`: tokens that a rank holds in a micro-batch
    /// - `cost_path`: a JSON file; what it leaves out keeps its default; NULL: the default cost
    ///   model
    /// - `out_json`: free with raddle_text_destroy()
    /// - Errors: INVALID_ARGUMENT, RESOURCE_EXHAUSTED, NOT_FOUND
    #[must_use]
    pub fn raddle_mesh_plan(
        context: *mut raddle_context_t,
        lengths: *const i64,
        length_count: i64,
        ranks: i64,
        capacity: i64,
        cost_path: *const c_char,
        with_plan: i32,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;
}
