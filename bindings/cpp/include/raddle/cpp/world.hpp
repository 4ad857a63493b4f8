// SPDX-License-Identifier: Apache-2.0
// World: the ranks that train together.
#pragma once

#include <raddle/world.h>

#include "raddle/cpp/calls/world.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Leaves in good order when it goes. Sessions made in it share it.
class World : public detail::Object<raddle_world_t, raddle_world_destroy>,
              public WorldMakers<World>,
              public WorldCalls<World> {
 public:
  using Object::Object;
};

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
