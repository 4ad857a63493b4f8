/* SPDX-License-Identifier: Apache-2.0 */
/* Steps by hand: a step in halves with the gradients in between for the caller to look at or edit,
 * at a learning rate of the caller's; training on batches that the caller makes; a graph's own
 * outputs; tensors in and out by copy.
 *
 *   raddle_session_backward(session, &batch, 1, NULL, &metrics);
 *   raddle_session_read_tensor(session, "gradient/lm_head.weight", values, count);
 *   raddle_session_write_tensor(session, "gradient/lm_head.weight", values, count);
 *   raddle_session_apply(session, NULL, &metrics);
 */
/* Generated from include/interface/abi/steps.toml. */
#ifndef RADDLE_STEPS_H_
#define RADDLE_STEPS_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/session.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* ---- halves of a step ----------------------------------------------------------------------- */

/* How gradients are made. */
typedef struct raddle_backward_options {
  size_t struct_size; /* set by RADDLE_BACKWARD_OPTIONS_INIT */
  /* what the sum over weighted tokens is divided by: the weights of the whole step where its
   * batches come in several calls, which are all told the same; 0: those of this call */
  double weight_sum;
  /* 1: add to the gradients that are there, as a further part of the same step; 0: begin a step */
  int32_t accumulate;
  int32_t reserved; /* 0 */
} raddle_backward_options_t;
#define RADDLE_BACKWARD_OPTIONS_INIT \
  { sizeof(raddle_backward_options_t), 0, 0, 0 }

/* What RADDLE_BACKWARD_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_backward_options_init(raddle_backward_options_t* out_struct,
                                             size_t struct_bytes);

/* Forward and backward on the caller's micro-batches: gradients and their loss, no update.
 * Gradients are there (as tensors gradient/NAME) until raddle_session_apply() uses them up or a
 * step begins anew. A call that is refused leaves those that are there; one that ends on its way
 * leaves none.
 *
 * batches      `batch_count` micro-batches, from 1 to train.micro_batches
 * options      NULL: defaults
 * stop         NULL: nobody stops it
 * out_metrics  loss, total_loss, tokens of the step so far; steps done before it; NULL: not wanted
 * Errors       as raddle_session_step()
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_backward(
    raddle_session_t* session, const raddle_batch_t* batches, int64_t batch_count,
    const raddle_backward_options_t* options, raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* The same for a caller's graph, on the inputs of one micro-batch.
 *
 * inputs       as for raddle_session_step_inputs()
 * options      `weight_sum` has no meaning here: what the loss is divided by is an input of the
 *              graph; NULL: defaults
 * stop         NULL: nobody stops it
 * out_metrics  NULL: not wanted
 * Errors       as raddle_session_step_inputs()
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_backward_inputs(
    raddle_session_t* session, const raddle_tensor_view_t* inputs, int64_t input_count,
    const raddle_backward_options_t* options, raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* How gradients are applied. */
typedef struct raddle_apply_options {
  size_t struct_size;   /* set by RADDLE_APPLY_OPTIONS_INIT */
  double learning_rate; /* of this step, if `own_learning_rate` is 1 */
  /* 0: the rate of optimizer.learning_rate and schedule.* at this step; 1: `learning_rate`,
   * which may be 0 */
  int32_t own_learning_rate;
  int32_t reserved; /* 0 */
} raddle_apply_options_t;
#define RADDLE_APPLY_OPTIONS_INIT \
  { sizeof(raddle_apply_options_t), 0, 0, 0 }

/* What RADDLE_APPLY_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_apply_options_init(raddle_apply_options_t* out_struct, size_t struct_bytes);

/* The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there. It counts
 * as a step of the run.
 *
 * options      NULL: defaults
 * out_metrics  of the whole step; NULL: not wanted
 * Errors       FAILED_PRECONDITION  the session does not train, or there are no gradients
 *              INVALID_ARGUMENT     a learning rate that is not 0 to 3e38
 *              NUMERIC              as train.non_finite and train.non_finite_limit say
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_session_apply(raddle_session_t* session, const raddle_apply_options_t* options,
                     raddle_metrics_t* out_metrics);

/* raddle_session_step() on one micro-batch whose arrays are given one by one, for languages that
 * must not pass pointers inside structs.
 *
 * targets      NULL: the next token of the same sequence
 * weights      NULL: as in raddle_batch_t
 * positions    NULL: 0, 1, ... in each sequence
 * cu_seqlens   NULL: one sequence
 * stop         NULL: nobody stops it
 * out_metrics  NULL: not wanted
 * Errors       as raddle_session_step()
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_step_tokens(
    raddle_session_t* session, const int32_t* tokens, int64_t token_count, const int32_t* targets,
    const float* weights, const int32_t* positions, const int32_t* cu_seqlens,
    int64_t sequence_count, raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* ---- batches of the caller's ---------------------------------------------------------------- */

