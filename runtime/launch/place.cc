// SPDX-License-Identifier: Apache-2.0
#include "runtime/launch/place.h"

#include <optional>

#include "runtime/launch/contract.h"

namespace raddle::launch {

namespace {

// Best first: what a person or our own launcher says, then from the inside out.
constexpr Contract kContracts[] = {
    {"raddle", &find_raddle},
    {"torchrun", &find_torchrun},
    {"pet", &find_pet},
    {"slurm", &find_slurm},
    {"openmpi", &find_openmpi},
    {"pmi", &find_pmi},
    {"leader_worker_set", &find_leader_worker_set},
    {"indexed_job", &find_indexed_job},
    {"node_ranks", &find_node_ranks},
};

Status read_transport(const Environment& environment, Transport* transport) {
  const std::string* given = find(environment, "RADDLE_TRANSPORT");
  if (given == nullptr) return Status::ok();
  for (const Transport one : {Transport::kAuto, Transport::kShm, Transport::kUcx}) {
    if (*given != transport_name(one)) continue;
    *transport = one;
    return Status::ok();
  }
  return invalid_argument(
      "the environment variable RADDLE_TRANSPORT is '{}', expected auto, shm (shared memory of one "
      "host alone) or ucx (between all ranks)",
      given->substr(0, 80));
}

// What may be said on top of any contract, since most of them cannot say it.
Status add_ours(const Environment& environment, Place* place) {
  if (const std::string* given = find(environment, "RADDLE_COORDINATOR")) {
    const size_t colon = given->rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == given->size()) {
      return invalid_argument(
          "the environment variable RADDLE_COORDINATOR is '{}', expected host:port",
          given->substr(0, 80));
    }
    if (!place->coordinator.empty() && place->coordinator != *given) {
      place->contradictions.push_back(fmt::format(
          "RADDLE_COORDINATOR says {}, {} would have said {}; RADDLE_COORDINATOR counts", *given,
          place->source, place->coordinator));
    }
    place->coordinator = *given;
  }
  if (const std::string* secret = find(environment, "RADDLE_JOB_SECRET")) place->secret = *secret;
  RADDLE_ASSIGN_OR_RETURN(const int64_t fd,
                          number_or(environment, "RADDLE_COORDINATOR_FD", 3, 1 << 20, -1));
  place->coordinator_fd = static_cast<int>(fd);
  return read_transport(environment, &place->transport);
}

std::string said(const Place& place) {
  return place.ranks_to_start > 1 ? fmt::format("{} ranks from {} on of {}", place.ranks_to_start,
                                                place.rank, place.size)
                                  : fmt::format("rank {} of {}", place.rank, place.size);
}

}  // namespace

std::string_view transport_name(Transport transport) {
  switch (transport) {
    case Transport::kShm:
      return "shm";
    case Transport::kUcx:
      return "ucx";
    default:
      return "auto";
  }
}

StatusOr<Place> find_place(const Environment& environment) {
  std::optional<Place> winner;
  for (const Contract& contract : kContracts) {
    Found found = contract.find(environment);
    if (!winner) {
      if (!found.is_ok()) {
        return std::move(found).status().with_context(
            fmt::format("the environment looks like that of {}", contract.source));
      }
      if (!found->has_value()) continue;
      winner = std::move(**found);
      winner->source = contract.source;
    } else if (!found.is_ok()) {
      winner->contradictions.push_back(
          fmt::format("{} is incomplete: {}", contract.source, found.status().message()));
    } else if (found->has_value() &&
               ((*found)->rank != winner->rank || (*found)->size != winner->size)) {
      winner->contradictions.push_back(fmt::format("{} says {}, {} says {}; {} counts",
                                                   contract.source, said(**found), winner->source,
                                                   said(*winner), winner->source));
    }
  }
  Place place = winner.value_or(Place());
  RADDLE_RETURN_IF_ERROR(add_ours(environment, &place));
  if (place.source == "alone" && has(environment, "JOB_COMPLETION_INDEX")) {
    place.contradictions.push_back(
        "JOB_COMPLETION_INDEX is set, but nothing says of how many: if the pods of this Indexed "
        "Job "
        "train together, set RADDLE_WORLD_SIZE and RADDLE_COORDINATOR");
  }
  return place;
}

Environment environment_from(std::span<const char* const> entries) {
  Environment environment;
  for (const char* entry : entries) {
    const std::string_view text = entry;
    const size_t equals = text.find('=');
    if (equals == text.npos || equals == 0) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

}  // namespace raddle::launch
