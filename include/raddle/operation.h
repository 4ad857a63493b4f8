/* SPDX-License-Identifier: Apache-2.0 */
/* Training and generating on a thread of the library's, for programs that would rather poll than be
 * called back:
 *
 *   raddle_session_train_start(session, stop, &operation);
 *   do {
 *     status = raddle_operation_poll(operation, 100, &event);
 *   } while (status == NULL && event->kind != RADDLE_EVENT_END);
 *   raddle_operation_join(operation, &trained, NULL);
 *   raddle_operation_destroy(&operation);
 *
 * While one runs its session is busy: other calls on it are refused with FAILED_PRECONDITION.
 * `stop` ends it as it ends the call.
 */
/* Generated from include/interface/abi/operation.toml. */
#ifndef RADDLE_OPERATION_H_
#define RADDLE_OPERATION_H_

#include "raddle/base.h"
#include "raddle/generate.h"
#include "raddle/session.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* A training loop or a generation that was started. */
typedef struct raddle_operation raddle_operation_t;

/* Begins what raddle_session_train() does. Its thread takes no signals.
 *
 * stop           NULL: nobody stops it
 * out_operation  destroy with raddle_operation_destroy()
 * Errors         RESOURCE_EXHAUSTED  no thread to run on
 * Since          0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_train_start(
    raddle_session_t* session, raddle_stop_t* stop, raddle_operation_t** out_operation);

/* Begins what raddle_session_generate() does. Its thread takes no signals.
 *
 * prompt         copied
 * options        copied; NULL: defaults
 * stop           NULL: nobody stops it
 * out_operation  destroy with raddle_operation_destroy()
 * Errors         INVALID_ARGUMENT    an empty prompt, a negative max_tokens
 *                RESOURCE_EXHAUSTED  no thread to run on
 * Since          0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_session_generate_start(raddle_session_t* session, const int32_t* prompt,
                              int64_t prompt_count, const raddle_generate_options_t* options,
                              raddle_stop_t* stop, raddle_operation_t** out_operation);

/* The next event, in the order in which they happened and each once. The work waits while a few
 * hundred are not taken, so none is lost. RADDLE_EVENT_NONE: none came within the time;
 * RADDLE_EVENT_END: there will be none any more.
 *
 * timeout_ms  how long to wait; 0: not at all, below 0: for ever
 * out_event   until the next poll or join; borrowed until the operation is next changed
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_operation_poll(raddle_operation_t* operation,
                                                                 int64_t timeout_ms,
                                                                 const raddle_event_t** out_event);

/* Waits for the end, and gives the error that the call would have returned, or its result; the same
 * each time it is called. Events that were not taken are dropped.
 *
 * out_trained    NULL: not wanted
 * out_generated  NULL: not wanted
 * Errors         as raddle_session_train() and raddle_session_generate(), and
 *                FAILED_PRECONDITION  a result is asked for that is of the other kind of operation
 * Cancel         raddle_stop_cancel(), raddle_stop_request()
 * Since          0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_operation_join(raddle_operation_t* operation, raddle_train_result_t* out_trained,
                      raddle_generate_result_t* out_generated);

/* NULL-safe; nulls it. One that runs is cancelled, and waited for.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_operation_destroy(raddle_operation_t** operation);

RADDLE_END_DECLS

#endif /* RADDLE_OPERATION_H_ */
