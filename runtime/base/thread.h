// SPDX-License-Identifier: Apache-2.0
// Threads that the library makes. They have a name for whoever looks at the process, and take none
// of its signals: those are for the program's own threads.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "runtime/base/status.h"

namespace raddle {

// `name` has at most 15 bytes. RESOURCE_EXHAUSTED: the system has no thread left.
StatusOr<std::thread> start_thread(const std::string& name, std::function<void()> body);

}  // namespace raddle
