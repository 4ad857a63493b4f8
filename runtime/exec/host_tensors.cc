// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/host_tensors.h"

namespace raddle::exec {

StatusOr<std::span<float>> HostTensors::read(int32_t parameter, Role role) {
  if (store_.is_host()) return store_.values(parameter, role);
  for (Copy& copy : read_) {
    if (copy.parameter == parameter && copy.role == role) return std::span(copy.values);
  }
  Copy& copy = read_.emplace_back(Copy{parameter, role, {}});
  RADDLE_RETURN_IF_ERROR(store_.view(parameter, role, copy.values).status());
  return std::span(copy.values);
}

std::span<float> HostTensors::fill(int32_t parameter, Role role) {
  if (store_.is_host()) return store_.values(parameter, role);
  const int64_t elements = store_.parameters()[static_cast<size_t>(parameter)].elements();
  filled_.push_back({parameter, role, std::vector<float>(static_cast<size_t>(elements))});
  return filled_.back().values;
}

Status HostTensors::write_back() {
  for (const Copy& copy : filled_) {
    RADDLE_RETURN_IF_ERROR(store_.write(copy.parameter, copy.role, 0, copy.values));
  }
  return Status::ok();
}

}  // namespace raddle::exec
