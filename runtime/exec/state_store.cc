// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/state_store.h"

namespace raddle::exec {

namespace {
// Blocks start on huge pages; the optimizer reads all four at the same place.
size_t stagger(size_t role, size_t alignment) {
  return device::align_buffer(role * device::kBufferStagger, alignment);
}
}  // namespace

StatusOr<StateStore> StateStore::create(const graph::Graph& graph, bool with_optimizer,
                                        device::Device& device) {
  StateStore store;
  store.with_optimizer_ = with_optimizer;
  store.device_ = &device;
  store.is_host_ = device.caps().host_memory;
  store.alignment_ = device.caps().buffer_alignment;
  const size_t alignment = store.alignment_ / sizeof(float);
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
    const size_t booked = (count + alignment - 1) / alignment * alignment;
    elements += booked;
    if (trained[i] != 0) trained_elements += booked;
  }
  const size_t roles = with_optimizer ? 4 : 1;
  for (size_t role = 0; role < roles; ++role) {
    const size_t floats = role == 0 ? elements : trained_elements;
    RADDLE_ASSIGN_OR_RETURN(
        store.blocks_[role],
        device.allocate(device::MemoryKind::kDevice,
                        floats * sizeof(float) + stagger(role, store.alignment_)));
  }
  return store;
}

int32_t StateStore::find(std::string_view name) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

size_t StateStore::offset(int32_t parameter, Role role) const {
  const ParameterInfo& info = parameters_[static_cast<size_t>(parameter)];
  RADDLE_ASSERT(has(parameter, role));
  const size_t elements = role == Role::kMaster ? info.offset : info.trained_offset;
  return stagger(static_cast<size_t>(role), alignment_) + elements * sizeof(float);
}

std::byte* StateStore::address(int32_t parameter, Role role) const {
  const device::Memory& block = blocks_[static_cast<size_t>(role)];
  return block.bytes() == 0 ? nullptr : block.address() + offset(parameter, role);
}

std::span<float> StateStore::values(int32_t parameter, Role role) {
  RADDLE_ASSERT(is_host_);
  return {reinterpret_cast<float*>(address(parameter, role)),
          static_cast<size_t>(parameters_[static_cast<size_t>(parameter)].elements())};
}

Status StateStore::read(int32_t parameter, Role role, int64_t first, std::span<float> to) const {
  const auto bytes = static_cast<size_t>(first) * sizeof(float);
  return device_->read(to.data(), address(parameter, role) + bytes, to.size_bytes());
}

Status StateStore::write(int32_t parameter, Role role, int64_t first, std::span<const float> from) {
  const auto bytes = static_cast<size_t>(first) * sizeof(float);
  return device_->write(address(parameter, role) + bytes, from.data(), from.size_bytes());
}

StatusOr<std::span<const float>> StateStore::view(int32_t parameter, Role role,
                                                  std::vector<float>& room) const {
  if (is_host_) return values(parameter, role);
  room.resize(static_cast<size_t>(parameters_[static_cast<size_t>(parameter)].elements()));
  RADDLE_RETURN_IF_ERROR(read(parameter, role, 0, room));
  return std::span<const float>(room);
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
    const auto at = [&](Role role) { return reinterpret_cast<float*>(address(p, role)); };
    slices.push_back({at(Role::kMaster), at(Role::kGradient), at(Role::kMoment1),
                      at(Role::kMoment2), info.elements(), decay, info.learning_rate_scale});
  }
  return slices;
}

size_t StateStore::bytes() const {
  size_t bytes = 0;
  for (const device::Memory& block : blocks_) bytes += block.bytes();
  return bytes;
}

}  // namespace raddle::exec
