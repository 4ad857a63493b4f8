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
  const std::vector<char> trained = graph.trained_parameters();
  size_t elements = 0, trained_elements = 0;
  for (size_t i = 0; i < trained.size(); ++i) {
    const graph::Parameter& p = graph.parameters()[i];
    const graph::Tensor& tensor = graph.tensor(p.tensor);
    ParameterInfo info;
    info.name = tensor.name;
    info.shape = tensor.shape;
    info.init = p.init;
    info.decay = p.decay;
    info.trained = trained[i] != 0;
    info.offset = elements;
    info.trained_offset = trained_elements;
    store.parameters_.push_back(std::move(info));
    const auto count = static_cast<size_t>(tensor.shape.elements());
    const size_t booked = (count + kAlignment - 1) / kAlignment * kAlignment;
    elements += booked;
    if (trained[i] != 0) trained_elements += booked;
  }
  const int roles = with_optimizer ? 4 : 1;
  for (int role = 0; role < roles; ++role) {
    const size_t floats = role == 0 ? elements : trained_elements;
    RADDLE_ASSIGN_OR_RETURN(store.blocks_[role],
                            device::HostBuffer::allocate(floats * sizeof(float) + stagger(role)));
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
  RADDLE_ASSERT(has(parameter, role));
  RADDLE_ASSERT(block.data() != nullptr || info.elements() == 0);
  std::byte* begin = block.data() + stagger(static_cast<int>(role));
  const size_t offset = role == Role::kMaster ? info.offset : info.trained_offset;
  return {reinterpret_cast<float*>(begin) + offset, static_cast<size_t>(info.elements())};
}

bool StateStore::has(int32_t parameter, Role role) const {
  if (role == Role::kMaster) return true;
  return with_optimizer_ && parameters_[static_cast<size_t>(parameter)].trained;
}

void StateStore::set_update(int32_t parameter, float learning_rate_scale,
                            std::optional<float> own_decay) {
  ParameterInfo& info = parameters_[static_cast<size_t>(parameter)];
  info.learning_rate_scale = learning_rate_scale;
  info.own_decay = own_decay;
}

std::span<const float> StateStore::values(int32_t parameter, Role role) const {
  return const_cast<StateStore*>(this)->values(parameter, role);
}

std::vector<kernels::ParameterSlice> StateStore::slices(float weight_decay) {
  RADDLE_ASSERT(with_optimizer_);
  std::vector<kernels::ParameterSlice> slices;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto p = static_cast<int32_t>(i);
    const ParameterInfo& info = parameters_[i];
    if (!info.trained) continue;
    const float decay = info.own_decay.value_or(info.decay ? weight_decay : 0.0f);
    slices.push_back({values(p, Role::kMaster).data(), values(p, Role::kGradient).data(),
                      values(p, Role::kMoment1).data(), values(p, Role::kMoment2).data(),
                      info.elements(), decay, info.learning_rate_scale});
  }
  return slices;
}

size_t StateStore::bytes() const {
  size_t bytes = 0;
  for (const device::HostBuffer& block : blocks_) bytes += block.bytes();
  return bytes;
}

}  // namespace raddle::exec
