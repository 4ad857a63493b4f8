/* SPDX-License-Identifier: Apache-2.0 */
/* What a session's model says of a sequence of tokens: the logits of its positions, and tokens that
 * continue it, drawn one by one.
 */
/* Generated from include/interface/abi/generate.toml. */
#ifndef RADDLE_GENERATE_H_
#define RADDLE_GENERATE_H_

#include "raddle/base.h"
#include "raddle/session.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

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

RADDLE_END_DECLS

#endif /* RADDLE_GENERATE_H_ */
