// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.h"

#include <fmt/format.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace raddle {

uint64_t hash_bytes(const void* data, size_t bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(data, bytes, seed);
}

std::string hash_hex(uint64_t hash) { return fmt::format("{:016x}", hash); }

struct StreamingHash::State {
  XXH3_state_t xxh;
};

StreamingHash::StreamingHash() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->xxh);
}
StreamingHash::~StreamingHash() = default;
void StreamingHash::update(const void* data, size_t bytes) {
  XXH3_64bits_update(&state_->xxh, data, bytes);
}
uint64_t StreamingHash::digest() const { return XXH3_64bits_digest(&state_->xxh); }

}  // namespace raddle
