// SPDX-License-Identifier: Apache-2.0
// What a kernel's host side asks before it chooses 16-byte accesses (pack.h), and how wide it moves
// elements that nothing is computed of.
#pragma once

#include <cstdint>

namespace raddle::cuda {

// As many of a type as 16 bytes hold.
template <class T>
constexpr int kPackOf = 16 / static_cast<int>(sizeof(T));

}  // namespace raddle::cuda

namespace raddle::kernels {

// Whether rows of `width` elements at these places may be moved in packs of the shortest type among
// them, each 16 bytes at a time. Null: not there.
template <class... Ts>
bool is_packed(int64_t width, const Ts*... at) {
  const bool whole = ((width % cuda::kPackOf<Ts> == 0) && ...);
  return whole && ((reinterpret_cast<uintptr_t>(at) % 16 == 0) && ...);
}

// Elements of a pack, or single ones.
template <class T>
constexpr int64_t pack_lanes(bool packed) {
  return packed ? cuda::kPackOf<T> : 1;
}

// The longest word, 16, 4 or 2 bytes, that all of these numbers of bytes and addresses are
// multiples of: rows are moved word by word, whatever they are made of.
template <class... Ts>
int64_t longest_word(int64_t bytes, const Ts*... at) {
  const uintptr_t all =
      static_cast<uintptr_t>(bytes) | (reinterpret_cast<uintptr_t>(at) | ... | uintptr_t{0});
  return all % 16 == 0 ? 16 : all % 4 == 0 ? 4 : 2;
}

}  // namespace raddle::kernels
