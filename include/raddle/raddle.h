/* SPDX-License-Identifier: Apache-2.0 */
/* Raddle: an embeddable training runtime for large language models.
 *
 * The one header that users include. The order below is the order in which a program meets things:
 *
 *   base.h        conventions, version
 *   status.h      what a call returns
 *   context.h     the process's Raddle: log, machine report
 *   stop.h        to stop what lasts, and see how far it is
 *   config.h      options by key
 *   world.h       the ranks that train together
 *   graph.h       models, built op by op or ready-made
 *   plan.h        what a model will need and do, before it runs
 *   mesh.h        on which ranks a step's sequences are computed
 *   data.h        tokenizers, token files
 *   session.h     a model's state: train, evaluate
 *   generate.h    logits of a sequence, and its continuation
 *   tensors.h     a session's tensors, in place and as DLPack
 *   steps.h       a step in halves, the caller's batches, outputs, tensors by copy
 *   operation.h   train and generate on a thread of the library's, by polling
 *   checkpoint.h  save, list, verify, restore, export
 *   bench.h       the machine's peaks, a step's time
 */
/* Generated from include/interface/interface.toml. */
#ifndef RADDLE_RADDLE_H_
#define RADDLE_RADDLE_H_

#include "raddle/base.h"
#include "raddle/bench.h"
#include "raddle/checkpoint.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/data.h"
#include "raddle/generate.h"
#include "raddle/graph.h"
#include "raddle/mesh.h"
#include "raddle/operation.h"
#include "raddle/plan.h"
#include "raddle/session.h"
#include "raddle/status.h"
#include "raddle/steps.h"
#include "raddle/stop.h"
#include "raddle/tensors.h"
#include "raddle/world.h"

#endif /* RADDLE_RADDLE_H_ */
