// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/bench.toml. DO NOT EDIT.

package raddle

// #include <raddle/raddle.h>
import "C"

import "unsafe"

func machinePeaksFromC(c *C.raddle_machine_peaks_t) *MachinePeaks {
	if c == nil {
		return nil
	}
	return &MachinePeaks{
		Threads:          int32(c.threads),
		FMAGFLOPS:        float64(c.fma_gflops),
		TriadGBPerSecond: float64(c.triad_gb_per_second),
	}
}

func rawBenchMachine(
	context *cContext,
	threads int32,
	withMemory int32,
) (outPeaks MachinePeaks, err error) {
	var cOutPeaks C.raddle_machine_peaks_t
	cOutPeaks.struct_size = C.size_t(unsafe.Sizeof(cOutPeaks))
	err = statusError(C.raddle_bench_machine(
		context,
		C.int32_t(threads),
		C.int32_t(withMemory),
		&cOutPeaks,
	))
	outPeaks = *machinePeaksFromC(&cOutPeaks)
	return
}

func stepBenchFromC(c *C.raddle_step_bench_t) *StepBench {
	if c == nil {
		return nil
	}
	return &StepBench{
		Steps:             int64(c.steps),
		TokensPerStep:     int64(c.tokens_per_step),
		ParameterElements: int64(c.parameter_elements),
		FlopsPerStep:      int64(c.flops_per_step),
		PeakRSSBytes:      int64(c.peak_rss_bytes),
		StepMsMedian:      float64(c.step_ms_median),
		StepMsMin:         float64(c.step_ms_min),
		StepMsMax:         float64(c.step_ms_max),
		FirstStepMs:       float64(c.first_step_ms),
		PlanMs:            float64(c.plan_ms),
		CreateMs:          float64(c.create_ms),
		TokensPerSecond:   float64(c.tokens_per_second),
	}
}

func rawBenchStep(
	context *cContext,
	config *cConfig,
	batch int64,
	sequence int64,
	warmup int64,
	steps int64,
	stop *cStop,
) (outBench StepBench, err error) {
	var cOutBench C.raddle_step_bench_t
	cOutBench.struct_size = C.size_t(unsafe.Sizeof(cOutBench))
	err = statusError(C.raddle_bench_step(
		context,
		config,
		C.int64_t(batch),
		C.int64_t(sequence),
		C.int64_t(warmup),
		C.int64_t(steps),
		stop,
		&cOutBench,
	))
	outBench = *stepBenchFromC(&cOutBench)
	return
}
