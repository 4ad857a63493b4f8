// SPDX-License-Identifier: Apache-2.0
// The proof that a plan can be run: nothing is read that was not written, nothing lands on what is
// still needed, and what runs at the same time does not touch the same bytes. For tests, and for
// whoever doubts a plan.
#pragma once

#include "runtime/plan/program.h"

namespace raddle::plan {

// INTERNAL names the first instruction that is wrong and what it does wrong.
Status verify_program(const Program& program);

// The part of it that is about queues and events: two uses of the same bytes, one of which writes,
// are on one queue or ordered by events; of the steps that follow each other, too, and of what the
// host stages and reads.
Status verify_order(const Program& program);

}  // namespace raddle::plan
