// SPDX-License-Identifier: Apache-2.0
// Contracts of engines that start one process a node (a pod) and leave the ranks of that node to
// it.
#include "runtime/launch/contract.h"

namespace raddle::launch {

namespace {

std::optional<Place> of_nodes(int64_t node, int64_t nodes, int64_t ranks_a_node) {
  Place place;
  place.rank = node * ranks_a_node;
  place.size = nodes * ranks_a_node;
  place.node_rank = node;
  place.local_size = ranks_a_node;
  place.ranks_to_start = ranks_a_node;
  return place;
}

Status read_coordinator(const Environment& environment, std::string_view host_name,
                        std::string_view port_name, Place* place) {
  const std::string* host = find(environment, host_name);
  if (host == nullptr) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const int64_t port,
                          number_or(environment, port_name, 1, 65535, kDefaultPort));
  place->coordinator = fmt::format("{}:{}", *host, port);
  return Status::ok();
}

}  // namespace

// Kubeflow Trainer: the environment of a torchrun that it believes to start.
Found find_pet(const Environment& environment) {
  if (!has(environment, "PET_NODE_RANK")) return std::optional<Place>();
  const std::string* elastic = find(environment, "PET_NNODES");
  if (elastic != nullptr && elastic->find(':') != std::string::npos) {
    return invalid_argument(
        "the environment variable PET_NNODES is '{}': a job whose number of nodes changes is not "
        "supported; give one number",
        *elastic);
  }
  int64_t node = 0, nodes = 1, ranks_a_node = 1;
  RADDLE_RETURN_IF_ERROR(read_rank(environment, "PET_NODE_RANK", "PET_NNODES", &node, &nodes));
  // Also "auto", "cpu" and "gpu": whatever the node has, and that is one rank for us.
  const std::string* processes = find(environment, "PET_NPROC_PER_NODE");
  if (processes != nullptr && *processes != "auto" && *processes != "cpu" && *processes != "gpu") {
    RADDLE_ASSIGN_OR_RETURN(ranks_a_node,
                            number(environment, "PET_NPROC_PER_NODE", 1, kMostRanks / nodes));
  }
  std::optional<Place> place = of_nodes(node, nodes, ranks_a_node);
  RADDLE_RETURN_IF_ERROR(
      read_coordinator(environment, "PET_MASTER_ADDR", "PET_MASTER_PORT", &*place));
  return place;
}

// Volcano and the older operators for PyTorch: RANK counts nodes, since there is no LOCAL_RANK.
Found find_node_ranks(const Environment& environment) {
  if (!has(environment, "RANK") || !has(environment, "WORLD_SIZE") ||
      has(environment, "LOCAL_RANK")) {
    return std::optional<Place>();
  }
  int64_t node = 0, nodes = 1;
  RADDLE_RETURN_IF_ERROR(read_rank(environment, "RANK", "WORLD_SIZE", &node, &nodes));
  std::optional<Place> place = of_nodes(node, nodes, 1);
  RADDLE_RETURN_IF_ERROR(read_coordinator(environment, "MASTER_ADDR", "MASTER_PORT", &*place));
  return place;
}

Found find_leader_worker_set(const Environment& environment) {
  if (!has(environment, "LWS_WORKER_INDEX") || !has(environment, "LWS_GROUP_SIZE")) {
    return std::optional<Place>();
  }
  int64_t node = 0, nodes = 1;
  RADDLE_RETURN_IF_ERROR(
      read_rank(environment, "LWS_WORKER_INDEX", "LWS_GROUP_SIZE", &node, &nodes));
  std::optional<Place> place = of_nodes(node, nodes, 1);
  RADDLE_RETURN_IF_ERROR(read_coordinator(environment, "LWS_LEADER_ADDRESS", "", &*place));
  return place;
}

// Kubernetes gives a pod of an Indexed Job its index and nothing else. Without a size the job may
// be one of many runs that know nothing of each other, so it is asked for in a variable of ours.
Found find_indexed_job(const Environment& environment) {
  if (!has(environment, "JOB_COMPLETION_INDEX") || !has(environment, "RADDLE_WORLD_SIZE")) {
    return std::optional<Place>();
  }
  int64_t node = 0, nodes = 1;
  RADDLE_RETURN_IF_ERROR(
      read_rank(environment, "JOB_COMPLETION_INDEX", "RADDLE_WORLD_SIZE", &node, &nodes));
  return of_nodes(node, nodes, 1);
}

}  // namespace raddle::launch
