// SPDX-License-Identifier: Apache-2.0
// Sums of what several ranks have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "comm/communicator.h"

namespace raddle::comm {

// The sum of `count` elements at each of `from`, in that order, in F32; BF16 is rounded once, to
// the nearest and of two the even one. `to` may be one of `from`.
void sum(Element element, std::span<const std::byte* const> from, size_t count, std::byte* to);

}  // namespace raddle::comm
