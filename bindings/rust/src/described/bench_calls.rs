// SPDX-License-Identifier: Apache-2.0
// Calls into the library. Written by include/interface/generate.py.
use crate::sys;
use super::{MachinePeaks, StepBench};
use crate::error::Result;
use crate::ffi::{Handle, enter, finish};
use std::ptr;

pub(crate) fn bench_machine(
    context: &Handle<sys::raddle_context_t>,
    threads: i32,
    with_memory: i32,
) -> Result<MachinePeaks> {
    enter("raddle_bench_machine")?;
    let mut out_peaks = sys::RADDLE_MACHINE_PEAKS_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_bench_machine(
            context.as_ptr(),
            threads,
            with_memory,
            &mut out_peaks,
        )
    };
    finish(out)?;
    Ok(MachinePeaks::from_raw(&out_peaks))
}

pub(crate) fn bench_step(
    context: &Handle<sys::raddle_context_t>,
    config: &Handle<sys::raddle_config_t>,
    batch: i64,
    sequence: i64,
    warmup: i64,
    steps: i64,
    stop: Option<&Handle<sys::raddle_stop_t>>,
) -> Result<StepBench> {
    enter("raddle_bench_step")?;
    let mut out_bench = sys::RADDLE_STEP_BENCH_INIT;
    // SAFETY: what is given is there until the call returns, and used no longer.
    let out = unsafe {
        sys::raddle_bench_step(
            context.as_ptr(),
            config.as_ptr(),
            batch,
            sequence,
            warmup,
            steps,
            stop.map_or(ptr::null_mut(), Handle::as_ptr),
            &mut out_bench,
        )
    };
    finish(out)?;
    Ok(StepBench::from_raw(&out_bench))
}
