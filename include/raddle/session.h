/* SPDX-License-Identifier: Apache-2.0 */
/* A session owns a model's state (parameters, optimizer, counters) and the programs that were
 * planned for it: train, evaluate, generate.
 *
 *   raddle_session_create(context, config, NULL, NULL, &session);
 *   raddle_session_train(session, NULL, NULL, on_event, NULL);
 *   raddle_session_destroy(&session);
 *
 * Everything a step needs is allocated when a program is first used; after that, a step allocates
 * nothing. Results do not depend on the number of threads.
 *
 * Threads: one call at a time per session (another is refused with FAILED_PRECONDITION), but for
 * the functions marked "any thread". Sessions are independent.
 */
/* Generated from include/interface/abi/session*.toml. */
#ifndef RADDLE_SESSION_H_
#define RADDLE_SESSION_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/data.h"
#include "raddle/graph.h"
#include "raddle/status.h"
#include "raddle/stop.h"
#include "raddle/world.h"

RADDLE_BEGIN_DECLS

/* A model's state and the programs that were planned for it. */
typedef struct raddle_session raddle_session_t;

/* ---- create --------------------------------------------------------------------------------- */

/* Where a session reads from and writes to. */
typedef struct raddle_session_options {
  size_t struct_size; /* set by RADDLE_SESSION_OPTIONS_INIT */
  /* gets config.toml, metrics.jsonl, tokenizer.json, checkpoints/. One session at a time: the
   * lock ends with the session or its process; NULL: the session writes no file */
  const char* run_directory;
  /* "auto": from the run directory's newest good checkpoint, afresh if no run is there or it
   * never saved; else a checkpoint or run directory, which must be good; NULL: start afresh */
  const char* resume;
  /* where raddle_session_train() writes a Chrome trace. An earlier trace of Raddle's is
   * replaced, nothing else is; NULL: none */
  const char* trace_path;
} raddle_session_options_t;
#define RADDLE_SESSION_OPTIONS_INIT \
  { sizeof(raddle_session_options_t), NULL, NULL, NULL }

