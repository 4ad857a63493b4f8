// SPDX-License-Identifier: Apache-2.0
// A Program for people: instructions, kernel choices with reasons, memory.
#pragma once

#include <string>

#include "runtime/plan/program.h"

namespace raddle::plan {

// The memory table alone, one row a class.
std::string memory_text(const Program& program);
// Instructions in order with kernel, output, offset, scratch and why better kernels were refused;
// then the memory table and the plan's hash. Deterministic: golden tests compare it.
std::string explain(const Program& program);
// The part of explain() that hashes cover: what is done in which order by which kernels, or that
// and where everything lies.
enum class Detail : uint8_t { kOrder, kPlaces };
std::string instruction_text(const Program& program, Detail detail);

}  // namespace raddle::plan
