// SPDX-License-Identifier: Apache-2.0
// Stable 64-bit hashes (XXH3): the same on every machine and in every release, so they may be
// stored in files and compared between ranks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace raddle {

uint64_t hash_bytes(const void* data, size_t bytes, uint64_t seed = 0);
inline uint64_t hash_text(std::string_view text) { return hash_bytes(text.data(), text.size()); }
std::string hash_hex(uint64_t hash);  // 16 lower-case digits

// The same hash over data that arrives in pieces.
class StreamingHash {
 public:
  StreamingHash();
  ~StreamingHash();
  StreamingHash(const StreamingHash&) = delete;
  StreamingHash& operator=(const StreamingHash&) = delete;
  void update(const void* data, size_t bytes);
  uint64_t digest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace raddle