/* Makes a micro-batch: number `micro_batch` (from 0) of the step after `step` done ones. A run that
 * is resumed asks from the step on at which it goes on.
 *
 * batch    initialised; what it is made to point to stays valid until the next call
 * Returns  0: there it is; anything else: there is no more, and training ends as if stopped
 */
typedef int32_t (*raddle_batch_source_t)(void* user_data, int64_t step, int64_t micro_batch,
                                         raddle_batch_t* batch);

/* raddle_session_train() on batches of the caller's instead of the data of data.*. Evaluations are
 * on data.validation_path, if there is one.
 *
 * stop        NULL: nobody stops it
 * out_result  NULL: not wanted
 * callback    NULL: nobody listens
 * Errors      as raddle_session_train(), and
 *             INVALID_ARGUMENT  a batch that raddle_session_step() would refuse; names step and
 *                               micro-batch
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_train_on(
    raddle_session_t* session, raddle_batch_source_t source, void* source_data, raddle_stop_t* stop,
    raddle_train_result_t* out_result, raddle_event_callback_t callback, void* user_data);

/* Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.
 *
 * batch_count  1 or more
 * stop         NULL: nobody stops it
 * Errors       INVALID_ARGUMENT     a batch that raddle_session_step() would refuse
 *              FAILED_PRECONDITION  the session was made from a graph, or no token has a weight
 *                                   above 0
 *              NUMERIC              the loss is not finite
 *              CANCELLED            `stop` was set: a part is no result
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_evaluate_batches(
    raddle_session_t* session, const raddle_batch_t* batches, int64_t batch_count,
    raddle_stop_t* stop, raddle_evaluation_t* out_evaluation);

/* ---- outputs of a caller's graph ------------------------------------------------------------ */

/* Runs a caller's graph without its gradients: losses and outputs of one micro-batch. Changes
 * nothing.
 *
 * inputs       as for raddle_session_step_inputs()
 * stop         NULL: nobody stops it
 * out_metrics  loss and total_loss; NULL: not wanted
 * Errors       as raddle_session_step_inputs(), and
 *              RESOURCE_EXHAUSTED  no memory for a program without gradients; made at the first
 *                                  call
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_forward_inputs(
    raddle_session_t* session, const raddle_tensor_view_t* inputs, int64_t input_count,
    raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* Copies an output of a caller's graph (raddle_graph_add_output()), as the last backward or forward
 * left it.
 *
 * bytes   of the whole output, no more and no less
 * Errors  NOT_FOUND            no such output; lists those that there are
 *         INVALID_ARGUMENT     `bytes` is not the output's size, which is named
 *         FAILED_PRECONDITION  the graph has not run yet, or the session has a ready-made model
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_read_output(raddle_session_t* session,
                                                                      const char* name,
                                                                      void* out_data, size_t bytes);

/* ---- tensors by copy ------------------------------------------------------------------------ */

/* Copies a tensor of the state out, wherever it lies, as F32 whatever its own type.
 *
 * name     as raddle_session_tensor_name() gives it
 * count    elements of the tensor, no more and no less; of a part, those that are here
 * Threads  one call at a time, but also in a callback of a call on the session
 * Errors   NOT_FOUND         no such tensor (the nearest is named)
 *          INVALID_ARGUMENT  `count` is not the tensor's, which is named
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_read_tensor(raddle_session_t* session,
                                                                      const char* name,
                                                                      float* out_values,
                                                                      int64_t count);

/* Copies values into a tensor of the state, wherever it lies. They count from the next call on.
 * compute/NAME follows its parameter and is refused.
 *
 * Errors  as raddle_session_read_tensor()
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_write_tensor(raddle_session_t* session,
                                                                       const char* name,
                                                                       const float* values,
                                                                       int64_t count);

/* The config that the session runs with: what was given, what a resumed run kept, what was chosen.
 *
 * out_config  a copy; destroy with raddle_config_destroy()
 * Threads     one call at a time, but also in a callback of a call on the session
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_session_get_config(const raddle_session_t* session, raddle_config_t** out_config);

RADDLE_END_DECLS

#endif /* RADDLE_STEPS_H_ */
