// SPDX-License-Identifier: Apache-2.0
// A suite that is written once for every kind of kernel of an op: the tuned CPU kernel, the
// reference, the kernel for a GPU. A program says which columns it is about by the file that it
// links (cts/kernels/columns_cpu.cc, cts/cuda/columns_cuda.cc).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <span>
#include <vector>

#include "tests/support/cuda_runner.h"
#include "tests/support/kernel_runner.h"

namespace raddle::test {

enum class Column : uint8_t { kCpu, kReference, kCuda };
std::span<const Column> columns();

// Those that have kernels for activations of type T: the tuned ones of a CPU are for float.
template <class T>
std::vector<Column> columns_of() {
  std::vector<Column> all(columns().begin(), columns().end());
  if (sizeof(T) < sizeof(float)) std::erase(all, Column::kCpu);
  return all;
}

inline const char* name_of(Column column) {
  switch (column) {
    case Column::kCpu:
      return "cpu";
    case Column::kReference:
      return "ref";
    case Column::kCuda:
      return "cuda";
  }
  return "";
}
// How a failure names it.
inline void PrintTo(Column column, std::ostream* out) { *out << name_of(column); }

// The best kernel of that kind. A list without one ends the program: a suite must not pass on
// nothing.
template <class Args>
const kernels::Kernel<Args>& kernel_of(kernels::KernelList<Args> list, Column column) {
  if (column == Column::kReference) return *list.back();
  for (const kernels::Kernel<Args>* kernel : list.first(list.size() - 1)) {
    const bool is_cuda = kernel->code == kernels::RunsOn::kCuda;
    if (is_cuda == (column == Column::kCuda)) return *kernel;
  }
  ADD_FAILURE() << list.back()->name << " has no kernel of the column " << name_of(column);
  std::abort();
}

class ColumnRunner {
 public:
  template <class Args>
  Status run(const kernels::Kernel<Args>& kernel, const Args& args) {
    if (kernel.code != kernels::RunsOn::kCuda) return host_.run(kernel, args);
    RADDLE_ASSIGN_OR_RETURN(CudaRunner* const cuda, CudaRunner::get());
    return cuda->run(kernel, args);
  }

 private:
  KernelRunner host_;
};

}  // namespace raddle::test
