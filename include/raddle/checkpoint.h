/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints on disk: safetensors shards and a manifest that is written last, with checksums. A
 * checkpoint is complete or it is not one.
 *
 * Where a path is taken to read from, it may be a checkpoint's directory or a run directory, which
 * stands for the newest good checkpoint of its branch in force. Training on from an earlier
 * checkpoint of a run begins a new branch; what came after it is set aside, in the run directory's
 * set-aside/, and stays.
 */
/* Generated from include/interface/abi/checkpoint.toml. */
#ifndef RADDLE_CHECKPOINT_H_
#define RADDLE_CHECKPOINT_H_

#include "raddle/base.h"
#include "raddle/context.h"
#include "raddle/session.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* Saves the session's whole state: weights, optimizer, counters, data cursor.
 *
 * path      the checkpoint's directory, which must not exist; NULL: a new one among the run
 *           directory's, which are then thinned out as checkpoint.keep_* say
 * stop      NULL: nobody stops it
 * out_path  where it is; free with raddle_text_destroy(); NULL: not wanted
 * Threads   one call at a time, but also in a callback of a call on the session
 * Errors    FAILED_PRECONDITION  the session does not train; path is NULL and it has no run
 *                                directory
 *           ALREADY_EXISTS       there is something at `path`
 *           RESOURCE_EXHAUSTED   the disk is full; earlier checkpoints are untouched
 *           NUMERIC              a weight or moment is not finite; nothing is written
 *           CANCELLED            `stop` was cancelled; nothing is written
 *           IO
 * Cancel    raddle_stop_cancel()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_save(raddle_session_t* session,
                                                               const char* path,
                                                               raddle_stop_t* stop,
                                                               char** out_path);

/* Puts the session back into a saved state. Bit for bit: training goes on as if it had not stopped.
 *
 * stop    NULL: nobody stops it
 * Errors  NOT_FOUND            there is no checkpoint at `path`
 *         DATA_LOSS            the checkpoint is damaged; names file and tensor
 *         FAILED_PRECONDITION  the checkpoint is of another model or other data, or the session
 *                              does not train
 *         CANCELLED            `stop` was set before the state changed
 *         After an error the session is as it was.
 * Cancel  raddle_stop_cancel(), raddle_stop_request()
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_restore(raddle_session_t* session,
                                                                  const char* path,
                                                                  raddle_stop_t* stop);

/* Everything in it is valid during the callback. */
typedef struct raddle_checkpoint_info {
  size_t struct_size; /* set by the library */
  const char* path;
  int64_t step;
  int64_t bytes;
  int32_t good; /* 1: manifest and file sizes are right (checksums: raddle_checkpoint_verify) */
  int32_t reserved;
  const char* problem;  /* what is wrong with one that is not good, else "" */
  const char* branch;   /* of the run that trained it; "" where `directory` is no run directory */
  int32_t in_force;     /* 0: it belongs to a branch that was set aside */
  int32_t half_written; /* 1: it is being written, or never was finished; then it is not good */
} raddle_checkpoint_info_t;

/* Receives one checkpoint of a list.
 *
 * Returns  0 to go on, anything else to end the list
 */
typedef int32_t (*raddle_checkpoint_callback_t)(void* user_data,
                                                const raddle_checkpoint_info_t* info);

/* Lists the checkpoints of a run directory (or of a directory of checkpoints). Those of branches
 * that were set aside come first, then those of the branch in force; each oldest first, so that the
 * last one is the newest.
 *
 * Threads  any
 * Errors   NOT_FOUND  no such directory
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_checkpoint_list(raddle_context_t* context, const char* directory,
                       raddle_checkpoint_callback_t callback, void* user_data);

/* Reads every byte of a checkpoint and compares the checksums.
 *
 * stop      NULL: nobody stops it
 * out_json  what it holds: path, step, files, tensors, bytes; free with raddle_text_destroy();
 *           NULL: not wanted
 * Threads   any
 * Errors    NOT_FOUND  there is none
 *           DATA_LOSS  names the file and the tensor
 *           CANCELLED  `stop` was set
 * Cancel    raddle_stop_cancel(), raddle_stop_request()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_checkpoint_verify(raddle_context_t* context,
                                                                    const char* path,
                                                                    raddle_stop_t* stop,
                                                                    char** out_json);

/* Writes a model for other tools. raddle_session_open() and model.init_from read it back.
 *
 * from     a checkpoint or run directory
 * format   "hf": config.json, generation_config.json, model.safetensors, tokenizer.json, as Hugging
 *          Face's libraries name and shape them
 * to       a directory; made if it is not there. One that is empty or holds an earlier export of
 *          Raddle's is replaced, anything else is ALREADY_EXISTS
 * stop     NULL: nobody stops it
 * Threads  any
 * Errors   NUMERIC           a weight is not finite
 *          INVALID_ARGUMENT  no such format
 *          CANCELLED         `stop` was set; nothing is written
 *          NOT_FOUND, DATA_LOSS, ALREADY_EXISTS, IO, RESOURCE_EXHAUSTED
 * Cancel   raddle_stop_cancel(), raddle_stop_request()
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_checkpoint_export(raddle_context_t* context,
                                                                    const char* from,
                                                                    const char* format,
                                                                    const char* to,
                                                                    raddle_stop_t* stop);

RADDLE_END_DECLS

#endif /* RADDLE_CHECKPOINT_H_ */
