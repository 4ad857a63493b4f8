// SPDX-License-Identifier: Apache-2.0
#include "runtime/world/place_json.h"

#include <nlohmann/json.hpp>

#include "runtime/base/json.h"

namespace raddle::world {

std::string place_json(const launch::Place& place) {
  const nlohmann::ordered_json json = {
      {"source", place.source},
      {"rank", place.rank},
      {"size", place.size},
      {"local_rank", place.local_rank},
      {"local_size", place.local_size},
      {"node_rank", place.node_rank},
      {"ranks_to_start", place.ranks_to_start},
      {"coordinator", place.coordinator},
      {"has_secret", !place.secret.empty()},
      {"transport", launch::transport_name(place.transport)},
      {"contradictions", place.contradictions},
  };
  return json_text(json, 2);
}

}  // namespace raddle::world
