// SPDX-License-Identifier: Apache-2.0
// Ranks as threads of one process: the reference of all transports, for tests and for programs that
// want several ranks without processes.
#pragma once

#include <memory>
#include <vector>

#include "comm/communicator.h"

namespace raddle::comm {

// One communicator for each rank, each for a thread of its own. They may end in any order.
std::vector<std::unique_ptr<Communicator>> make_local_world(int32_t size);

}  // namespace raddle::comm
