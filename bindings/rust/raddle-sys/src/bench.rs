// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;

/// What the machine can do.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_machine_peaks_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Threads.
    pub threads: i32,
    /// 0.
    pub reserved: i32,
    /// FP32 fused multiply-add from registers, all threads.
    pub fma_gflops: f64,
    /// A = b + s c in memory, 12 bytes an element, all threads; 0: not measured.
    pub triad_gb_per_second: f64,
}

/// Every field of a [`raddle_machine_peaks_t`] at its default.
pub const RADDLE_MACHINE_PEAKS_INIT: raddle_machine_peaks_t = raddle_machine_peaks_t {
    struct_size: size_of::<raddle_machine_peaks_t>(),
    threads: 0,
    reserved: 0,
    fma_gflops: 0.0,
    triad_gb_per_second: 0.0,
};

/// What a training step took.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_step_bench_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Measured.
    pub steps: i64,
    /// Tokens per step.
    pub tokens_per_step: i64,
    /// Parameter elements.
    pub parameter_elements: i64,
    /// (6 N + 6 L C T) x tokens: N parameters, L layers, C width, T length.
    pub flops_per_step: i64,
    /// Of this process so far.
    pub peak_rss_bytes: i64,
    /// Step ms median.
    pub step_ms_median: f64,
    /// Step ms min.
    pub step_ms_min: f64,
    /// Step ms max.
    pub step_ms_max: f64,
    /// The first step, its allocations included.
    pub first_step_ms: f64,
    /// Plan ms.
    pub plan_ms: f64,
    /// Planning, allocating and drawing weights.
    pub create_ms: f64,
    /// Of the median step.
    pub tokens_per_second: f64,
}

/// Every field of a [`raddle_step_bench_t`] at its default.
pub const RADDLE_STEP_BENCH_INIT: raddle_step_bench_t = raddle_step_bench_t {
    struct_size: size_of::<raddle_step_bench_t>(),
    steps: 0,
    tokens_per_step: 0,
    parameter_elements: 0,
    flops_per_step: 0,
    peak_rss_bytes: 0,
    step_ms_median: 0.0,
    step_ms_min: 0.0,
    step_ms_max: 0.0,
    first_step_ms: 0.0,
    plan_ms: 0.0,
    create_ms: 0.0,
    tokens_per_second: 0.0,
};

extern "C" {
    /// What RADDLE_MACHINE_PEAKS_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_machine_peaks_init(out_struct: *mut raddle_machine_peaks_t, struct_bytes: usize);

    /// Measures the machine's peaks.
    ///
    /// - `threads`: 0: all cores
    /// - `with_memory`: 0: arithmetic only, in a tenth of a second; else memory too, in a second or
    ///   two and 384 MiB
    /// - Threads: any
    /// - Errors: RESOURCE_EXHAUSTED, INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_bench_machine(
        context: *mut raddle_context_t,
        threads: i32,
        with_memory: i32,
        out_peaks: *mut raddle_machine_peaks_t,
    ) -> raddle_status_t;

    /// What RADDLE_STEP_BENCH_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_step_bench_init(out_struct: *mut raddle_step_bench_t, struct_bytes: usize);

    /// Times training steps (forward, backward, clipping, AdamW) of the config's model on random
    /// tokens.
    ///
    /// - `batch`: sequences per micro-batch
    /// - `sequence`: their length
    /// - `warmup`: steps that are not measured; 0: 2
    /// - `steps`: steps that are measured; 0: 10
    /// - `stop`: NULL: nobody stops it
    /// - Errors: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, DATA_LOSS, IO,
    ///   RESOURCE_EXHAUSTED, UNAVAILABLE, CANCELLED
    #[must_use]
    pub fn raddle_bench_step(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        batch: i64,
        sequence: i64,
        warmup: i64,
        steps: i64,
        stop: *mut raddle_stop_t,
        out_bench: *mut raddle_step_bench_t,
    ) -> raddle_status_t;
}
