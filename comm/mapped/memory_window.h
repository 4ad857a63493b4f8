// SPDX-License-Identifier: Apache-2.0
// A window in a memfd of its own, whose size is sealed: nobody who maps it can be cut off.
#pragma once

#include <memory>

#include "comm/window.h"
#include "runtime/base/status.h"

namespace raddle::comm {

class MemoryWindow final : public Window {
 public:
  // Zeroed. RESOURCE_EXHAUSTED names the bytes that were asked for.
  static StatusOr<std::unique_ptr<Window>> create(uint32_t number, size_t bytes);
  ~MemoryWindow() override;
  int fd() const override { return fd_; }

 private:
  MemoryWindow(uint32_t number, std::byte* address, size_t bytes, int fd)
      : Window(number, address, bytes), fd_(fd) {}
  int fd_;
};

// A sealed memfd of so many bytes, which are taken now. RESOURCE_EXHAUSTED.
StatusOr<int> make_memory_file(const char* name, size_t bytes);

}  // namespace raddle::comm
