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
