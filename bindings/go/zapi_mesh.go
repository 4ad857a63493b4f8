// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/mesh.toml. DO NOT EDIT.

package raddle

import (
	"context"
	"encoding/json"
)

// PlanMesh plans one step of hybrid data parallelism: a sequence that is longer than `capacity`
// is cut over as many ranks as hold it, or more where the step is done earlier then; shorter ones
// are packed.
//
// The result is a JSON object; keys may be added. `makespan` is when the last rank is done, in ms
// of one layer's forward pass; `lower_bound`: no plan is faster, by the same cost model;
// `planning_ms`: what planning took. `kv_bytes` are keys and values sent in one layer's forward
// pass, `kv_bytes_static` the same on a mesh of equal groups that hold the longest sequence, and
// `static_degree` the ranks of such a group, a divisor of `ranks`. `ranks`, `capacity`,
// `sequences`, `tokens`, `micro_batches` and `groups` (sequences that are cut) are counts; `hash`
// has 16 digits, the same for the same plan; `cost` is the cost model, as a cost file has it.
//
// With `with_plan`, `plan` has `ranks`, for each its micro-batches, for each of these its pieces:
// `sequence` (from 0 on), `degree` (ranks it is cut over) and, where that is over 1, `part` and
// `group`; and `groups`, for each its ranks in the order of parts.
//
//   - lengths: tokens of each sequence
//   - capacity: tokens that a rank holds in a micro-batch
//   - costPath: a JSON file; what it leaves out keeps its default; "": the default cost model
//   - ErrInvalidArgument: a length, `ranks`, `capacity` or a coefficient is out of range; a
//     sequence does not fit
//   - ErrResourceExhausted: the capacity is over the cost model's limit of activations
//   - ErrNotFound: there is no file at `cost_path`
func (r *Runtime) PlanMesh(
	ctx context.Context,
	lengths []int64,
	ranks int64,
	capacity int64,
	costPath string,
	withPlan int32,
) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawMeshPlan(object, lengths, ranks, capacity, costPath, withPlan)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}

// PlanMeshGroups plans one step for attention that exchanges heads for tokens: each micro-batch
// divides the ranks into groups anew, small ones for short sequences (FlexSP). The cost model
// must have `all_to_all`.
//
// The result is a JSON object; keys may be added. `time_ms` is what all micro-batches take after
// each other, by the cost model; `equal_groups_ms` the same for the best plan that the planner
// finds with groups of one size, 0 where none fits, and never less; `planning_ms`: what planning
// took. `shapes` has for each micro-batch the ranks of its groups, largest first; ranks that are
// left have nothing to do. `ranks`, `capacity`, `sequences`, `tokens`, `micro_batches` and
// `groups` are counts; `hash` has 16 digits, the same for the same plan; `cost` is the cost
// model, as a cost file has it.
//
// With `with_plan`, `plan` has for each micro-batch its groups: `first_rank`, `degree` (its
// ranks, which follow each other), `time_ms` and `sequences` (from 0 on).
//
//   - lengths: tokens of each sequence
//   - capacity: tokens that a rank holds in a micro-batch
//   - anySize: groups of any number of ranks; else of powers of two
//   - costPath: a JSON file
//   - ErrInvalidArgument: a length, `ranks`, `capacity` or a coefficient is out of range; a
//     sequence does not fit; the cost model has no `all_to_all`
//   - ErrResourceExhausted: the capacity is over the cost model's limit of activations
//   - ErrNotFound: there is no file at `cost_path`
func (r *Runtime) PlanMeshGroups(
	ctx context.Context,
	lengths []int64,
	ranks int64,
	capacity int64,
	anySize int32,
	costPath string,
	withPlan int32,
) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawMeshPlanGroups(
			object,
			lengths,
			ranks,
			capacity,
			anySize,
			costPath,
			withPlan,
		)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}

// SimulateMesh computes what a step on so many ranks would take, for each way to place its
// sequences: `static`, on a mesh of equal groups that is made once for sequences of `longest`
// tokens; and for rings `naive` (ByteScale's first algorithm) and `balanced` (the plan of
// Runtime.PlanMesh). Nothing is run or measured; ratios of two policies say something, seconds do
// not.
//
// The result is a JSON object; keys may be added. `profile` is what costs are from, as a profile
// file has it, with its sources; `ranks`, `capacity`, `longest`, `sequences`, `tokens` and
// `static_degree` (ranks of a group of the static mesh) are counts. `policies` has for each,
// `static` first, `policy`, `step_ms`, `speedup` (of static), `gradient_ms` (of the step, at its
// end), `busy_ms` (computing and transfers that nothing hides: `least`, `mean`, `most` and
// `deviation` by rank), shares of all ranks' time `exposed_share` (those transfers),
// `waiting_share` and `transfer_bound_share` (attention whose transfers take longer than what
// they overlap), and the counts `micro_batches` and `kv_bytes` (keys and values sent in one
// layer's forward pass). `not_predicted` lists, in sentences, what the result says nothing about.
//
//   - lengths: tokens of each sequence
//   - capacity: tokens that a rank holds in a micro-batch
//   - longest: tokens that the static mesh is made for; 0: the longest of these sequences
//   - profile: the name of a built-in profile, or a JSON file; "": bytescale-7b
//   - ErrInvalidArgument: a length, `ranks`, `capacity`, `longest` or the profile is out of range;
//     a sequence does not fit
//   - ErrResourceExhausted: the capacity is over the profile's limit of activations
//   - ErrNotFound: `profile` is no built-in's name, and no file either
func (r *Runtime) SimulateMesh(
	ctx context.Context,
	lengths []int64,
	ranks int64,
	capacity int64,
	longest int64,
	profile string,
) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawMeshSimulate(object, lengths, ranks, capacity, longest, profile)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}

// DrawMeshLengths draws lengths of sequences like those of a published data set, until they have
// `tokens` tokens together; the last is cut to that. The same arguments give the same lengths.
//
// The result is a JSON object; keys may be added: `set`, `longest` (tokens; longer ones are cut
// to it), `tokens`, `seed`, and `lengths`, a list.
//
//   - set: byted, github, wikipedia or commoncrawl, and the longest sequence: byted-2m, github-256k
//   - ErrInvalidArgument: there is no such set; `tokens` or `seed` is out of range
func (r *Runtime) DrawMeshLengths(
	ctx context.Context,
	set string,
	tokens int64,
	seed int64,
) (document json.RawMessage, err error) {
	err = block(ctx, r.held(), func(object *cContext, _ *cStop) (err error) {
		made, err := rawMeshDrawLengths(object, set, tokens, seed)
		if err == nil {
			document = json.RawMessage(made)
		}
		return err
	})
	return
}
