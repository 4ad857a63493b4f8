// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/state_layout.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "kernels/ops/optimizer.h"
#include "runtime/base/hash.h"
#include "runtime/device/caps.h"

namespace raddle::plan {
namespace {

constexpr Role kAllRoles[] = {Role::kMaster, Role::kGradient, Role::kMoment1, Role::kMoment2,
                              Role::kCompute};
static_assert(std::size(kAllRoles) == kRoles);

int64_t blocks_of(int64_t elements) {
  constexpr int64_t kBlock = kernels::kUpdateBlockElements;
  return (elements + kBlock - 1) / kBlock;
}

// Where the elements of a rank begin, of `elements` that lie end to end.
int64_t first_of_rank(int64_t elements, int64_t rank, int64_t ranks) {
  return std::min(blocks_of(elements) * rank / ranks * kernels::kUpdateBlockElements, elements);
}

// The optimizer reads all blocks at the same place.
size_t stagger(Role role, size_t alignment) {
  return device::align_buffer(static_cast<size_t>(role) * device::kBufferStagger, alignment);
}

bool is_wanted(const StateOptions& options, Role role) {
  switch (role) {
    case Role::kMaster:
      return true;
    case Role::kCompute:
      return options.compute_copies;
    case Role::kGradient:
    case Role::kMoment1:
    case Role::kMoment2:
      break;
  }
  return options.optimizer;
}

bool is_sharded(const StateOptions& options, Role role) {
  if (role == Role::kGradient) return options.shard_gradients;
  return role == Role::kMoment1 || role == Role::kMoment2;
}

}  // namespace

std::string_view role_name(Role role) {
  constexpr std::string_view kNames[kRoles] = {"parameter", "gradient", "moment1", "moment2",
                                               "copy in BF16"};
  return kNames[static_cast<size_t>(role)];
}

ElementRange common_range(ElementRange a, ElementRange b) {
  const int64_t begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

// What is trained lies end to end, and so does what is frozen: nobody updates that, but somebody
// must save it.
void StateLayout::share_out(const std::vector<int64_t>& counts, const std::vector<char>& trained) {
  int64_t totals[2] = {0, 0}, first[2] = {0, 0};
  const auto group = [&](size_t i) { return trained[i] != 0 ? size_t{1} : size_t{0}; };
  for (size_t i = 0; i < counts.size(); ++i) totals[group(i)] += counts[i];
  trained_elements_ = totals[1];
  for (size_t i = 0; i < counts.size(); ++i) {
    const int64_t total = totals[group(i)];
    int64_t& at = first[group(i)];
    const auto in_parameter = [&](int64_t rank) {
      return std::clamp<int64_t>(first_of_rank(total, rank, options_.ranks) - at, 0, counts[i]);
    };
    shares_.push_back({in_parameter(options_.rank), in_parameter(options_.rank + 1)});
    at += counts[i];
  }
}

void StateLayout::place(Role role, const std::vector<int64_t>& counts,
                        const std::vector<char>& trained) {
  if (!is_wanted(options_, role)) return;
  const bool of_all = role == Role::kMaster || role == Role::kCompute;
  size_t& bytes = block_bytes_[static_cast<size_t>(role)];
  bytes = stagger(role, alignment_);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (trained[i] == 0 && !of_all) continue;
    Entry& entry = entries_[i * kRoles + static_cast<size_t>(role)];
    entry.is_there = true;
    entry.record.dtype = role_dtype(role);
    entry.record.shard = is_sharded(options_, role) ? shares_[i] : ElementRange{0, counts[i]};
    entry.record.trained = trained[i] != 0;
    entry.record.offset = bytes;
    bytes += device::align_buffer(entry.record.bytes(), alignment_);
  }
}

void StateLayout::hash_blocks(const graph::Graph& graph) {
  for (const Role role : kAllRoles) {
    std::string text = fmt::format("{} {}\n", role_name(role), block_bytes(role));
    for (size_t i = 0; i < graph.parameters().size(); ++i) {
      const Entry& one = entries_[i * kRoles + static_cast<size_t>(role)];
      if (!one.is_there) continue;
      const graph::Tensor& tensor = graph.tensor(graph.parameters()[i].tensor);
      text += fmt::format("{} {} {} [{}, {}) at {}\n", tensor.name, tensor.shape.to_string(),
                          dtype_name(one.record.dtype), one.record.shard.begin,
                          one.record.shard.end, one.record.offset);
    }
    hashes_[static_cast<size_t>(role)] = hash_text(text);
  }
}

StateLayout StateLayout::of(const graph::Graph& graph, const StateOptions& options,
                            size_t alignment) {
  RADDLE_ASSERT(options.rank >= 0 && options.rank < options.ranks);
  RADDLE_ASSERT(alignment > 0 && alignment % device::kBufferAlignment == 0);
  StateLayout layout;
  layout.options_ = options;
  layout.alignment_ = alignment;
  std::vector<int64_t> counts;
  for (const graph::Parameter& p : graph.parameters()) {
    counts.push_back(graph.tensor(p.tensor).shape.elements());
  }
  const std::vector<char> trained = graph.trained_parameters();
  RADDLE_ASSERT(trained.size() == counts.size());
  layout.share_out(counts, trained);
  layout.entries_.resize(counts.size() * kRoles);
  for (const Role role : kAllRoles) layout.place(role, counts, trained);
  layout.hash_blocks(graph);
  return layout;
}

int64_t StateLayout::update_blocks_max() const {
  return (blocks_of(trained_elements_) + options_.ranks - 1) / options_.ranks;
}

StateLayout::Part StateLayout::part_of(Role role, int64_t rank) const {
  RADDLE_ASSERT(rank >= 0 && rank < options_.ranks && !is_sharded(options_, role));
  const ElementRange wanted = {first_of_rank(trained_elements_, rank, options_.ranks),
                               first_of_rank(trained_elements_, rank + 1, options_.ranks)};
  Part part;
  bool found = false;
  int64_t at = 0;
  for (size_t i = 0; i < shares_.size(); ++i) {
    const auto parameter = static_cast<int32_t>(i);
    const StateRecord& master = record(parameter, Role::kMaster);
    if (!master.trained) continue;
    const ElementRange here = {at, at + master.shard.count()};
    at = here.end;
    const ElementRange common = common_range(wanted, here);
    if (common.count() == 0) continue;
    const StateRecord& one = record(parameter, role);
    const size_t bytes = dtype_bytes(one.dtype);
    if (!std::exchange(found, true)) {
      part.begin = one.offset + static_cast<size_t>(common.begin - here.begin) * bytes;
    }
    part.end = one.offset + static_cast<size_t>(common.end - here.begin) * bytes;
  }
  return part;
}

ElementRange StateLayout::saved_master(int32_t parameter) const {
  RADDLE_ASSERT(has(parameter, Role::kMaster));
  return shares_[static_cast<size_t>(parameter)];
}

}  // namespace raddle::plan
