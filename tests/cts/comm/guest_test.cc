// SPDX-License-Identifier: Apache-2.0
// A library that is a guest in somebody's program: what UCX would change of it when it is loaded,
// handlers of signals, variables and the code of libc, is as before, and it says nothing.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include <csignal>

#include "tests/cts/comm/worlds.h"

extern char** environ;

namespace raddle::comm::test {
namespace {

struct Host {
  std::string handlers, variables, code;
};

Host look() {
  Host host;
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action = {};
    if (sigaction(number, nullptr, &action) != 0) continue;
    host.handlers += fmt::format("{} {} {};", number, fmt::ptr(action.sa_handler), action.sa_flags);
  }
  for (char** entry = environ; *entry != nullptr; ++entry) {
    host.variables += std::string(*entry) + "\n";
  }
  const void* const functions[] = {reinterpret_cast<void*>(&mmap), reinterpret_cast<void*>(&munmap),
                                   reinterpret_cast<void*>(&madvise), reinterpret_cast<void*>(&brk),
                                   reinterpret_cast<void*>(&shmat)};
  for (const void* function : functions) host.code.append(static_cast<const char*>(function), 16);
  return host;
}

TEST(Guest, UcxLeavesItsHostAsItWas) {
  const Host before = look();
  testing::internal::CaptureStdout();
  for (const WorldKind& kind : world_kinds()) {
    if (!kind.has_far) continue;
    raddle::test::on_ranks(kind.make(3), [](Communicator& comm) {
      auto window = window_of(comm, 1 << 20);
      EXPECT_STATUS_OK(comm.all_reduce(comm.world(), Element::kF32, *window, {0, 1 << 20}));
    });
  }
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  const Host after = look();
  EXPECT_EQ(after.handlers, before.handlers);
  EXPECT_EQ(after.variables, before.variables);
  EXPECT_EQ(after.code, before.code);
}

}  // namespace
}  // namespace raddle::comm::test
