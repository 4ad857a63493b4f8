/* SPDX-License-Identifier: Apache-2.0 */
/* Errors: a code for what to do next, a scope for what is broken, a message for people.
 *
 *   raddle_status_t status = raddle_session_step(session, &batch, 1, NULL, &metrics);
 *   if (status != NULL) {
 *     fprintf(stderr, "%s\n", raddle_status_message(status));
 *     raddle_status_destroy(&status);
 *   }
 */
/* Generated from include/interface/abi/status.toml. */
#ifndef RADDLE_STATUS_H_
#define RADDLE_STATUS_H_

#include "raddle/base.h"

RADDLE_BEGIN_DECLS

/* NULL: success. Else an error that the receiver destroys. Immutable. */
typedef struct raddle_status* raddle_status_t;

/* What the caller should do next. Values never change; new ones may appear. */
typedef int32_t raddle_code_t;
enum {
  RADDLE_OK = 0,
  RADDLE_INVALID_ARGUMENT = 1,    /* fix the call or the configuration */
  RADDLE_NOT_FOUND = 2,           /* name something that exists */
  RADDLE_ALREADY_EXISTS = 3,      /* name something else, or resume */
  RADDLE_FAILED_PRECONDITION = 4, /* do something else first; do not retry */
  RADDLE_OUT_OF_RANGE = 5,        /* past the end of the data */
  RADDLE_RESOURCE_EXHAUSTED = 6,  /* memory or disk is short; the message says by how much */
  RADDLE_UNAVAILABLE = 7,         /* a device, library or peer is missing; may be retried */
  RADDLE_DATA_LOSS = 8,           /* a file or message is damaged */
  RADDLE_UNIMPLEMENTED = 9,       /* the feature does not exist; use what the message names */
  RADDLE_CANCELLED = 10,          /* stopped on request */
  RADDLE_ABORTED = 11,            /* restart the step */
  RADDLE_NUMERIC = 12,            /* the run diverged */
  RADDLE_IO = 13,                 /* the operating system refused an operation */
  RADDLE_INTERNAL = 14            /* a bug in Raddle */
};

/* The largest entity that is broken. */
typedef int32_t raddle_scope_t;
enum {
  RADDLE_SCOPE_CALL = 0,
  RADDLE_SCOPE_DEVICE = 1,
  RADDLE_SCOPE_PEER = 2,
  RADDLE_SCOPE_GROUP = 3,
  RADDLE_SCOPE_JOB = 4
};

/* What the caller should do next.
 *
 * status   NULL: RADDLE_OK
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API raddle_code_t raddle_status_code(raddle_status_t status);

/* The largest entity that is broken.
 *
 * status   NULL: RADDLE_SCOPE_CALL
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API raddle_scope_t raddle_status_scope(raddle_status_t status);

/* What went wrong, with what, expected and actual, what to do.
 *
 * status   NULL: the result is ""
 * Returns  borrowed until the status is destroyed
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API const char* raddle_status_message(raddle_status_t status);

/* Frees the error and sets *status to NULL; NULL and a pointer to NULL are accepted.
 *
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API void raddle_status_destroy(raddle_status_t* status);

/* "INVALID_ARGUMENT"; "UNKNOWN" for a code that this library does not know.
 *
 * Returns  static text
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API const char* raddle_code_name(raddle_code_t code);

/* "call"; "unknown" for a scope that this library does not know.
 *
 * Returns  static text
 * Threads  any
 * Since    0.1 (stable)
 */
RADDLE_API const char* raddle_scope_name(raddle_scope_t scope);

RADDLE_END_DECLS

#endif /* RADDLE_STATUS_H_ */
