// SPDX-License-Identifier: Apache-2.0
// Plain values. Written by include/interface/generate.py.
use crate::sys;

/// What the machine can do.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MachinePeaks {
    /// Threads.
    pub threads: i32,
    /// FP32 fused multiply-add from registers, all threads.
    pub fma_gflops: f64,
    /// A = b + s c in memory, 12 bytes an element, all threads; 0: not measured.
    pub triad_gb_per_second: f64,
}

impl MachinePeaks {
    pub(crate) fn from_raw(raw: &sys::raddle_machine_peaks_t) -> Self {
        Self {
            threads: raw.threads,
            fma_gflops: raw.fma_gflops,
            triad_gb_per_second: raw.triad_gb_per_second,
        }
    }
}

/// What a training step took.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct StepBench {
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

impl StepBench {
    pub(crate) fn from_raw(raw: &sys::raddle_step_bench_t) -> Self {
        Self {
            steps: raw.steps,
            tokens_per_step: raw.tokens_per_step,
            parameter_elements: raw.parameter_elements,
            flops_per_step: raw.flops_per_step,
            peak_rss_bytes: raw.peak_rss_bytes,
            step_ms_median: raw.step_ms_median,
            step_ms_min: raw.step_ms_min,
            step_ms_max: raw.step_ms_max,
            first_step_ms: raw.first_step_ms,
            plan_ms: raw.plan_ms,
            create_ms: raw.create_ms,
            tokens_per_second: raw.tokens_per_second,
        }
    }
}
