// SPDX-License-Identifier: Apache-2.0
// One way of telling a process its place: looks at the environment and either does not apply, or
// gives a Place, or says what is wrong with it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/launch/place.h"

namespace raddle::launch {

// None: the contract does not apply.
using Found = StatusOr<std::optional<Place>>;

struct Contract {
  std::string_view source;
  Found (*find)(const Environment& environment);
};

// Where nobody chose a port.
inline constexpr int64_t kDefaultPort = 29411;

// Null where it is not set, or set to nothing.
const std::string* find(const Environment& environment, std::string_view name);
bool has(const Environment& environment, std::string_view name);

// INVALID_ARGUMENT with the variable's name: not set, no whole number, not in [least, most].
StatusOr<int64_t> number(const Environment& environment, std::string_view name, int64_t least,
                         int64_t most);
StatusOr<int64_t> number_or(const Environment& environment, std::string_view name, int64_t least,
                            int64_t most, int64_t otherwise);

inline constexpr int64_t kMostRanks = 1 << 20;

// Rank and size by the names of their variables, the rank below the size.
Status read_rank(const Environment& environment, std::string_view rank_name,
                 std::string_view size_name, int64_t* rank, int64_t* size);

// A port that is the same on all ranks of a job and seldom that of another: outside the range from
// which the system gives ports to whoever asks for any.
int64_t port_of_job(std::string_view job);

Found find_raddle(const Environment& environment);
Found find_torchrun(const Environment& environment);
Found find_pet(const Environment& environment);
Found find_slurm(const Environment& environment);
Found find_openmpi(const Environment& environment);
Found find_pmi(const Environment& environment);
Found find_leader_worker_set(const Environment& environment);
Found find_indexed_job(const Environment& environment);
Found find_node_ranks(const Environment& environment);

}  // namespace raddle::launch
