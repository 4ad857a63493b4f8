// SPDX-License-Identifier: Apache-2.0
#include "comm/mapped/mapped_windows.h"

#include <cstring>
#include <utility>

namespace raddle::comm {

void MappedWindows::add(int32_t rank, std::unique_ptr<PeerMemory> memory) {
  windows_[static_cast<size_t>(rank)].push_back(std::move(memory));
}

const std::byte* MappedWindows::fetch(int32_t rank, const Offer& offer, uint64_t position,
                                      size_t bytes, std::byte* into) const {
  const auto& windows = windows_[static_cast<size_t>(rank)];
  RADDLE_ASSERT(offer.window < windows.size());
  const std::byte* values = windows[offer.window]->address() + offer.begin + position;
  if (into == nullptr) return values;
  std::memcpy(into, values, bytes);
  return into;
}

}  // namespace raddle::comm
