// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/state_tensors.h"

namespace raddle::session {
namespace {

exec::ElementRange here(const exec::StateStore& store, const StateTensor& tensor) {
  return store.record(tensor.parameter, tensor.role).shard;
}

Status check_elements(const exec::StateStore& store, const StateTensor& tensor, size_t count) {
  const exec::ElementRange shard = here(store, tensor);
  if (count == static_cast<size_t>(shard.count())) return Status::ok();
  if (shard.count() == tensor.shape.elements()) {
    return invalid_argument("tensor {} {} has {} elements, {} are given", tensor.name,
                            tensor.shape.to_string(), shard.count(), count);
  }
  return invalid_argument("of tensor {} {} the {} elements [{}, {}) are here, and {} are given",
                          tensor.name, tensor.shape.to_string(), shard.count(), shard.begin,
                          shard.end, count);
}

}  // namespace

std::vector<StateTensor> list_state_tensors(const exec::StateStore& store) {
  std::vector<StateTensor> tensors;
  for (const StateKind& kind : kStateKinds) {
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      if (!store.has(parameter, kind.role)) continue;
      const exec::ParameterInfo& info = store.parameters()[i];
      tensors.push_back({kind.prefix + info.name, info.shape, parameter, kind.role});
    }
  }
  return tensors;
}

StatusOr<StateMemory> lend_memory(exec::StateStore& store, const StateTensor& tensor) {
  RADDLE_ASSERT(store.is_host());
  if (tensor.role == exec::Role::kMaster) store.lend(tensor.parameter);
  if (tensor.role == exec::Role::kCompute) RADDLE_RETURN_IF_ERROR(store.round_copies());
  const exec::StateRecord& record = store.record(tensor.parameter, tensor.role);
  const bool is_whole = record.shard.count() == tensor.shape.elements();
  return StateMemory{store.address(tensor.parameter, tensor.role), record.dtype,
                     is_whole ? tensor.shape : Shape{record.shard.count()}};
}

Status read_tensor(exec::StateStore& store, const StateTensor& tensor, std::span<float> to) {
  RADDLE_RETURN_IF_ERROR(check_elements(store, tensor, to.size()));
  return store.read(tensor.parameter, tensor.role, here(store, tensor).begin, to);
}

Status write_tensor(exec::StateStore& store, const StateTensor& tensor,
                    std::span<const float> from) {
  RADDLE_RETURN_IF_ERROR(check_elements(store, tensor, from.size()));
  if (tensor.role == exec::Role::kCompute) {
    return invalid_argument("{} is its parameter in BF16 and follows it: write to {} instead",
                            tensor.name,
                            store.parameters()[static_cast<size_t>(tensor.parameter)].name);
  }
  return store.write(tensor.parameter, tensor.role, here(store, tensor).begin, from);
}

}  // namespace raddle::session
