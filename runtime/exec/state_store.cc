// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/state_store.h"

namespace raddle::exec {

namespace {
// Blocks start on huge pages; the optimizer reads all four at the same place.
size_t stagger(int role) { return static_cast<size_t>(role) * device::kBufferStagger; }
}  // namespace

StatusOr<StateStore> StateStore::create(const graph::Graph& graph, bool with_optimizer) {
  StateStore store;
  store.with_optimizer_ = with_optimizer;
  constexpr size_t kAlignment = device::kBufferAlignment / sizeof(float);
  size_t elements = 0;
  for (const graph::Parameter& p : graph.parameters()) {
    const graph::Tensor& tensor = graph.tensor(p.tensor);
    store.parameters_.push_back({tensor.name, tensor.shape, p.init, p.decay, elements});
    const auto count = static_cast<size_t>(tensor.shape.elements());
    elements += (count + kAlignment - 1) / kAlignment * kAlignment;
  }
  const int roles = with_optimizer ? 4 : 1;
  for (int role = 0; role < roles; ++role) {
    RADDLE_ASSIGN_OR_RETURN(store.blocks_[role],
                            device::HostBuffer::allocate(elements * sizeof(float) + stagger(role)));
  }
  return store;
}

int32_t StateStore::find(std::string_view name) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

std::span<float> StateStore::values(int32_t parameter, Role role) {
  const ParameterInfo& info = parameters_[static_cast<size_t>(parameter)];
  const device::HostBuffer& block = blocks_[static_cast<size_t>(role)];
  RADDLE_ASSERT(block.data() != nullptr || info.elements() == 0);
  std::byte* begin = block.data() + stagger(static_cast<int>(role));
  return {reinterpret_cast<float*>(begin) + info.offset, static_cast<size_t>(info.elements())};
}

std::span<const float> StateStore::values(int32_t parameter, Role role) const {
  return const_cast<StateStore*>(this)->values(parameter, role);
}

std::vector<kernels::ParameterSlice> StateStore::slices(float weight_decay) {
  RADDLE_ASSERT(with_optimizer_);
  std::vector<kernels::ParameterSlice> slices;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto p = static_cast<int32_t>(i);
    slices.push_back({values(p, Role::kMaster).data(), values(p, Role::kGradient).data(),
                      values(p, Role::kMoment1).data(), values(p, Role::kMoment2).data(),
                      parameters_[i].elements(), parameters_[i].decay ? weight_decay : 0.0f, 1.0f});
  }
  return slices;
}

size_t StateStore::bytes() const {
  size_t bytes = 0;
  for (const device::HostBuffer& block : blocks_) bytes += block.bytes();
  return bytes;
}

}  // namespace raddle::exec
