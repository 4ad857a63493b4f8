// SPDX-License-Identifier: Apache-2.0
// Contracts of launchers that start every rank as a process of its own: ours and torchrun's.
#include "runtime/launch/contract.h"

namespace raddle::launch {

Found find_raddle(const Environment& environment) {
  if (!has(environment, "RADDLE_RANK")) return std::optional<Place>();
  Place place;
  RADDLE_RETURN_IF_ERROR(
      read_rank(environment, "RADDLE_RANK", "RADDLE_WORLD_SIZE", &place.rank, &place.size));
  RADDLE_ASSIGN_OR_RETURN(place.local_size,
                          number_or(environment, "RADDLE_LOCAL_SIZE", 1, place.size, place.size));
  RADDLE_ASSIGN_OR_RETURN(place.local_rank,
                          number_or(environment, "RADDLE_LOCAL_RANK", 0, place.local_size - 1,
                                    place.rank % place.local_size));
  RADDLE_ASSIGN_OR_RETURN(
      place.node_rank,
      number_or(environment, "RADDLE_NODE_RANK", 0, kMostRanks - 1, place.rank / place.local_size));
  return std::optional<Place>(std::move(place));
}

Found find_torchrun(const Environment& environment) {
  // RANK alone is what engines set that start one process a node (find_node_ranks).
  if (!has(environment, "RANK") || !has(environment, "LOCAL_RANK")) return std::optional<Place>();
  Place place;
  RADDLE_RETURN_IF_ERROR(read_rank(environment, "RANK", "WORLD_SIZE", &place.rank, &place.size));
  RADDLE_ASSIGN_OR_RETURN(place.local_rank, number(environment, "LOCAL_RANK", 0, kMostRanks - 1));
  RADDLE_ASSIGN_OR_RETURN(place.local_size,
                          number_or(environment, "LOCAL_WORLD_SIZE", 1, place.size, place.size));
  RADDLE_ASSIGN_OR_RETURN(place.node_rank, number_or(environment, "GROUP_RANK", 0, kMostRanks - 1,
                                                     place.rank / place.local_size));
  const std::string* host = find(environment, "MASTER_ADDR");
  if (host == nullptr || !has(environment, "MASTER_PORT")) {
    return std::optional<Place>(std::move(place));
  }
  RADDLE_ASSIGN_OR_RETURN(int64_t port, number(environment, "MASTER_PORT", 1, 65534));
  // torchrun's agent then listens on MASTER_PORT itself for as long as the job lives.
  const std::string* agent = find(environment, "TORCHELASTIC_USE_AGENT_STORE");
  if (agent != nullptr && *agent == "True") ++port;
  place.coordinator = fmt::format("{}:{}", *host, port);
  return std::optional<Place>(std::move(place));
}

}  // namespace raddle::launch
