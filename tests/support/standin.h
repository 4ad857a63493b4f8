// SPDX-License-Identifier: Apache-2.0
// The stand-in's own functions (tests/cuda_standin/control.h), found in the library that
// RADDLE_CUDA_DRIVER names.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/base/dynamic_library.h"

namespace raddle::test {

class Standin {
 public:
  Standin() : library_(open()) {}
  ~Standin() { reset(); }
  Standin(const Standin&) = delete;
  Standin& operator=(const Standin&) = delete;
  void set_seed(uint64_t seed) { function<void (*)(uint64_t)>("raddle_standin_set_seed")(seed); }
  void fail(const char* called, int64_t after, int error) {
    function<void (*)(const char*, int64_t, int)>("raddle_standin_fail")(called, after, error);
  }
  int64_t calls(const char* called) {
    return function<int64_t (*)(const char*)>("raddle_standin_calls")(called);
  }
  void reset() { function<void (*)()>("raddle_standin_reset")(); }

 private:
  static DynamicLibrary open() {
    const char* path = std::getenv("RADDLE_CUDA_DRIVER");
    return DynamicLibrary::open(path != nullptr ? path : "the stand-in, which the test needs")
        .value();
  }
  template <class F>
  F function(const char* name) {
    return library_.function<F>(name).value();
  }
  DynamicLibrary library_;
};

}  // namespace raddle::test