/* What RADDLE_SESSION_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_session_options_init(raddle_session_options_t* out_struct,
                                            size_t struct_bytes);

/* A session that trains the ready-made model of model.* on the data of data.*. The run directory is
 * made or changed when training or saving begins, not before; then, if `resume` names a checkpoint
 * that is not the run's newest, what came after it is set aside (checkpoint.h). Plans the training
 * step and allocates what it needs; draws the weights, or reads them (model.init_from, resume).
 *
 * config       copied
 * options      copied; NULL: defaults
 * stop         NULL: nobody stops it
 * out_session  destroy with raddle_session_destroy()
 * Errors       INVALID_ARGUMENT     the config does not validate, or lacks a key that must be given
 *              NOT_FOUND            data, tokenizer, weights or checkpoint are not there
 *              ALREADY_EXISTS       the run directory holds a run, and `resume` is NULL; or it
 *                                   holds files that no run wrote, under names that a run would
 *                                   write over
 *              FAILED_PRECONDITION  the checkpoint is of another model or other data; says which
 *              DATA_LOSS            the checkpoint is damaged; names file and tensor. With "auto":
 *                                   so is every one of the run, or they are gone
 *              IO                   with "auto": no checkpoint of the run can be read now
 *              RESOURCE_EXHAUSTED   the plan does not fit; says by how many bytes
 *              UNAVAILABLE          a library or kernel that the config demands is missing, or
 *                                   another session writes to the run directory; says which
 *              CANCELLED            `stop` was set
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_create(
    raddle_context_t* context, const raddle_config_t* config,
    const raddle_session_options_t* options, raddle_stop_t* stop, raddle_session_t** out_session);

/* A session for a model of the caller's own. The caller brings the batches
 * (raddle_session_step_inputs()); model.* and data.* are not looked at.
 *
 * config       copied
 * graph        finished; copied
 * options      copied; NULL: defaults
 * stop         NULL: nobody stops it
 * out_session  destroy with raddle_session_destroy()
 * Errors       as raddle_session_create(), and
 *              FAILED_PRECONDITION  the graph is not finished or has no loss
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_create_from_graph(
    raddle_context_t* context, const raddle_config_t* config, const raddle_graph_t* graph,
    const raddle_session_options_t* options, raddle_stop_t* stop, raddle_session_t** out_session);

/* A session that trains together with the same session of every other rank. All ranks make it, with
 * the same config and graph, and call what trains, evaluates and saves in the same order; one at a
 * time in a world. The session keeps the world. In a world of one it is as the two above make it.
 *
 * config       copied
 * graph        finished; copied; NULL: the ready-made model of model.* on the data of data.*
 * options      copied; NULL: defaults
 * stop         NULL: nobody stops it
 * out_session  destroy with raddle_session_destroy()
 * Errors       as raddle_session_create() and raddle_session_create_from_graph(), and
 *              FAILED_PRECONDITION  this rank has left the world
 *              UNAVAILABLE          another rank is lost; says which and why
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_create_in_world(
    raddle_context_t* context, raddle_world_t* world, const raddle_config_t* config,
    const raddle_graph_t* graph, const raddle_session_options_t* options, raddle_stop_t* stop,
    raddle_session_t** out_session);

/* A session over a trained model, to evaluate and generate; it has no optimizer and does not train.
 *
 * path         a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face
 *              directory
 * config       what the caller sets overrides what the run was trained with (runtime.threads,
 *              data.validation_path, generate.*); a key of model.* that contradicts the weights is
 *              an error. A data.validation_path set here is scored in sequences as long as the
 *              model's context, however it was trained; NULL: nothing to override
 * stop         NULL: nobody stops it
 * out_session  destroy with raddle_session_destroy()
 * Errors       as raddle_session_create(), and
 *              NOT_FOUND  `path` is none of the three; says what was looked for
 * Cancel       raddle_stop_cancel(), raddle_stop_request()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_open(raddle_context_t* context,
                                                               const char* path,
                                                               const raddle_config_t* config,
                                                               raddle_stop_t* stop,
                                                               raddle_session_t** out_session);

/* NULL-safe; nulls it. Does not save. Tensors that were exported live on until their deleters run.
 *
 * A call that another thread has in the session is cancelled and waited for. Inside a callback, of
 * this session or another, nobody waits: the calls in the session are cancelled, and it goes when
 * the last of them ends, so two sessions may destroy each other. A call whose callback destroys its
 * session returns CANCELLED.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_session_destroy(raddle_session_t** session);

/* What a session is and how far it is. */
typedef struct raddle_session_info {
  size_t struct_size; /* set by RADDLE_SESSION_INFO_INIT */
  int64_t parameter_elements;
  int64_t vocab_size;
  int64_t context_tokens;     /* longest sequence */
  int64_t micro_batch_tokens; /* capacity of one micro-batch */
  int64_t micro_batches;      /* of one step */
  int64_t steps_done;
  int64_t steps_total; /* train.steps */
  int64_t tokens_done;
  int64_t flops_per_token; /* of a training step: 6 N + 6 L C T, as in bench.h */
  int64_t memory_bytes;    /* that the session has allocated */
  int32_t threads;
  int32_t reserved; /* 0 */
} raddle_session_info_t;
#define RADDLE_SESSION_INFO_INIT \
  { sizeof(raddle_session_info_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* What RADDLE_SESSION_INFO_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_session_info_init(raddle_session_info_t* out_struct, size_t struct_bytes);

/* What the session trains, how far it is, and what it takes.
 *
 * Threads  one call at a time, but also in a callback of a call on the session
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_get_info(const raddle_session_t* session,
                                                                   raddle_session_info_t* out_info);

/* The session's tokenizer.
 *
 * session  NULL: the result is NULL
 * Returns  borrowed until the session is destroyed; NULL: it has none
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API const raddle_tokenizer_t* raddle_session_get_tokenizer(const raddle_session_t* session);

/* ---- train ---------------------------------------------------------------------------------- */

/* What a step did. */
typedef struct raddle_metrics {
  size_t struct_size; /* set by RADDLE_METRICS_INIT */
  int64_t step;       /* steps done, this one included: 1 after the first */
  double loss;        /* next-token loss in nats, mean over the step's weighted tokens */
  double total_loss;  /* with the other terms (multi-token prediction) */
  double grad_norm;   /* global, before clipping */
  double learning_rate;
  int64_t step_tokens; /* tokens of this step */
  int64_t tokens;      /* tokens of the run so far */
  double step_ms;
  double tokens_per_second; /* step_tokens in step_ms */
  double flops_per_second;  /* model arithmetic, see raddle_session_info_t */
  int64_t skipped_total;    /* steps of the run whose gradients were not finite */
  int32_t skipped;          /* 1: this step was one, and the weights were left alone */
  int32_t reserved;         /* 0 */
} raddle_metrics_t;
#define RADDLE_METRICS_INIT \
  { sizeof(raddle_metrics_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* What RADDLE_METRICS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_metrics_init(raddle_metrics_t* out_struct, size_t struct_bytes);

/* One micro-batch of packed sequences for a ready-made model. */
typedef struct raddle_batch {
  size_t struct_size;     /* set by RADDLE_BATCH_INIT */
  int64_t token_count;    /* at most micro_batch_tokens */
  const int32_t* tokens;  /* (token_count) */
  const int32_t* targets; /* (token_count); NULL: the next token of the same sequence */
  /* (token_count) of each token's loss, finite and not negative; 0 leaves it out, some must be
   * above 0; NULL: 1, but 0 for the last token of a sequence where `targets` is NULL */
  const float* weights;
  const int32_t* positions; /* (token_count); NULL: 0, 1, ... in each sequence */
  /* (sequence_count + 1) where sequences begin, then token_count; a sequence may be empty; NULL:
   * one sequence */
  const int32_t* cu_seqlens;
  int64_t sequence_count;
} raddle_batch_t;
#define RADDLE_BATCH_INIT \
  { sizeof(raddle_batch_t), 0, NULL, NULL, NULL, NULL, NULL, 0 }

/* What RADDLE_BATCH_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_batch_init(raddle_batch_t* out_struct, size_t struct_bytes);

/* One optimizer step on the caller's micro-batches.
 *
 * batches      `batch_count` micro-batches, from 1 to train.micro_batches
 * stop         NULL: nobody stops it
 * out_metrics  NULL: not wanted
 * Errors       INVALID_ARGUMENT     a token or target outside the vocabulary, cu_seqlens that do
 *                                   not go from 0 to token_count without falling, a sequence or
 *                                   batch that is too long; the state is unchanged
 *              FAILED_PRECONDITION  the session does not train, or was made from a graph
 *              NUMERIC              as train.non_finite and train.non_finite_limit say
 *              CANCELLED            `stop` was cancelled; the state is unchanged
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_step(raddle_session_t* session,
                                                               const raddle_batch_t* batches,
                                                               int64_t batch_count,
                                                               raddle_stop_t* stop,
                                                               raddle_metrics_t* out_metrics);

/* One optimizer step on the next micro-batches of the data of data.*.
 *
 * stop         NULL: nobody stops it
 * out_metrics  NULL: not wanted
 * Errors       as raddle_session_step(), and
 *              FAILED_PRECONDITION  the session does not train, or no data is configured
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_step_on_data(
    raddle_session_t* session, raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* A tensor in memory: contiguous, row-major, innermost dimension last. */
typedef struct raddle_tensor_view {
  size_t struct_size; /* set by RADDLE_TENSOR_VIEW_INIT */
  const char* name;
  void* data;
  raddle_dtype_t dtype;
  int32_t rank;
  int64_t dims[RADDLE_RANK_MAX];
} raddle_tensor_view_t;
#define RADDLE_TENSOR_VIEW_INIT                                    \
  {                                                                \
    sizeof(raddle_tensor_view_t), NULL, NULL, 0, 0, { 0, 0, 0, 0 } \
  }

/* What RADDLE_TENSOR_VIEW_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_tensor_view_init(raddle_tensor_view_t* out_struct, size_t struct_bytes);

/* One optimizer step of a caller's graph, on the inputs of one micro-batch.
 *
 * inputs       one view per input of the graph, in any order, of its type and shape; only read.
 *              What an input may hold follows from the ops that it reaches: ids lie inside their
 *              table, targets of a weight other than 0 inside the classes, cache_rows leaves room
 *              for the rows, cu_seqlens rises from 0 to at most the rows; F32 values are finite
 * stop         NULL: nobody stops it
 * out_metrics  NULL: not wanted
 * Errors       as raddle_session_step(), and
 *              INVALID_ARGUMENT  names an input that is missing, unknown, given twice or misshapen,
 *                                or the element that is out of bounds and the node that it would
 *                                reach; the state is unchanged
 * Cancel       raddle_stop_cancel()
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_session_step_inputs(raddle_session_t* session, const raddle_tensor_view_t* inputs,
                           int64_t input_count, raddle_stop_t* stop, raddle_metrics_t* out_metrics);

/* What an evaluation found. */
typedef struct raddle_evaluation {
  size_t struct_size;   /* set by RADDLE_EVALUATION_INIT */
  int64_t step;         /* steps done when it ran */
  double loss;          /* next-token, in nats, mean over tokens */
  double perplexity;    /* exp(loss) */
  double bits_per_byte; /* of the text that the tokens stand for; 0 if that is not known */
  int64_t tokens;
  int64_t bytes; /* of text; 0 if that is not known */
  double seconds;
} raddle_evaluation_t;
#define RADDLE_EVALUATION_INIT \
  { sizeof(raddle_evaluation_t), 0, 0, 0, 0, 0, 0, 0 }

/* What RADDLE_EVALUATION_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_evaluation_init(raddle_evaluation_t* out_struct, size_t struct_bytes);

/* Evaluates on data.validation_path, or on the part of the training data kept for it; as much of it
 * as train.eval_batches says. Changes nothing.
 *
 * stop    NULL: nobody stops it
 * Errors  FAILED_PRECONDITION  there is no validation data, or the session was made from a graph
 *         NUMERIC              the loss is not finite
 *         CANCELLED            `stop` was set: a part is no result
 * Cancel  raddle_stop_cancel(), raddle_stop_request()
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_evaluate(
    raddle_session_t* session, raddle_stop_t* stop, raddle_evaluation_t* out_evaluation);

/* What happens in a training loop or a generation. New kinds may appear: ignore those that you do
 * not know. */
typedef int32_t raddle_event_kind_t;
enum {
  RADDLE_EVENT_NONE = 0,       /* of raddle_operation_poll(): nothing happened */
  RADDLE_EVENT_STEP = 1,       /* metrics */
  RADDLE_EVENT_EVALUATION = 2, /* evaluation */
  RADDLE_EVENT_CHECKPOINT = 3, /* path of a checkpoint that is complete on disk */
  /* message: something failed that need not end the run, such as a checkpoint for which the disk
   * was full */
  RADDLE_EVENT_WARNING = 4,
  /* of raddle_session_generate_start(): token and text; step counts the tokens */
  RADDLE_EVENT_TOKEN = 5,
  RADDLE_EVENT_END = 6 /* of raddle_operation_poll(): it is over, join it */
};

/* Everything in it is valid during the callback. */
typedef struct raddle_event {
  size_t struct_size; /* set by the library */
  raddle_event_kind_t kind;
  int32_t reserved;
  int64_t step;
  int64_t steps_total;
  const raddle_metrics_t* metrics;       /* NULL: not of this kind */
  const raddle_evaluation_t* evaluation; /* NULL: not of this kind */
  const char* path;                      /* NULL: not of this kind */
  const char* message;                   /* NULL: not of this kind */
  const char* text; /* what the token adds, as in raddle_token_callback_t; NULL: not of this kind */
  size_t text_bytes;
  int32_t token;
  int32_t reserved2;
} raddle_event_t;

/* Receives what happens in a training loop.
 *
 * Returns  0 to go on; anything else stops as raddle_stop_request() does
 */
typedef int32_t (*raddle_event_callback_t)(void* user_data, const raddle_event_t* event);

/* How a training loop ended. */
typedef struct raddle_train_result {
  size_t struct_size; /* set by RADDLE_TRAIN_RESULT_INIT */
  int64_t steps_done; /* of the run, earlier sessions included */
  int32_t stopped;    /* 1: on request, before train.steps or the last evaluation */
  int32_t saved;      /* 1: a checkpoint of exactly this state is on disk */
  double seconds;     /* of this call */
} raddle_train_result_t;
#define RADDLE_TRAIN_RESULT_INIT \
  { sizeof(raddle_train_result_t), 0, 0, 0, 0 }

/* What RADDLE_TRAIN_RESULT_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_train_result_init(raddle_train_result_t* out_struct, size_t struct_bytes);

/* Trains up to train.steps on the data of data.*, evaluating and saving as the config says; at the
 * end it saves once more. Metrics go to the run directory and to the callback.
 *
 * stop        NULL: nobody stops it
 * out_result  NULL: not wanted
 * callback    NULL: nobody listens
 * Errors      as raddle_session_step() and raddle_session_save(), and
 *             FAILED_PRECONDITION  more than train.steps are done already, the session does not
 *                                  train, or no data is configured
 *             CANCELLED            `stop` was cancelled; the state is that of the last whole step
 *             A stop on request is no error. After NUMERIC the run directory holds the last
 *             checkpoint before it.
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_train(raddle_session_t* session,
                                                                raddle_stop_t* stop,
                                                                raddle_train_result_t* out_result,
                                                                raddle_event_callback_t callback,
                                                                void* user_data);

RADDLE_END_DECLS

/* Were parts of this header, and still come with it; last, since they need what it declares. */
#include "raddle/generate.h"
#include "raddle/tensors.h"

#endif /* RADDLE_SESSION_H_ */
