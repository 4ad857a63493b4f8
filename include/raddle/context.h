/* SPDX-License-Identifier: Apache-2.0 */
/* The process's Raddle: where the log goes, what the machine offers. */
#ifndef RADDLE_CONTEXT_H_
#define RADDLE_CONTEXT_H_

#include "raddle/base.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

typedef struct raddle_context raddle_context_t;

typedef int32_t raddle_log_level_t;
enum {
  RADDLE_LOG_DEBUG = 0,
  RADDLE_LOG_INFO = 1,
  RADDLE_LOG_WARNING = 2,
  RADDLE_LOG_ERROR = 3,
  RADDLE_LOG_OFF = 4
};

/* Receives one message, without a newline. `message` is valid during the call.
 *
 * Called from any thread, one call at a time in the process. Must not call into Raddle. */
typedef void (*raddle_log_callback_t)(void* user_data, raddle_log_level_t level,
                                      const char* message);

typedef struct raddle_context_options {
  size_t struct_size;                 /* set by RADDLE_CONTEXT_OPTIONS_INIT */
  raddle_log_level_t log_level;       /* the lowest level that reaches the callback */
  int32_t reserved;                   /* 0 */
  raddle_log_callback_t log_callback; /* NULL: no log */
  void* log_user_data;
} raddle_context_options_t;
#define RADDLE_CONTEXT_OPTIONS_INIT \
  { sizeof(raddle_context_options_t), RADDLE_LOG_INFO, 0, NULL, NULL }

/* Makes a context. Cheap: starts no thread, opens no library, reads no file.
 *
 * The log belongs to the process: while several contexts live, each callback receives the messages
 * of all.
 *
 * options      NULL for defaults; not kept, but callback and user_data are until destroy.
 * out_context  destroy with raddle_context_destroy(), after everything that was made with it.
 * Threads      any
 * Errors       INVALID_ARGUMENT  bad log level or struct_size
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_context_create(const raddle_context_options_t* options, raddle_context_t** out_context);

/* When it returns, the log callback is not running and will not run again. NULL-safe; nulls it.
 *
 * Threads  any, but not from the log callback
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_context_destroy(raddle_context_t** context);

/* Makes what runs with the context and is no call on a session return CANCELLED soon: making a
 * session (while its data are prepared), training a tokenizer, writing a token file. So will what
 * begins later, until raddle_context_clear_cancel().
 *
 * Threads  any; safe in a signal handler while the context lives
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_context_cancel(raddle_context_t* context);

/* Takes back raddle_context_cancel().
 *
 * Threads  any; safe in a signal handler while the context lives
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_context_clear_cancel(raddle_context_t* context);

/* What the machine offers and what Raddle makes of it, as a JSON object: processor, instruction
 * sets, cores, memory and its limits, matrix libraries found, the kernel that each op would get and
 * why. Meant for bug reports and `raddle doctor`; keys may be added.
 *
 * out_json  free with raddle_text_destroy()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_context_describe(raddle_context_t* context,
                                                                   char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_CONTEXT_H_ */
