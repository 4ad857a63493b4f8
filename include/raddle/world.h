/* SPDX-License-Identifier: Apache-2.0 */
/* The ranks that train together: processes that were started by `raddle launch`, torchrun, Slurm,
 * MPI or a cluster engine, find each other, make sure that they run the same, and hear when one is
 * lost.
 *
 * Joining changes nothing of the program: no signal handler, no environment variable. It starts one
 * thread, which ends with the world.
 */
/* Generated from include/interface/abi/world.toml. */
#ifndef RADDLE_WORLD_H_
#define RADDLE_WORLD_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* This process as one of the ranks of a job. */
typedef struct raddle_world raddle_world_t;

/* Where this process stands, as far as the environment does not say it or says it wrong. */
typedef struct raddle_world_options {
  size_t struct_size;      /* set by RADDLE_WORLD_OPTIONS_INIT */
  int64_t rank;            /* from 0 on; -1: rank and size from the environment */
  int64_t size;            /* of the job, if `rank` is given */
  const char* coordinator; /* host:port; rank 0 listens there; NULL: from the environment */
  const char* secret;      /* whoever does not know it cannot join; NULL: from the environment */
} raddle_world_options_t;
#define RADDLE_WORLD_OPTIONS_INIT \
  { sizeof(raddle_world_options_t), -1, 0, NULL, NULL }

/* What RADDLE_WORLD_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_world_options_init(raddle_world_options_t* out_struct, size_t struct_bytes);

/* Joins the others and returns when all are there, or after a minute. A process that nobody started
 * as one of several gets a world of one at once. If a rank has another build, or in `config`
 * another value of an option that decides what is computed, all are told which and what.
 *
 * When a rank dies, is stopped or cut off, whatever waits for it in another one returns UNAVAILABLE
 * within a second; the message names the rank, its host and process, and why.
 *
 * config     NULL: only the builds are compared
 * options    copied; NULL: defaults
 * stop       NULL: nobody stops it
 * out_world  destroy with raddle_world_destroy()
 * Errors     INVALID_ARGUMENT     the environment is no place in a job, or does not say where rank
 *                                 0 is; says which variable
 *            FAILED_PRECONDITION  this rank or another was refused: another build or config,
 *                                 another secret; or this process is to start several ranks and is
 *                                 none itself
 *            ALREADY_EXISTS       another process has this rank
 *            UNAVAILABLE          not all ranks were there in time, the coordinator's port is
 *                                 taken, or two ranks are on different hosts and one of them has no
 *                                 UCX; says which
 *            CANCELLED            `stop` was set
 * Cancel     raddle_stop_cancel(), raddle_stop_request()
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_world_join(raddle_context_t* context,
                                                             const raddle_config_t* config,
                                                             const raddle_world_options_t* options,
                                                             raddle_stop_t* stop,
                                                             raddle_world_t** out_world);

/* Leaves in good order if that has not happened yet, and waits until the others know, at most three
 * seconds. NULL-safe; nulls it. A session that has the world keeps it, but can no longer train.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_world_destroy(raddle_world_t** world);

/* Tells the others how this rank ends, so that they can name the cause: with `code` OK in good
 * order, else with an error. Only the first call counts.
 *
 * message  NULL: none
 * Threads  any
 * Errors   INVALID_ARGUMENT  `code` is none
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_world_leave(raddle_world_t* world,
                                                              raddle_code_t code,
                                                              const char* message);

/* Which one this process is, from 0 on.
 *
 * world    NULL: the result is 0
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_world_rank(const raddle_world_t* world);

/* How many ranks there are.
 *
 * world    NULL: the result is 1
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_world_size(const raddle_world_t* world);

/* What the environment says of this process's place, as a JSON object: `source` (whose contract
 * won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job, node_ranks, or
 * alone), `rank`, `size`, `local_rank`, `local_size`, `node_rank`, `ranks_to_start` (over 1: this
 * process is to start so many ranks and is none), `coordinator`, `has_secret`, and
 * `contradictions`, a text for each. Keys may be added. Nobody is asked anything.
 *
 * out_json  free with raddle_text_destroy()
 * Threads   any
 * Errors    INVALID_ARGUMENT  the contract that wins is no place in a job; says which variable
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_world_place_json(raddle_context_t* context,
                                                                   char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_WORLD_H_ */
