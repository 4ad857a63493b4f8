// SPDX-License-Identifier: Apache-2.0
#include "cli/world.h"

namespace raddle::cli {

void tell_others(const World& world, raddle_status_t status) {
  if (world.get() == nullptr || raddle_status_code(status) == RADDLE_OK) return;
  raddle_status_t told =
      raddle_world_leave(world.get(), raddle_status_code(status), raddle_status_message(status));
  raddle_status_destroy(&told);
}

void check_in(const World& world, raddle_status_t status) {
  tell_others(world, status);
  check(status);
}

}  // namespace raddle::cli
