// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/state_store.h"

#include <algorithm>

#include "kernels/cpu/vector/vector_rows.h"
#include "runtime/base/bf16.h"

namespace raddle::exec {

StatusOr<StateStore> StateStore::create(const graph::Graph& graph, const StateOptions& options,
                                        device::Device& device,
                                        std::span<const ForeignBlock> foreign) {
  StateStore store;
  store.device_ = &device;
  store.is_host_ = device.caps().host_memory;
  store.layout_ = plan::StateLayout::of(graph, options, device.caps().buffer_alignment);
  const std::vector<char> trained = graph.trained_parameters();
  for (size_t i = 0; i < trained.size(); ++i) {
    const graph::Parameter& p = graph.parameters()[i];
    const graph::Tensor& tensor = graph.tensor(p.tensor);
    ParameterInfo info;
    info.name = tensor.name;
    info.shape = tensor.shape;
    info.init = p.init;
    info.decay = p.decay;
    info.trained = trained[i] != 0;
    store.parameters_.push_back(std::move(info));
  }
  RADDLE_RETURN_IF_ERROR(store.take_memory(foreign));
  if (options.compute_copies) {
    // Masters and copies that somebody kept need not be of one step.
    const bool may_differ = store.is_foreign(Role::kMaster) || store.is_foreign(Role::kCompute);
    store.copies_.assign(trained.size(), may_differ ? Copy::kStale : Copy::kInStep);
  }
  return store;
}

Status StateStore::take_memory(std::span<const ForeignBlock> foreign) {
  RADDLE_RETURN_IF_ERROR(check_blocks(foreign, layout_));
  for (size_t i = 0; i < plan::kRoles; ++i) {
    const auto role = static_cast<Role>(i);
    Block& block = blocks_[i];
    const auto found = std::find_if(foreign.begin(), foreign.end(),
                                    [&](const ForeignBlock& one) { return one.role == role; });
    if (found != foreign.end()) {
      RADDLE_ASSIGN_OR_RETURN(block.memory, map_block(*found, layout_, *device_));
      block.begin = foreign_header_bytes(layout_);
      block.is_foreign = true;
    } else {
      RADDLE_ASSIGN_OR_RETURN(
          block.memory, device_->allocate(device::MemoryKind::kDevice, layout_.block_bytes(role)));
    }
  }
  return Status::ok();
}

int32_t StateStore::find(std::string_view name) const {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

void StateStore::set_update(int32_t parameter, float learning_rate_scale,
                            std::optional<float> own_decay) {
  RADDLE_ASSERT(parameter >= 0 && static_cast<size_t>(parameter) < parameters_.size());
  ParameterInfo& info = parameters_[static_cast<size_t>(parameter)];
  info.learning_rate_scale = learning_rate_scale;
  info.own_decay = own_decay;
}

std::byte* StateStore::address(int32_t parameter, Role role) const {
  const StateRecord& of = record(parameter, role);
  const Block& block = blocks_[static_cast<size_t>(role)];
  const size_t begin = block.begin + of.offset;
  RADDLE_ASSERT(begin + of.bytes() <= block.memory.bytes());
  return block.memory.bytes() == 0 ? nullptr : block.memory.address() + begin;
}

// Where `count` elements of the tensor from `first` on are, all of which are here.
std::byte* StateStore::element(int32_t parameter, Role role, int64_t first, size_t count) const {
  const StateRecord& of = record(parameter, role);
  RADDLE_ASSERT(first >= of.shard.begin && first <= of.shard.end);
  RADDLE_ASSERT(count <= static_cast<size_t>(of.shard.end - first));
  const auto skipped = static_cast<size_t>(first - of.shard.begin);
  return address(parameter, role) + skipped * dtype_bytes(of.dtype);
}

std::span<float> StateStore::values(int32_t parameter, Role role) {
  if (role == Role::kMaster && !copies_.empty()) {
    Copy& copy = copies_[static_cast<size_t>(parameter)];
    if (copy == Copy::kInStep) copy = Copy::kStale;
  }
  RADDLE_ASSERT(is_host_ && record(parameter, role).dtype == DType::kF32);
  return {reinterpret_cast<float*>(address(parameter, role)),
          static_cast<size_t>(record(parameter, role).shard.count())};
}

std::span<const float> StateStore::values(int32_t parameter, Role role) const {
  RADDLE_ASSERT(is_host_ && record(parameter, role).dtype == DType::kF32);
  return {reinterpret_cast<const float*>(address(parameter, role)),
          static_cast<size_t>(record(parameter, role).shard.count())};
}

StatusOr<std::span<const uint16_t>> StateStore::copy(int32_t parameter) {
  RADDLE_ASSERT(is_host_);
  RADDLE_RETURN_IF_ERROR(round_copies());
  return std::span(reinterpret_cast<const uint16_t*>(address(parameter, Role::kCompute)),
                   static_cast<size_t>(record(parameter, Role::kCompute).shard.count()));
}

Status StateStore::read_floats(int32_t parameter, Role role, int64_t first,
                               std::span<float> to) const {
  RADDLE_ASSERT(record(parameter, role).dtype == DType::kF32);
  return device_->read(to.data(), element(parameter, role, first, to.size()), to.size_bytes());
}

Status StateStore::read(int32_t parameter, Role role, int64_t first, std::span<float> to) {
  if (role != Role::kCompute) return read_floats(parameter, role, first, to);
  RADDLE_RETURN_IF_ERROR(round_copies());
  std::vector<uint16_t> bits(to.size());
  RADDLE_RETURN_IF_ERROR(device_->read(bits.data(), element(parameter, role, first, to.size()),
                                       bits.size() * sizeof(uint16_t)));
  std::transform(bits.begin(), bits.end(), to.begin(), bf16_to_f32);
  return Status::ok();
}

Status StateStore::write(int32_t parameter, Role role, int64_t first, std::span<const float> from) {
  RADDLE_ASSERT(record(parameter, role).dtype == DType::kF32);
  RADDLE_RETURN_IF_ERROR(
      device_->write(element(parameter, role, first, from.size()), from.data(), from.size_bytes()));
  if (role != Role::kMaster || copies_.empty()) return Status::ok();
  return write_copy(parameter, first, from);
}

Status StateStore::write_copy(int32_t parameter, int64_t first, std::span<const float> masters) {
  std::byte* const to = element(parameter, Role::kCompute, first, masters.size());
  const auto count = static_cast<int64_t>(masters.size());
  if (is_host_) {
    kernels::round_to_bf16(masters.data(), count, reinterpret_cast<uint16_t*>(to));
    return Status::ok();
  }
  std::vector<uint16_t> bits(masters.size());
  kernels::round_to_bf16(masters.data(), count, bits.data());
  return device_->write(to, bits.data(), bits.size() * sizeof(uint16_t));
}

StatusOr<std::span<const float>> StateStore::view(int32_t parameter, Role role,
                                                  std::vector<float>& room) const {
  if (is_host_) return values(parameter, role);
  const ElementRange shard = record(parameter, role).shard;
  room.resize(static_cast<size_t>(shard.count()));
  RADDLE_RETURN_IF_ERROR(read_floats(parameter, role, shard.begin, room));
  return std::span<const float>(room);
}

void StateStore::lend(int32_t parameter) {
  RADDLE_ASSERT(has(parameter, Role::kMaster));
  if (!copies_.empty()) copies_[static_cast<size_t>(parameter)] = Copy::kLent;
}

void StateStore::note_new_masters() {
  std::replace(copies_.begin(), copies_.end(), Copy::kInStep, Copy::kStale);
}

Status StateStore::round_copies() {
  std::vector<float> room;
  for (size_t i = 0; i < copies_.size(); ++i) {
    if (copies_[i] == Copy::kInStep) continue;
    const auto parameter = static_cast<int32_t>(i);
    RADDLE_ASSIGN_OR_RETURN(const std::span<const float> masters,
                            view(parameter, Role::kMaster, room));
    RADDLE_RETURN_IF_ERROR(write_copy(parameter, 0, masters));
    if (copies_[i] == Copy::kStale) copies_[i] = Copy::kInStep;
  }
  return Status::ok();
}

std::vector<kernels::ParameterSlice> StateStore::slices(float weight_decay) {
  RADDLE_ASSERT(has_optimizer());
  std::vector<kernels::ParameterSlice> slices;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const auto p = static_cast<int32_t>(i);
    const ParameterInfo& info = parameters_[i];
    if (!info.trained) continue;
    const ElementRange shard = record(p, Role::kMoment1).shard;
    if (shard.count() == 0) continue;
    const float decay = info.own_decay.value_or(info.decay ? weight_decay : 0.0f);
    const auto count = static_cast<size_t>(shard.count());
    const auto at = [&](Role role) { return element(p, role, shard.begin, count); };
    const auto floats = [&](Role role) { return reinterpret_cast<float*>(at(role)); };
    slices.push_back({floats(Role::kMaster), floats(Role::kGradient), floats(Role::kMoment1),
                      floats(Role::kMoment2), shard.count(), decay, info.learning_rate_scale});
    if (!has(p, Role::kCompute)) continue;
    slices.back().compute = reinterpret_cast<uint16_t*>(at(Role::kCompute));
  }
  return slices;
}

size_t StateStore::bytes() const {
  size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.memory.bytes();
  return bytes;
}

}  // namespace raddle::exec
