// SPDX-License-Identifier: Apache-2.0
#include "runtime/launch/contract.h"

#include <charconv>

#include "runtime/base/hash.h"

namespace raddle::launch {

const std::string* find(const Environment& environment, std::string_view name) {
  const auto it = environment.find(name);
  return it == environment.end() || it->second.empty() ? nullptr : &it->second;
}

bool has(const Environment& environment, std::string_view name) {
  return find(environment, name) != nullptr;
}

StatusOr<int64_t> number(const Environment& environment, std::string_view name, int64_t least,
                         int64_t most) {
  const std::string* text = find(environment, name);
  if (text == nullptr) {
    return invalid_argument("the environment variable {} is not set; expected {} to {}", name,
                            least, most);
  }
  int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || value < least || value > most) {
    return invalid_argument("the environment variable {} is '{}', expected {} to {}", name,
                            text->substr(0, 80), least, most);
  }
  return value;
}

StatusOr<int64_t> number_or(const Environment& environment, std::string_view name, int64_t least,
                            int64_t most, int64_t otherwise) {
  if (!has(environment, name)) return otherwise;
  return number(environment, name, least, most);
}

Status read_rank(const Environment& environment, std::string_view rank_name,
                 std::string_view size_name, int64_t* rank, int64_t* size) {
  RADDLE_ASSIGN_OR_RETURN(*size, number(environment, size_name, 1, kMostRanks));
  RADDLE_ASSIGN_OR_RETURN(*rank, number(environment, rank_name, 0, kMostRanks - 1));
  if (*rank < *size) return Status::ok();
  return invalid_argument("{} is {}, but {} is {}: ranks go from 0 to {}", rank_name, *rank,
                          size_name, *size, *size - 1);
}

int64_t port_of_job(std::string_view job) {
  constexpr int64_t kFirst = 15000, kCount = 15000;
  return kFirst + static_cast<int64_t>(hash_text(job) % kCount);
}

}  // namespace raddle::launch
