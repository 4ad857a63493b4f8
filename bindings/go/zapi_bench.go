// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/bench.toml. DO NOT EDIT.

package raddle

import "context"

// MachinePeaks: What the machine can do.
type MachinePeaks struct {
	Threads int32
	// FP32 fused multiply-add from registers, all threads
	FMAGFLOPS float64
	// a = b + s c in memory, 12 bytes an element, all threads; 0: not measured
	TriadGBPerSecond float64
}

// BenchMachine measures the machine's peaks.
//
//   - threads: 0: all cores
//   - withMemory: 0: arithmetic only, in a tenth of a second; else memory too, in a second or two
//     and 384 MiB
//   - ErrResourceExhausted
//   - ErrInvalidArgument: threads is not from 0 to 1024
func (r *Runtime) BenchMachine(
	ctx context.Context,
	threads int32,
	withMemory int32,
) (peaks MachinePeaks, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		peaks, err = rawBenchMachine(object, threads, withMemory)
		return
	})
	return
}

// StepBench: What a training step took.
type StepBench struct {
	// measured
	Steps             int64
	TokensPerStep     int64
	ParameterElements int64
	// (6 N + 6 L C T) x tokens: N parameters, L layers, C width, T length
	FlopsPerStep int64
	// of this process so far
	PeakRSSBytes int64
	StepMsMedian float64
	StepMsMin    float64
	StepMsMax    float64
	// the first step, its allocations included
	FirstStepMs float64
	PlanMs      float64
	// planning, allocating and drawing weights
	CreateMs float64
	// of the median step
	TokensPerSecond float64
}

// BenchStep times training steps (forward, backward, clipping, AdamW) of the config's model on
// random tokens.
//
//   - batch: sequences per micro-batch
//   - sequence: their length
//   - warmup: steps that are not measured; 0: 2
//   - steps: steps that are measured; 0: 10
//   - ErrInvalidArgument: the config does not validate, or lacks a key that must be given
//   - ErrNotFound: data, tokenizer, weights or checkpoint are not there
//   - ErrAlreadyExists: the run directory holds a run, and `resume` is nil; or it holds files that
//     no run wrote, under names that a run would write over
//   - ErrFailedPrecondition: the checkpoint is of another model or other data; says which
//   - ErrDataLoss: the checkpoint is damaged; names file and tensor. With "auto": so is every one
//     of the run, or they are gone
//   - ErrIO: with "auto": no checkpoint of the run can be read now
//   - ErrResourceExhausted: the plan does not fit; says by how many bytes
//   - ErrUnavailable: a library or kernel that the config demands is missing, or another session
//     writes to the run directory; says which
//   - ErrCancelled: the context is done, or its Stop was set
func (r *Runtime) BenchStep(
	ctx context.Context,
	config *Config,
	batch int64,
	sequence int64,
	warmup int64,
	steps int64,
) (bench StepBench, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	err = block(ctx, r.held(), func(object *cContext, stop *cStop) (err error) {
		bench, err = rawBenchStep(object, configObject, batch, sequence, warmup, steps, stop)
		return
	})
	return
}
