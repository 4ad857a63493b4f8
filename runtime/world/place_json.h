// SPDX-License-Identifier: Apache-2.0
// A place as people and scripts see it.
#pragma once

#include <string>

#include "runtime/launch/place.h"

namespace raddle::world {

// A JSON object; of the secret it says only whether there is one.
std::string place_json(const launch::Place& place);

}  // namespace raddle::world
