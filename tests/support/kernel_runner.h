// SPDX-License-Identifier: Apache-2.0
// Runs one kernel the way the executor does: probe, booked scratch (with a guard zone behind it
// that must stay untouched), launch. Also random data and a relative error that suits gradients.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "kernels/kernel.h"
#include "runtime/base/random.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/memory.h"

namespace raddle::test {

// Those of a list that a CPU can run, in its order; the reference is the last one here as well.
template <class Args>
std::vector<const kernels::Kernel<Args>*> kernels_on_cpu(kernels::KernelList<Args> list) {
  std::vector<const kernels::Kernel<Args>*> on_cpu;
  for (const kernels::Kernel<Args>* kernel : list) {
    if (kernels::runs_on(kernel->code, device::Kind::kCpu)) on_cpu.push_back(kernel);
  }
  return on_cpu;
}

class KernelRunner {
 public:
  explicit KernelRunner(int threads = 2)
      : pool_(threads), stream_(pool_), caps_(device::detect_cpu(threads)) {}
  const device::DeviceCaps& caps() const { return caps_; }

  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args) {
    // A kernel is asked as on a machine that uses its library.
    caps_.matrix_library = kernel.name.ends_with(":openblas") ? device::MatrixLibrary::kOpenBlas
                                                              : device::MatrixLibrary::kOneDnn;
    const kernels::Verdict verdict = kernel.probe(args, caps_);
    if (!verdict.accepted) return unimplemented("{}: {}", kernel.name, verdict.why_not);
    const size_t bytes = kernel.scratch_bytes(args, caps_);
    constexpr size_t kGuard = 256;
    RADDLE_ASSIGN_OR_RETURN(auto scratch, device::HostBuffer::allocate(bytes + kGuard));
    std::memset(scratch.data(), 0xA5, bytes + kGuard);  // NaN-like garbage: undefined content
    Status status = kernel.launch(args, {stream_, {scratch.data(), bytes}});
    for (size_t i = bytes; i < bytes + kGuard; ++i) {
      if (scratch.data()[i] != std::byte{0xA5})
        return internal_error("{} wrote past its scratch", kernel.name);
    }
    return status;
  }

 private:
  device::WorkerPool pool_;
  device::CpuStream stream_;
  device::DeviceCaps caps_;
};

// `count` normals times `scale`; a different `stream` gives different numbers.
inline std::vector<float> random_floats(int64_t count, uint64_t stream, float scale = 1.0f) {
  std::vector<float> out(static_cast<size_t>(count));
  for (size_t i = 0; i < out.size(); i += 4) {
    const auto four = philox_normal(20251122, stream, i / 4);
    for (size_t j = 0; j < 4 && i + j < out.size(); ++j) out[i + j] = scale * four[j];
  }
  return out;
}

// max |a - b| / max(rms(b), tiny): the error in units of the expected result's size. NaN if any is.
template <class A, class B>
double relative_error(const std::vector<A>& actual, const std::vector<B>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  double largest = 0, squares = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const double difference =
        std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
    squares += static_cast<double>(expected[i]) * static_cast<double>(expected[i]);
  }
  const double rms = std::sqrt(squares / static_cast<double>(std::max<size_t>(1, expected.size())));
  return largest / std::max(rms, 1e-30);
}

}  // namespace raddle::test
