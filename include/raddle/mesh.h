/* SPDX-License-Identifier: Apache-2.0 */
/* Plans of dynamic meshes: on which ranks, and in which micro-batches, the sequences of a step are
 * computed. Pure, on one thread and without communication: the same arguments give the same plan
 * and the same hash on every rank.
 */
/* Generated from include/interface/abi/mesh.toml. */
#ifndef RADDLE_MESH_H_
#define RADDLE_MESH_H_

#include "raddle/base.h"
#include "raddle/context.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* Plans one step of hybrid data parallelism: a sequence that is longer than `capacity` is cut over
 * as many ranks as hold it, or more where the step is done earlier then; shorter ones are packed.
 *
 * The result is a JSON object; keys may be added. `makespan` is when the last rank is done, in ms
 * of one layer's forward pass; `lower_bound`: no plan is faster, by the same cost model;
 * `planning_ms`: what planning took. `kv_bytes` are keys and values sent in one layer's forward
 * pass, `kv_bytes_static` the same on a mesh of equal groups that hold the longest sequence, and
 * `static_degree` the ranks of such a group, a divisor of `ranks`. `ranks`, `capacity`,
 * `sequences`, `tokens`, `micro_batches` and `groups` (sequences that are cut) are counts; `hash`
 * has 16 digits, the same for the same plan; `cost` is the cost model, as a cost file has it.
 *
 * With `with_plan`, `plan` has `ranks`, for each its micro-batches, for each of these its pieces:
 * `sequence` (from 0 on), `degree` (ranks it is cut over) and, where that is over 1, `part` and
 * `group`; and `groups`, for each its ranks in the order of parts.
 *
 * lengths    tokens of each sequence
 * capacity   tokens that a rank holds in a micro-batch
 * cost_path  a JSON file; what it leaves out keeps its default; NULL: the default cost model
 * out_json   free with raddle_text_destroy()
 * Errors     INVALID_ARGUMENT    a length, `ranks`, `capacity` or a coefficient is out of range; a
 *                                sequence does not fit
 *            RESOURCE_EXHAUSTED  the capacity is over the cost model's limit of activations
 *            NOT_FOUND           there is no file at `cost_path`
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_mesh_plan(raddle_context_t* context,
                                                            const int64_t* lengths,
                                                            int64_t length_count, int64_t ranks,
                                                            int64_t capacity, const char* cost_path,
                                                            int32_t with_plan, char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_MESH_H_ */
