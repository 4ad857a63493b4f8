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

/* ---- look and generate ---------------------------------------------------------------------- */

/* The logits of every position of one sequence.
 *
 * tokens      `token_count` of them, from 1 to context_tokens
 * stop        NULL: nobody stops it
 * out_logits  (token_count, vocab_size)
 * capacity    floats that out_logits has room for
 * Errors      INVALID_ARGUMENT     a token outside the vocabulary, too many, or too little room;
 *                                  says how much is needed
 *             FAILED_PRECONDITION  the session was made from a graph
 *             NUMERIC              a logit is not finite
 *             CANCELLED            `stop` was set
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_session_logits(raddle_session_t* session, const int32_t* tokens, int64_t token_count,
                      raddle_stop_t* stop, float* out_logits, int64_t capacity);

/* The same, written as a safetensors file with the F32 tensor `logits` (token_count, vocab_size).
 *
 * path    a file that is not there yet
 * stop    NULL: nobody stops it
 * Errors  as raddle_session_logits(), and
 *         ALREADY_EXISTS  there is something at `path`; it is kept
 *         IO, RESOURCE_EXHAUSTED
 * Cancel  raddle_stop_cancel(), raddle_stop_request()
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_write_logits(raddle_session_t* session,
                                                                       const int32_t* tokens,
                                                                       int64_t token_count,
                                                                       const char* path,
                                                                       raddle_stop_t* stop);

/* How text is generated. */
typedef struct raddle_generate_options {
  size_t struct_size; /* set by RADDLE_GENERATE_OPTIONS_INIT */
  int64_t max_tokens; /* 0: generate.max_tokens */
  double temperature; /* 0: always the likeliest token; below 0: generate.temperature */
  int64_t top_k;      /* 0: all; below 0: generate.top_k */
  int64_t seed;       /* below 0: generate.seed */
  int32_t greedy;     /* 1: always the likeliest token */
  int32_t ignore_end; /* 1: go on after an end-of-text token */
} raddle_generate_options_t;
#define RADDLE_GENERATE_OPTIONS_INIT \
  { sizeof(raddle_generate_options_t), 0, -1, -1, -1, 0, 0 }

/* What RADDLE_GENERATE_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_generate_options_init(raddle_generate_options_t* out_struct,
                                             size_t struct_bytes);

/* How a generation went. */
typedef struct raddle_generate_result {
  size_t struct_size;       /* set by RADDLE_GENERATE_RESULT_INIT */
  int64_t token_count;      /* generated */
  double prompt_ms;         /* until the first token */
  double tokens_per_second; /* after the first */
  int32_t ended;            /* 1: by an end-of-text token */
  int32_t reserved;         /* 0 */
} raddle_generate_result_t;
#define RADDLE_GENERATE_RESULT_INIT \
  { sizeof(raddle_generate_result_t), 0, 0, 0, 0, 0 }

/* What RADDLE_GENERATE_RESULT_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_generate_result_init(raddle_generate_result_t* out_struct,
                                            size_t struct_bytes);

/* Receives each token as it is drawn.
 *
 * text     what the token adds to the text: whole UTF-8 characters, so it may be empty for a token
 *          that ends inside one; not zero-terminated; empty without a tokenizer
 * Returns  0 to go on, anything else to stop
 */
typedef int32_t (*raddle_token_callback_t)(void* user_data, int32_t token, const char* text,
                                           size_t text_bytes);

/* Continues a sequence of tokens, with a key-value cache.
 *
 * Its callback may generate with the same session again, 8 deep in all. Each further one has a
 * cache of its own, which counts against runtime.memory_limit and goes when the outermost call
 * ends.
 *
 * prompt      `prompt_count` tokens, at least 1; with the generated ones at most context_tokens
 * options     NULL: defaults
 * stop        NULL: nobody stops it
 * out_result  NULL: not wanted
 * callback    NULL: nobody listens
 * Threads     one call at a time, but also in a callback of a call on the session
 * Errors      INVALID_ARGUMENT     an empty prompt, a token outside the vocabulary, a negative
 *                                  max_tokens, no room in the context for a single new token
 *             FAILED_PRECONDITION  the session was made from a graph; 8 generations of it are under
 *                                  way
 *             NUMERIC              logits that are not finite
 *             CANCELLED            `stop` was cancelled
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_generate(
    raddle_session_t* session, const int32_t* prompt, int64_t prompt_count,
    const raddle_generate_options_t* options, raddle_stop_t* stop,
    raddle_generate_result_t* out_result, raddle_token_callback_t callback, void* user_data);

/* ---- tensors -------------------------------------------------------------------------------- */

/* How many tensors of state there are: every parameter NAME, and in a session that trains also
 * gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
 *
 * session  NULL: the result is 0
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_session_tensor_count(const raddle_session_t* session);

/* The name of tensor `index`, parameters first.
 *
 * session  NULL: the result is NULL
 * Returns  borrowed until the session is destroyed; NULL: `index` is out of range
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API const char* raddle_session_tensor_name(const raddle_session_t* session, int64_t index);

/* What a tensor of state is to its parameter. */
typedef int32_t raddle_tensor_role_t;
enum {
  RADDLE_ROLE_PARAMETER = 0,
  RADDLE_ROLE_GRADIENT = 1,
  RADDLE_ROLE_MOMENT1 = 2, /* AdamW's m */
  RADDLE_ROLE_MOMENT2 = 3  /* AdamW's v */
};

