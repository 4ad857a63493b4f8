// SPDX-License-Identifier: Apache-2.0
// HostBuffer: a zeroed, page-aligned block of host memory, with huge pages where the system grants
// them (large matrices lose up to a tenth of their speed to TLB misses otherwise).
#pragma once

#include <cstddef>
#include <utility>

#include "runtime/base/status.h"
#include "runtime/device/caps.h"

namespace raddle::device {

class HostBuffer {
 public:
  HostBuffer() = default;
  // RESOURCE_EXHAUSTED names the bytes that were asked for.
  static StatusOr<HostBuffer> allocate(size_t bytes);
  ~HostBuffer();
  HostBuffer(HostBuffer&& other) noexcept;
  HostBuffer& operator=(HostBuffer&& other) noexcept;

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }

 private:
  std::byte* data_ = nullptr;
  size_t bytes_ = 0;
  size_t mapped_bytes_ = 0;
};

}  // namespace raddle::device
