/* SPDX-License-Identifier: Apache-2.0 */
/* How a call that lasts is stopped, and how far it is.
 *
 * Every call that may last takes a raddle_stop_t as `stop`, after what it reads and before what it
 * writes; NULL: nobody stops it. It belongs to whoever stops: to no session and no context. It
 * stays set, so a new one is made for what must not be stopped by it. One may be given to any
 * number of calls, also at the same time, and ends them all.
 */
/* Generated from include/interface/abi/stop.toml. */
#ifndef RADDLE_STOP_H_
#define RADDLE_STOP_H_

#include "raddle/base.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* A request to stop, made now or later. What it is given to holds it until it returns. */
typedef struct raddle_stop raddle_stop_t;

/* How it is asked to stop. */
typedef int32_t raddle_stop_grade_t;
enum {
  RADDLE_STOP_NONE = 0,      /* not at all: go on */
  RADDLE_STOP_REQUESTED = 1, /* raddle_stop_request() was called */
  RADDLE_STOP_CANCELLED = 2  /* raddle_stop_cancel() was called */
};

/* One that asks for nothing yet.
 *
 * out_stop  destroy with raddle_stop_destroy()
 * Threads   any
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_stop_create(raddle_stop_t** out_stop);

/* NULL-safe; nulls it. Calls that it was given to go on and are no longer stopped by it; no call
 * may begin with it.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_stop_destroy(raddle_stop_t** stop);

/* Asks to stop in good order. A training loop finishes its step, saves and returns; but a step on
 * its own data of which more than one micro-batch is still to do is dropped, as it may last long,
 * and whoever goes on repeats it bit for bit. A generation returns what it has; a single step and a
 * checkpoint that is being saved are finished. Whatever else, of which a part is no result, returns
 * CANCELLED soon and leaves nothing half-made.
 *
 * stop     NULL: nothing happens
 * Threads  any; safe in a signal handler while the stop lives
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_stop_request(raddle_stop_t* stop);

/* Makes every call that has it return CANCELLED as soon as possible. The step under way is dropped,
 * and the state is what it was before; a checkpoint that is not complete is removed.
 *
 * stop     NULL: nothing happens
 * Threads  any; safe in a signal handler while the stop lives
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_stop_cancel(raddle_stop_t* stop);

/* What was asked for so far; it only rises.
 *
 * stop     NULL: RADDLE_STOP_NONE
 * Threads  any; safe in a signal handler while the stop lives
 * Since    0.1 (unstable)
 */
RADDLE_API raddle_stop_grade_t raddle_stop_grade(const raddle_stop_t* stop);

/* How far the work is that began last with it, in the parts that raddle_stop_total() counts: steps
 * of a training, tokens of a generation, batches of an evaluation, merges of a tokenizer, bytes of
 * anything that reads or writes files. To be asked for while the call runs; a call of several parts
 * counts each anew.
 *
 * stop     NULL: the result is 0
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_stop_done(const raddle_stop_t* stop);

/* How many parts that work has.
 *
 * stop     NULL: the result is 0
 * Returns  0: nobody knows
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_stop_total(const raddle_stop_t* stop);

RADDLE_END_DECLS

#endif /* RADDLE_STOP_H_ */
