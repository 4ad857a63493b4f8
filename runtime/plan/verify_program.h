// SPDX-License-Identifier: Apache-2.0
// Proves of a program what the executor trusts, from nothing but the graph and the placements:
// every read finds what was written, no write lands on what is still needed, scratch is nobody's,
// and the first gradient of a parameter overwrites while later ones add. Tests run it on every plan
// that they make.
#pragma once

#include "runtime/base/status.h"
#include "runtime/plan/program.h"

namespace raddle::plan {

// INTERNAL, naming the instruction and the tensors.
Status verify_program(const Program& program);

}  // namespace raddle::plan
