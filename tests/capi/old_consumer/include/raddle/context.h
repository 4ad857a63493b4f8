/* SPDX-License-Identifier: Apache-2.0 */
/* The process's Raddle: where the log goes, what the machine offers. */
/* Generated from include/interface/abi/context.toml. */
#ifndef RADDLE_CONTEXT_H_
#define RADDLE_CONTEXT_H_

#include "raddle/base.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* The process's Raddle: where the log goes. */
typedef struct raddle_context raddle_context_t;

/* How much a message matters. */
typedef int32_t raddle_log_level_t;
enum {
  RADDLE_LOG_DEFAULT = 0, /* of options alone: info */
  RADDLE_LOG_DEBUG = 1,
  RADDLE_LOG_INFO = 2,
  RADDLE_LOG_WARNING = 3,
  RADDLE_LOG_ERROR = 4,
  RADDLE_LOG_OFF = 5
};

/* Receives one message, without a newline. Must not call into Raddle.
 *
 * Threads  any, one call at a time in the process
 */
typedef void (*raddle_log_callback_t)(void* user_data, raddle_log_level_t level,
                                      const char* message);

/* What a context is made with. */
typedef struct raddle_context_options {
  size_t struct_size;                 /* set by RADDLE_CONTEXT_OPTIONS_INIT */
  raddle_log_level_t log_level;       /* the lowest level that reaches the callback */
  int32_t reserved;                   /* 0 */
  raddle_log_callback_t log_callback; /* NULL: no log */
  void* log_user_data;
} raddle_context_options_t;
#define RADDLE_CONTEXT_OPTIONS_INIT \
  { sizeof(raddle_context_options_t), 0, 0, NULL, NULL }

/* What RADDLE_CONTEXT_OPTIONS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_context_options_init(raddle_context_options_t* out_struct,
                                            size_t struct_bytes);

/* Makes a context. Cheap: starts no thread, opens no library, reads no file.
 *
 * The log belongs to the process: while several contexts live, each callback receives the messages
 * of all.
 *
 * options      not kept, but its callback and user data are until destroy; NULL: defaults
 * out_context  lives longer than everything that is made with it; destroy with
 *              raddle_context_destroy()
 * Threads      any
 * Errors       INVALID_ARGUMENT  bad log level or struct_size
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_context_create(const raddle_context_options_t* options, raddle_context_t** out_context);

/* When it returns, the log callback is not running and will not run again. NULL-safe; nulls it.
 *
 * Threads  any; but not from the log callback
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_context_destroy(raddle_context_t** context);

/* What the machine offers and what Raddle makes of it, as a JSON object: processor, instruction
 * sets, cores, memory and its limits, matrix libraries found, the kernel that each op would get and
 * why. Meant for bug reports and `raddle doctor`; keys may be added.
 *
 * out_json  free with raddle_text_destroy()
 * Threads   any
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_context_describe(raddle_context_t* context,
                                                                   char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_CONTEXT_H_ */
