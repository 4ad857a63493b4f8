/* SPDX-License-Identifier: Apache-2.0 */
/* What a run will need and do, before it runs. Planning is pure: it allocates none of the memory
 * that it books, and the same graph, config and machine give the same plan, byte for byte.
 */
/* Generated from include/interface/abi/plan.toml. */
#ifndef RADDLE_PLAN_H_
#define RADDLE_PLAN_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/graph.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* The plan of a training step. */
typedef struct raddle_plan raddle_plan_t;

/* Bytes that training books. */
typedef struct raddle_memory_table {
  size_t struct_size; /* set by RADDLE_MEMORY_TABLE_INIT */
  int64_t parameter_bytes;
  int64_t gradient_bytes;
  int64_t optimizer_bytes;
  int64_t activation_bytes; /* of one micro-batch, lifetimes overlaid */
  int64_t scratch_bytes;    /* of the hungriest kernel */
  int64_t other_bytes;      /* inputs, verdicts, staging */
  int64_t total_bytes;
  int64_t limit_bytes;   /* runtime.memory_limit, or what the machine and its limits leave */
  int64_t missing_bytes; /* 0: it fits; else by how much it does not */
} raddle_memory_table_t;
#define RADDLE_MEMORY_TABLE_INIT \
  { sizeof(raddle_memory_table_t), 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* What RADDLE_MEMORY_TABLE_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_memory_table_init(raddle_memory_table_t* out_struct, size_t struct_bytes);

/* Plans the training step of the model that the config describes, or of `graph`. A plan that does
 * not fit is made all the same; its table says by how much.
 *
 * graph     finished; NULL: the ready-made model of model.*
 * out_plan  destroy with raddle_plan_destroy()
 * Errors    INVALID_ARGUMENT     the config does not validate
 *           FAILED_PRECONDITION  the graph is not finished
 *           UNAVAILABLE          kernels.require = tuned and an op has none; says which and why
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_plan_create(raddle_context_t* context,
                                                              const raddle_config_t* config,
                                                              const raddle_graph_t* graph,
                                                              raddle_plan_t** out_plan);

/* NULL-safe; nulls it.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_plan_destroy(raddle_plan_t** plan);

/* What the plan books, and whether it fits.
 *
 * Since  0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_plan_get_memory(const raddle_plan_t* plan,
                                                                  raddle_memory_table_t* out_table);

/* The plan for people: memory table, kernels with the reasons why faster ones were refused,
 * instructions with their buffers.
 *
 * out_text  free with raddle_text_destroy()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_plan_explain(const raddle_plan_t* plan,
                                                               char** out_text);

/* The same for programs: a JSON object with memory, parameters, groups of optimizer.group (from 1
 * on in parameters), kernels, instructions, hash, flops_per_token.
 *
 * out_json  free with raddle_text_destroy()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_plan_to_json(const raddle_plan_t* plan,
                                                               char** out_json);

/* Equal hashes mean equal plans.
 *
 * plan     NULL: the result is 0
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API uint64_t raddle_plan_hash(const raddle_plan_t* plan);

RADDLE_END_DECLS

#endif /* RADDLE_PLAN_H_ */
