// SPDX-License-Identifier: Apache-2.0
// Runs the body of a kernel for every thread of every block on the calling thread: the threads of a
// block are fibers that take turns where they wait for each other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace raddle::standin {

struct Dim3 {
  unsigned x = 1, y = 1, z = 1;
};

// What a thread of the device knows of itself.
struct Lane {
  Dim3 thread{0, 0, 0}, block{0, 0, 0}, block_size, grid_size;
};
const Lane& lane();

// All threads of the block, of the warp. A mask must be that of all lanes that exist.
void wait_for_block();
void wait_for_warp(unsigned mask);
// What lane `from` of the warp gave.
uint64_t exchange(unsigned mask, uint64_t given, int from);
// What each lane of a full warp gave, to be read before the lane's next exchange.
const uint64_t* exchange_all(uint64_t given);

// The block's array of that place in the source; full of NaN when the block begins.
void* shared_array(const void* place, size_t bytes);
void* dynamic_shared();

// A kernel that was compiled for the host; `Registration` makes it known by its name.
struct HostKernel {
  const char* name;
  size_t parameter_bytes;
  int most_threads;
  void (*body)(const void* parameters);
};
// Of a kernel's launch bounds; how many blocks a multiprocessor has says nothing here.
constexpr int most_threads(int threads, int /*blocks*/ = 0) { return threads; }
struct Registration {
  explicit Registration(const HostKernel& kernel);
};
// Null: there is none of that name.
const HostKernel* find_kernel(const char* name);

struct LaunchShape {
  Dim3 grid, block;
  size_t dynamic_shared_bytes = 0;
};
// `seed` draws the order of blocks and threads; 0: ascending.
void run_kernel(const HostKernel& kernel, const LaunchShape& shape, const void* parameters,
                uint64_t seed);

}  // namespace raddle::standin
