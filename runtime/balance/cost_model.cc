// SPDX-License-Identifier: Apache-2.0
#include "runtime/balance/cost_model.h"

#include <algorithm>

#include "runtime/base/hash.h"

namespace raddle::balance {
namespace {

__extension__ using Int128 = __int128;  // a s^2 in femtoseconds passes 64 bits at 15M tokens

int64_t clamped(Int128 value) { return static_cast<int64_t>(std::min<Int128>(value, kMaxWorkPs)); }

// a s^2 / divisor, rounded up, so that cutting a sequence never makes work disappear.
int64_t attention_ps(int64_t a_fs, int64_t tokens, int64_t divisor) {
  const Int128 area = static_cast<Int128>(tokens) * tokens * a_fs;
  const Int128 parts = static_cast<Int128>(divisor) * 1000;
  return clamped((area + parts - 1) / parts);
}

struct Range {
  const char* name;
  int64_t value, limit;
};

Status check_range(const std::string& where, const Range& range) {
  if (range.value >= 0 && range.value <= range.limit) return Status::ok();
  return invalid_argument("{}{} is {}, expected 0 to {}; check its unit", where, range.name,
                          range.value, range.limit);
}

Status check_link(const LinkClass& link, int64_t ranks_before, bool last) {
  const std::string where = fmt::format("link {}: ", link.name);
  if (link.name.empty()) return invalid_argument("a link has no name; give each one a name");
  if (last && link.ranks != 0) {
    return invalid_argument("{}ranks is {}, expected 0: the last link reaches all ranks", where,
                            link.ranks);
  }
  if (!last && (link.ranks <= ranks_before || link.ranks > kMaxRanks)) {
    return invalid_argument("{}ranks is {}, expected {} to {}; list links by ranks, fewest first",
                            where, link.ranks, ranks_before + 1, kMaxRanks);
  }
  if (ranks_before > 1 && !last && link.ranks % ranks_before != 0) {
    return invalid_argument("{}ranks is {}, expected a multiple of {}, the link's before it", where,
                            link.ranks, ranks_before);
  }
  RADDLE_RETURN_IF_ERROR(check_range(where, {"latency_ps", link.latency_ps, kMaxWorkPs >> 20}));
  return check_range(where, {"ps_per_token", link.ps_per_token, int64_t{1} << 28});
}

Status check_length(size_t number, int64_t tokens, int64_t ranks, int64_t capacity) {
  if (tokens < 1 || tokens > kMaxTokens) {
    return invalid_argument("sequence {} has {} tokens, expected 1 to {}", number, tokens,
                            kMaxTokens);
  }
  if (tokens <= ranks * capacity) return Status::ok();
  return invalid_argument(
      "sequence {} has {} tokens, more than the {} that {} ranks hold with a capacity of {}; cut "
      "it, "
      "or plan for at least {} ranks or a capacity of {}",
      number, tokens, ranks * capacity, ranks, capacity, ceil_div(tokens, capacity),
      ceil_div(tokens, ranks));
}

}  // namespace

Status AllToAll::validate() const {
  RADDLE_RETURN_IF_ERROR(
      check_range("all_to_all: ", {"bytes_per_token", bytes_per_token, int64_t{1} << 40}));
  if (bytes_per_token == 0) {
    return invalid_argument("all_to_all: bytes_per_token is 0, expected what a token sends");
  }
  if (groups.empty()) {
    return invalid_argument(
        "all_to_all: groups is empty, expected the bandwidth of at least one size of groups");
  }
  int64_t before = 1;
  for (const Bandwidth& row : groups) {
    if (row.ranks <= before || row.ranks > kMaxRanks) {
      return invalid_argument(
          "all_to_all: ranks is {}, expected {} to {}; list groups by ranks, fewest first",
          row.ranks, before + 1, kMaxRanks);
    }
    if (row.bytes_per_second < 1 || row.bytes_per_second > int64_t{1} << 50) {
      return invalid_argument("all_to_all: bytes_per_second is {}, expected 1 to {}",
                              row.bytes_per_second, int64_t{1} << 50);
    }
    before = row.ranks;
  }
  return Status::ok();
}

int64_t AllToAll::time_ps(int64_t tokens, int64_t degree) const {
  if (degree == 1 || groups.empty()) return 0;
  size_t row = 0;
  while (row + 1 < groups.size() && groups[row].ranks < degree) ++row;
  const Int128 rate = static_cast<Int128>(groups[row].bytes_per_second) * degree;
  const Int128 bytes = static_cast<Int128>(tokens) * bytes_per_token;
  return clamped((bytes * 1'000'000'000'000 + rate - 1) / rate);
}

Status CostModel::validate() const {
  for (const Range& range :
       {Range{"attention_fs_per_token2", attention_fs_per_token2, 1 << 30},
        Range{"linear_ps_per_token", linear_ps_per_token, int64_t{1} << 40},
        Range{"micro_batch_ps", micro_batch_ps, int64_t{1} << 50},
        Range{"kv_bytes_per_token", kv_bytes_per_token, 1 << 24},
        Range{"activation_bytes_per_token", activation_bytes_per_token, int64_t{1} << 32},
        Range{"activation_limit_bytes", activation_limit_bytes, int64_t{1} << 50}}) {
    RADDLE_RETURN_IF_ERROR(check_range("", range));
  }
  if (attention_fs_per_token2 == 0 && linear_ps_per_token == 0) {
    return invalid_argument(
        "attention_fs_per_token2 and linear_ps_per_token are both 0, so no sequence costs "
        "anything; set at least one");
  }
  if (all_to_all.used()) RADDLE_RETURN_IF_ERROR(all_to_all.validate());
  if (links.empty()) return invalid_argument("links is empty, expected at least one");
  int64_t ranks_before = 1;
  for (size_t i = 0; i < links.size(); ++i) {
    RADDLE_RETURN_IF_ERROR(check_link(links[i], ranks_before, i + 1 == links.size()));
    if (i > 0 && (links[i].latency_ps < links[i - 1].latency_ps ||
                  links[i].ps_per_token < links[i - 1].ps_per_token)) {
      return invalid_argument(
          "link {} is faster than {}, which reaches fewer ranks; swap their times", links[i].name,
          links[i - 1].name);
    }
    ranks_before = links[i].ranks;
  }
  return Status::ok();
}

uint64_t CostModel::hash() const {
  StreamingHash hash;
  const auto add = [&](int64_t value) { hash.update(&value, sizeof(value)); };
  for (const int64_t value :
       {attention_fs_per_token2, linear_ps_per_token, micro_batch_ps, kv_bytes_per_token,
        activation_bytes_per_token, activation_limit_bytes, static_cast<int64_t>(links.size())}) {
    add(value);
  }
  for (const LinkClass& link : links) {
    for (const int64_t value : {link.ranks, link.latency_ps, link.ps_per_token}) add(value);
  }
  if (all_to_all.used()) add(all_to_all.bytes_per_token);
  for (const Bandwidth& row : all_to_all.groups) {
    for (const int64_t value : {row.ranks, row.bytes_per_second}) add(value);
  }
  return hash.digest();
}

int64_t CostModel::whole_ps(int64_t tokens) const {
  return clamped(static_cast<Int128>(attention_ps(attention_fs_per_token2, tokens, 1)) +
                 static_cast<Int128>(linear_ps_per_token) * tokens);
}

int64_t CostModel::split_ps(int64_t tokens, int64_t degree, const LinkClass& link) const {
  if (degree == 1) return whole_ps(tokens);
  const int64_t part = ceil_div(tokens, degree);
  const int64_t block = attention_ps(attention_fs_per_token2, tokens, degree * degree);
  const int64_t hop =
      clamped(static_cast<Int128>(link.ps_per_token) * part + static_cast<Int128>(link.latency_ps));
  return clamped(block + static_cast<Int128>(std::max(block, hop)) * (degree - 1) +
                 static_cast<Int128>(linear_ps_per_token) * part);
}

int64_t CostModel::exchanged_ps(int64_t tokens, int64_t degree, int64_t heads_per_kv,
                                const LinkClass& link) const {
  if (degree == 1) return whole_ps(tokens);
  const int64_t part = ceil_div(tokens, degree);
  // Queries and results are as many as keys and values, times the heads of one of those.
  const Int128 values = static_cast<Int128>(link.ps_per_token) * part * (1 + heads_per_kv);
  const Int128 exchange =
      all_to_all.used() ? static_cast<Int128>(all_to_all.time_ps(tokens, degree))
                        : 2 * static_cast<Int128>(link.latency_ps) + values * (degree - 1) / degree;
  return clamped(static_cast<Int128>(attention_ps(attention_fs_per_token2, tokens, degree)) +
                 exchange + static_cast<Int128>(linear_ps_per_token) * part);
}

const LinkClass& CostModel::best_link(int64_t degree) const {
  for (const LinkClass& link : links) {
    if (link.ranks >= degree) return link;
  }
  return links.back();
}

const LinkClass& CostModel::link_of(std::span<const int32_t> ranks) const {
  for (const LinkClass& link : links) {
    if (link.ranks == 0) break;
    const int64_t first = ranks.front() / link.ranks;
    if (std::ranges::all_of(ranks, [&](int32_t rank) { return rank / link.ranks == first; })) {
      return link;
    }
  }
  return links.back();
}

Status check_step(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                  int64_t capacity) {
  RADDLE_RETURN_IF_ERROR(check_lengths(costs, lengths, ranks, capacity));
  const int64_t bytes = costs.activation_bytes_per_token, limit = costs.activation_limit_bytes;
  if (limit == 0 || bytes == 0 || capacity <= limit / bytes) return Status::ok();
  return resource_exhausted(
      "a capacity of {} tokens keeps {} bytes a rank, more than the limit of {}; a capacity of at "
      "most {} fits",
      capacity, clamped(static_cast<Int128>(capacity) * bytes), limit, limit / bytes);
}

Status check_lengths(const CostModel& costs, std::span<const int64_t> lengths, int64_t ranks,
                     int64_t capacity) {
  RADDLE_RETURN_IF_ERROR(costs.validate());
  if (ranks < 1 || ranks > kMaxRanks) {
    return invalid_argument("ranks is {}, expected 1 to {}", ranks, kMaxRanks);
  }
  if (capacity < 1 || capacity > kMaxTokens) {
    return invalid_argument("capacity is {} tokens per rank, expected 1 to {}", capacity,
                            kMaxTokens);
  }
  if (lengths.empty()) return invalid_argument("there is no sequence; give at least one length");
  if (static_cast<int64_t>(lengths.size()) > kMaxSequences) {
    return invalid_argument("there are {} sequences, expected at most {}; plan fewer at once",
                            lengths.size(), kMaxSequences);
  }
  int64_t work = 0;
  for (size_t i = 0; i < lengths.size(); ++i) {
    RADDLE_RETURN_IF_ERROR(check_length(i + 1, lengths[i], ranks, capacity));
    const int64_t degree = ceil_div(lengths[i], capacity);
    const int64_t time = costs.split_ps(lengths[i], degree, costs.links.back());
    work = clamped(work + static_cast<Int128>(time + costs.micro_batch_ps) * degree);
    if (work >= kMaxWorkPs) {
      return invalid_argument(
          "up to sequence {} of {} tokens the work is over {} picoseconds, more than a plan "
          "counts; "
          "check the unit of the coefficients",
          i + 1, lengths[i], kMaxWorkPs);
    }
  }
  return Status::ok();
}

}  // namespace raddle::balance
