// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/profile.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace raddle::simulate {
namespace {

__extension__ using Int128 = __int128;

constexpr int64_t kMostBytes = int64_t{1} << 50;

// bytes / rate in picoseconds, rounded up.
int64_t transfer_ps(Int128 bytes, int64_t bytes_per_second) {
  if (bytes == 0) return 0;
  const Int128 time = (bytes * 1'000'000'000'000 + bytes_per_second - 1) / bytes_per_second;
  return static_cast<int64_t>(std::min<Int128>(time, balance::kMaxWorkPs));
}

Status check_range(std::string_view name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return Status::ok();
  return invalid_argument("{} is {}, expected {} to {}; check its unit", name, value, least, most);
}

}  // namespace

Status Profile::validate() const {
  RADDLE_RETURN_IF_ERROR(costs.validate());
  RADDLE_RETURN_IF_ERROR(check_range("layers", layers, 1, 10'000));
  for (const auto& [key, permille] :
       {std::pair("backward_attention_permille", backward_attention_permille),
        std::pair("backward_linear_permille", backward_linear_permille),
        std::pair("backward_hop_permille", backward_hop_permille)}) {
    RADDLE_RETURN_IF_ERROR(check_range(key, permille, 0, 100'000));
  }
  RADDLE_RETURN_IF_ERROR(check_range("gradients: bytes", gradients.bytes, 0, kMostBytes));
  RADDLE_RETURN_IF_ERROR(
      check_range("gradients: latency_ps", gradients.latency_ps, 0, int64_t{1} << 50));
  RADDLE_RETURN_IF_ERROR(check_range("gradients: bytes_per_second", gradients.bytes_per_second,
                                     gradients.bytes > 0 ? 1 : 0, kMostBytes));
  if (static_link) {
    RADDLE_RETURN_IF_ERROR(
        check_range("static_link: latency_ps", static_link->latency_ps, 0, int64_t{1} << 40));
    RADDLE_RETURN_IF_ERROR(
        check_range("static_link: ps_per_token", static_link->ps_per_token, 0, int64_t{1} << 28));
  }
  return Status::ok();
}

int64_t Profile::gradient_ps(int64_t ranks) const {
  if (ranks == 1 || gradients.bytes == 0) return 0;
  const auto messages = 2 * static_cast<int64_t>(std::bit_width(static_cast<uint64_t>(ranks - 1)));
  const Int128 bytes = static_cast<Int128>(gradients.bytes) * (ranks - 1) / ranks;
  return transfer_ps(bytes, gradients.bytes_per_second) + messages * gradients.latency_ps;
}

const Profile* built_in_profile(std::string_view name) {
  const auto profiles = built_in_profiles();
  const auto found = std::ranges::find(profiles, name, &Profile::name);
  return found == profiles.end() ? nullptr : &*found;
}

std::string built_in_names() {
  std::string names;
  for (const Profile& profile : built_in_profiles()) {
    names += (names.empty() ? "" : ", ") + profile.name;
  }
  return names;
}

}  // namespace raddle::simulate
