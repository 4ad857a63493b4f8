// SPDX-License-Identifier: Apache-2.0
// Window: memory of one rank that a communicator moves values in and out of. Where ranks share a
// host, their peers read it in place. Every rank makes the same windows in the same order. What
// peers have mapped of it they give back when their communicators end, and not before.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raddle::comm {

// Bytes of a window.
struct Range {
  size_t begin = 0, end = 0;
  size_t bytes() const { return end - begin; }
  friend bool operator==(Range, Range) = default;
};

class Window {
 public:
  virtual ~Window() = default;
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  std::byte* address() const { return address_; }
  size_t bytes() const { return bytes_; }
  uint32_t number() const { return number_; }  // in the order of making, on all ranks
  // Of the memory behind it, for whoever maps it a second time; -1: it has none.
  virtual int fd() const { return -1; }

 protected:
  Window(uint32_t number, std::byte* address, size_t bytes)
      : number_(number), address_(address), bytes_(bytes) {}

 private:
  uint32_t number_;
  std::byte* address_;
  size_t bytes_;
};

}  // namespace raddle::comm
