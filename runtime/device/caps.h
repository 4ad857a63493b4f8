// SPDX-License-Identifier: Apache-2.0
// What a device can do, as plain data: the planner reads it and nothing else of the device.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace raddle::device {

enum class Kind : uint8_t { kCpu, kGuarded, kCuda };

// What carries out matrix products.
enum class MatrixLibrary : uint8_t { kNone, kOneDnn, kOpenBlas };

// Every buffer inside a block of memory starts on a multiple of this, for aligned vector loads.
inline constexpr size_t kBufferAlignment = 64;
constexpr size_t align_buffer(size_t bytes, size_t alignment = kBufferAlignment) {
  return (bytes + alignment - 1) / alignment * alignment;
}

// Large buffers that are read side by side must not lie a power of two apart: the processor tells
// their lines apart by low address bits alone (AdamW over four arrays 512 MiB apart took 2.3 times
// as long). An odd number of lines more than a page between one and the next prevents it.
inline constexpr size_t kBufferStagger = 4096 + 17 * kBufferAlignment;

struct DeviceCaps {
  Kind kind = Kind::kCpu;
  std::string name;         // "AMD EPYC ..." as the system calls it
  bool host_memory = true;  // the device's memory is the host's: no copies between them
  size_t buffer_alignment = kBufferAlignment;  // of each buffer; a multiple of kBufferAlignment
  int threads = 1;                             // workers of the pool that kernels run on
  size_t l2_bytes = 1u << 20;                  // per core
  size_t l3_bytes = 32u << 20;                 // shared
  bool has_avx2 = false;
  bool has_avx512 = false;
  MatrixLibrary matrix_library = MatrixLibrary::kNone;
  std::string matrix_library_name;  // its path and version; why there is none otherwise
  // Of a GPU.
  int index = 0;               // as the driver counts
  int compute_capability = 0;  // 90: 9.0
  int multiprocessors = 0;
  int shared_memory_bytes = 0;  // the most that a block may have
  size_t memory_bytes = 0;      // all of the device's
  bool has_cublaslt = false;    // whether products may go to cuBLASLt
  std::string cublaslt_name;    // its path and version; why there is none otherwise
};

}  // namespace raddle::device
