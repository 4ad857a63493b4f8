// SPDX-License-Identifier: Apache-2.0
// The hook's stub for builds with a sanitizer, which replaces the same functions itself.
#include "tests/support/allocation_hook.h"

namespace raddle::test {

std::string AllocationCount::describe() const { return allocation_hook_refusal(); }

AllocationScope::AllocationScope(Threads, const char*) {}
AllocationScope::~AllocationScope() = default;

AllocationCount AllocationScope::end() {
  ended_ = true;
  return {};
}

const char* allocation_hook_refusal() {
  return "allocations are not counted under a sanitizer, which has its own allocator";
}

}  // namespace raddle::test
