// SPDX-License-Identifier: Apache-2.0
// Where this process stands among those of its job, as whoever started it says in the environment:
// `raddle launch`, torchrun, Kubeflow Trainer, Slurm, Open MPI, MPICH, LeaderWorkerSet, Indexed
// Jobs. Pure: the environment is an argument, and no host is asked anything.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::launch {

using Environment = std::map<std::string, std::string, std::less<>>;

enum class Transport { kAuto, kShm, kUcx };
std::string_view transport_name(Transport transport);  // "auto"

struct Place {
  std::string source = "alone";  // whose contract won
  int64_t rank = 0, size = 1;
  int64_t local_rank = 0, local_size = 1;  // among the ranks of this host
  int64_t node_rank = 0;
  // Over 1: the contract starts one process a host and wants this many ranks of each. This process
  // is none of them; it is to start them. `rank` and `size` are then of its first rank and of all.
  int64_t ranks_to_start = 1;
  std::string coordinator;  // "host:port" where rank 0 listens; empty: the contract does not say
  int coordinator_fd = -1;  // a listening socket that rank 0 inherited
  std::string secret;       // of the job; empty: there is none
  // What may be between ranks. kAuto: shared memory where it can be had, UCX where not.
  Transport transport = Transport::kAuto;
  std::vector<std::string> contradictions;  // what other contracts say otherwise, a line each
};

// The first contract that applies wins; the order is in place.cc. Every other one that applies and
// says otherwise is a contradiction. INVALID_ARGUMENT: the one that wins is no place in a job, such
// as a rank that is not below the size; names the variable and its value.
StatusOr<Place> find_place(const Environment& environment);

// NAME=VALUE entries as a map; of several with one name the first counts, as with getenv().
Environment environment_from(std::span<const char* const> entries);

}  // namespace raddle::launch
