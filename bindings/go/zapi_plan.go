// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/plan.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
)

// Plan: The plan of a training step.
type Plan struct{ handle *handle[cPlan] }

// Close frees it. Calls that run in it end with ErrCancelled; Close waits for them.
func (p *Plan) Close() error { return p.held().Close() }

func (p *Plan) held() *handle[cPlan] {
	if p == nil {
		return nil
	}
	return p.handle
}

func newPlan(object *cPlan, parent holder) *Plan {
	return &Plan{newHandle("plan", object, parent, nil,
		rawPlanDestroy)}
}

// MemoryTable: Bytes that training books.
type MemoryTable struct {
	ParameterBytes int64
	GradientBytes  int64
	OptimizerBytes int64
	// of one micro-batch, lifetimes overlaid
	ActivationBytes int64
	// of the hungriest kernel
	ScratchBytes int64
	// inputs, verdicts, staging
	OtherBytes int64
	TotalBytes int64
	// runtime.memory_limit, or what the machine and its limits leave
	LimitBytes int64
	// 0: it fits; else by how much it does not
	MissingBytes int64
}

// NewPlan plans the training step of the model that the config describes, or of `graph`. A plan
// that does not fit is made all the same; its table says by how much.
//
//   - graph: finished; nil: the ready-made model of model.*
//   - ErrInvalidArgument: the config does not validate
//   - ErrFailedPrecondition: the graph is not finished
//   - ErrUnavailable: kernels.require = tuned and an op has none; says which and why
func (r *Runtime) NewPlan(
	ctx context.Context,
	config *Config,
	graph *Graph,
) (plan *Plan, err error) {
	configObject, err := config.held().enter()
	if err != nil {
		return
	}
	defer config.held().leave()
	graphObject, err := graph.held().enter()
	if err != nil {
		return
	}
	defer graph.held().leave()
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawPlanCreate(object, configObject, graphObject)
		if err == nil {
			plan = newPlan(made, r.handle)
		}
		return err
	})
	return
}

// Memory: What the plan books, and whether it fits.
func (p *Plan) Memory() (table MemoryTable, err error) {
	err = call(p.held(), func(object *cPlan) (err error) {
		table, err = rawPlanGetMemory(object)
		return
	})
	return
}

// Explain: The plan for people: memory table, kernels with the reasons why faster ones were
// refused, instructions with their buffers.
func (p *Plan) Explain() (text string, err error) {
	err = call(p.held(), func(object *cPlan) (err error) {
		text, err = rawPlanExplain(object)
		return
	})
	return
}

// JSON: As Plan.Explain, the same for programs: a JSON object with memory, parameters, groups of
// optimizer.group (from 1 on in parameters), kernels, instructions, hash, flops_per_token.
func (p *Plan) JSON() (document json.RawMessage, err error) {
	err = call(p.held(), func(object *cPlan) (err error) {
		made, err := rawPlanToJSON(object)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}

// Hash: Equal hashes mean equal plans.
func (p *Plan) Hash() (result uint64, err error) {
	err = call(p.held(), func(object *cPlan) (err error) {
		result = rawPlanHash(object)
		return nil
	})
	return
}
