// SPDX-License-Identifier: Apache-2.0
// Floats of the rows of attention, from whatever says heads, kv_heads and head_dim.
#pragma once

#include <cstdint>

namespace raddle::exec {

// [q | k | v], of [k | v] alone, and of the result.
template <class Args>
int64_t qkv_width(const Args& args) {
  return (args.heads + 2 * args.kv_heads) * args.head_dim;
}
template <class Args>
int64_t kv_width(const Args& args) {
  return 2 * args.kv_heads * args.head_dim;
}
template <class Args>
int64_t out_width(const Args& args) {
  return args.heads * args.head_dim;
}

}  // namespace raddle::exec
