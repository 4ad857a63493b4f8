// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/host_tensors.h"

#include <utility>

namespace raddle::exec {

StatusOr<std::span<const float>> HostTensors::read(int32_t parameter, Role role) {
  if (store_.is_host()) return std::as_const(store_).values(parameter, role);
  for (const Copy& copy : read_) {
    if (copy.parameter == parameter && copy.role == role) return std::span(copy.values);
  }
  Copy& copy = read_.emplace_back(Copy{parameter, role, {}});
  return store_.view(parameter, role, copy.values);
}

std::span<float> HostTensors::fill(int32_t parameter, Role role) {
  if (store_.is_host()) return store_.values(parameter, role);
  const int64_t elements = store_.record(parameter, role).shard.count();
  filled_.push_back({parameter, role, std::vector<float>(static_cast<size_t>(elements))});
  return filled_.back().values;
}

Status HostTensors::write_back() {
  for (const Copy& copy : filled_) {
    const int64_t first = store_.record(copy.parameter, copy.role).shard.begin;
    RADDLE_RETURN_IF_ERROR(store_.write(copy.parameter, copy.role, first, copy.values));
  }
  return store_.round_copies();
}

}  // namespace raddle::exec