/* A tensor of state, wherever it lies. */
typedef struct raddle_tensor_info {
  size_t struct_size;    /* set by RADDLE_TENSOR_INFO_INIT */
  const char* name;      /* "gradient/lm_head.weight" */
  const char* parameter; /* "lm_head.weight" */
  raddle_tensor_role_t role;
  raddle_dtype_t dtype;
  int32_t rank;
  /* 1: the parameter has a gradient and moments; 0: it is frozen, or the session does not train */
  int32_t trained;
  int64_t dims[RADDLE_RANK_MAX]; /* the first `rank` */
} raddle_tensor_info_t;
#define RADDLE_TENSOR_INFO_INIT                                          \
  {                                                                      \
    sizeof(raddle_tensor_info_t), NULL, NULL, 0, 0, 0, 0, { 0, 0, 0, 0 } \
  }

/* What RADDLE_TENSOR_INFO_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_tensor_info_init(raddle_tensor_info_t* out_struct, size_t struct_bytes);

/* Describes tensor `index`, in the order of raddle_session_tensor_name().
 *
 * out_info  borrowed until the session is destroyed
 * Threads   one call at a time, but also in a callback of a call on the session
 * Errors    OUT_OF_RANGE  there is no such tensor
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_get_tensor_info(
    const raddle_session_t* session, int64_t index, raddle_tensor_info_t* out_info);

/* A tensor's memory itself: no copy. What is written there counts from the next call on.
 *
 * out_view  not to be used while a call runs; borrowed until the session is destroyed
 * Threads   one call at a time, but also in a callback of a call on the session
 * Errors    NOT_FOUND            no such tensor (the nearest is named)
 *           FAILED_PRECONDITION  the tensor lies in the memory of a device that the host cannot
 *                                follow pointers to; use raddle_session_read_tensor()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_get_tensor(
    raddle_session_t* session, const char* name, raddle_tensor_view_t* out_view);

/* DLPack's structs under names of our own, laid out as in <dlpack/dlpack.h>, which may be included
 * before or after: a pointer to one is cast to the other. This is its DLDeviceType. */
typedef int32_t raddle_dl_device_t;
enum { RADDLE_DL_CPU = 1, RADDLE_DL_CUDA = 2 };

/* DLDataTypeCode. */
typedef int32_t raddle_dl_code_t;
enum { RADDLE_DL_INT = 0, RADDLE_DL_UINT = 1, RADDLE_DL_FLOAT = 2, RADDLE_DL_BFLOAT = 4 };

/* DLTensor; its parts `device` and `dtype` are written out. */
typedef struct raddle_dl_tensor {
  void* data;
  raddle_dl_device_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t dtype_code; /* a raddle_dl_code_t */
  uint8_t dtype_bits;
  uint16_t dtype_lanes;
  int64_t* shape;
  int64_t* strides; /* NULL: compact, row-major */
  uint64_t byte_offset;
} raddle_dl_tensor_t;

/* DLManagedTensorVersioned of DLPack 1. */
typedef struct raddle_dl_versioned {
  uint32_t version_major; /* 1 */
  uint32_t version_minor; /* 0 */
  void* manager_ctx;
  void (*deleter)(struct raddle_dl_versioned* self);
  uint64_t flags; /* 0: neither read-only nor a copy */
  raddle_dl_tensor_t dl_tensor;
} raddle_dl_versioned_t;

/* DLManagedTensor, as DLPack had it before 1. */
typedef struct raddle_dl_managed {
  raddle_dl_tensor_t dl_tensor;
  void* manager_ctx;
  void (*deleter)(struct raddle_dl_managed* self);
} raddle_dl_managed_t;

/* The same memory as a DLPack tensor, for NumPy, PyTorch and others. It may be written to.
 *
 * out_tensor  keeps the memory alive even after the session is destroyed; the deleter may run on
 *             any thread; call its deleter once when done
 * Threads     one call at a time, but also in a callback of a call on the session
 * Errors      NOT_FOUND            no such tensor (the nearest is named)
 *             FAILED_PRECONDITION  the tensor lies in the memory of a device that the host cannot
 *                                  follow pointers to; use raddle_session_read_tensor()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_export_dlpack(
    raddle_session_t* session, const char* name, raddle_dl_versioned_t** out_tensor);

/* raddle_session_export_dlpack() for what reads the DLPack of before 1, where nothing says whether
 * a tensor may be written to: NumPy then takes it as read-only.
 *
 * out_tensor  as raddle_session_export_dlpack(); call its deleter once when done
 * Threads     one call at a time, but also in a callback of a call on the session
 * Errors      as raddle_session_export_dlpack()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_export_tensor(
    raddle_session_t* session, const char* name, raddle_dl_managed_t** out_tensor);

RADDLE_END_DECLS

#endif /* RADDLE_SESSION_H_ */
