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

/* Plans one step for attention that exchanges heads for tokens: each micro-batch divides the ranks
 * into groups anew, small ones for short sequences (FlexSP). The cost model must have `all_to_all`.
 *
 * The result is a JSON object; keys may be added. `time_ms` is what all micro-batches take after
 * each other, by the cost model; `equal_groups_ms` the same for the best plan that the planner
 * finds with groups of one size, 0 where none fits, and never less; `planning_ms`: what planning
 * took. `shapes` has for each micro-batch the ranks of its groups, largest first; ranks that are
 * left have nothing to do. `ranks`, `capacity`, `sequences`, `tokens`, `micro_batches` and `groups`
 * are counts; `hash` has 16 digits, the same for the same plan; `cost` is the cost model, as a cost
 * file has it.
 *
 * With `with_plan`, `plan` has for each micro-batch its groups: `first_rank`, `degree` (its ranks,
 * which follow each other), `time_ms` and `sequences` (from 0 on).
 *
 * lengths    tokens of each sequence
 * capacity   tokens that a rank holds in a micro-batch
 * any_size   groups of any number of ranks; else of powers of two
 * cost_path  a JSON file
 * out_json   free with raddle_text_destroy()
 * Errors     INVALID_ARGUMENT    a length, `ranks`, `capacity` or a coefficient is out of range; a
 *                                sequence does not fit; the cost model has no `all_to_all`
 *            RESOURCE_EXHAUSTED  the capacity is over the cost model's limit of activations
 *            NOT_FOUND           there is no file at `cost_path`
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_mesh_plan_groups(
    raddle_context_t* context, const int64_t* lengths, int64_t length_count, int64_t ranks,
    int64_t capacity, int32_t any_size, const char* cost_path, int32_t with_plan, char** out_json);

/* Computes what a step on so many ranks would take, for each way to place its sequences: `static`,
 * on a mesh of equal groups that is made once for sequences of `longest` tokens; and for rings
 * `naive` (ByteScale's first algorithm) and `balanced` (the plan of raddle_mesh_plan()). Nothing is
 * run or measured; ratios of two policies say something, seconds do not.
 *
 * The result is a JSON object; keys may be added. `profile` is what costs are from, as a profile
 * file has it, with its sources; `ranks`, `capacity`, `longest`, `sequences`, `tokens` and
 * `static_degree` (ranks of a group of the static mesh) are counts. `policies` has for each,
 * `static` first, `policy`, `step_ms`, `speedup` (of static), `gradient_ms` (of the step, at its
 * end), `busy_ms` (computing and transfers that nothing hides: `least`, `mean`, `most` and
 * `deviation` by rank), shares of all ranks' time `exposed_share` (those transfers),
 * `waiting_share` and `transfer_bound_share` (attention whose transfers take longer than what they
 * overlap), and the counts `micro_batches` and `kv_bytes` (keys and values sent in one layer's
 * forward pass). `not_predicted` lists, in sentences, what the result says nothing about.
 *
 * lengths   tokens of each sequence
 * capacity  tokens that a rank holds in a micro-batch
 * longest   tokens that the static mesh is made for; 0: the longest of these sequences
 * profile   the name of a built-in profile, or a JSON file; NULL: bytescale-7b
 * out_json  free with raddle_text_destroy()
 * Errors    INVALID_ARGUMENT    a length, `ranks`, `capacity`, `longest` or the profile is out of
 *                               range; a sequence does not fit
 *           RESOURCE_EXHAUSTED  the capacity is over the profile's limit of activations
 *           NOT_FOUND           `profile` is no built-in's name, and no file either
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_mesh_simulate(
    raddle_context_t* context, const int64_t* lengths, int64_t length_count, int64_t ranks,
    int64_t capacity, int64_t longest, const char* profile, char** out_json);

/* Draws lengths of sequences like those of a published data set, until they have `tokens` tokens
 * together; the last is cut to that. The same arguments give the same lengths.
 *
 * The result is a JSON object; keys may be added: `set`, `longest` (tokens; longer ones are cut to
 * it), `tokens`, `seed`, and `lengths`, a list.
 *
 * set       byted, github, wikipedia or commoncrawl, and the longest sequence: byted-2m,
 *           github-256k
 * out_json  free with raddle_text_destroy()
 * Errors    INVALID_ARGUMENT  there is no such set; `tokens` or `seed` is out of range
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_mesh_draw_lengths(raddle_context_t* context,
                                                                    const char* set, int64_t tokens,
                                                                    int64_t seed, char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_MESH_H_ */
