// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda_standin/block.h"

#include <boost/context/fiber.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/random.h"

namespace raddle::standin {
namespace {

using boost::context::fiber;
constexpr int kWarp = 32;
constexpr size_t kStackBytes = 64 * 1024;

std::map<std::string, HostKernel>& registry() {
  static std::map<std::string, HostKernel> kernels;
  return kernels;
}

// A kernel that breaks the rules would hang or give garbage on a GPU; here it ends the program.
[[noreturn]] void broken(const char* kernel, const char* what) {
  std::fprintf(stderr, "CUDA stand-in: kernel %s: %s\n", kernel, what);
  std::abort();
}

struct Warp {
  int lanes = 0;    // that exist
  int arrived = 0;  // at the barrier of `generation`
  int64_t generation = 0;
  uint64_t given[2][kWarp] = {};  // by parity of the generation
};

struct Thread {
  fiber context;
  Lane lane;
  int64_t warp_generation = -1;  // the barrier that it waits for; -1: for none
  int64_t block_generation = -1;
  bool is_done = false;
};

// One block at work; there is one at a time on a thread of the host.
class Block {
 public:
  Block(const HostKernel& kernel, const LaunchShape& shape, const void* parameters);
  void run(Dim3 index, std::span<const int> order);
  void wait_for_block();
  int64_t wait_for_warp(unsigned mask, const uint64_t* given);
  uint64_t given(int64_t generation, int from);
  const uint64_t* all_given(int64_t generation);
  void* shared_array(const void* place, size_t bytes);
  void* dynamic_shared() { return dynamic_.get(); }
  const Lane& lane() const { return current_->lane; }

 private:
  Warp& warp() { return warps_[current_->lane.thread.x / kWarp]; }
  bool can_go_on(const Thread& thread) const;
  void begin(Thread& thread);
  void pause();

  const HostKernel& kernel_;
  const LaunchShape& shape_;
  const void* const parameters_;
  boost::context::pooled_fixedsize_stack stacks_{kStackBytes};
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::map<const void*, std::unique_ptr<std::byte[]>> arrays_;
  std::map<const void*, size_t> array_bytes_;
  std::unique_ptr<std::byte[]> dynamic_;
  fiber scheduler_;
  Thread* current_ = nullptr;
  int arrived_ = 0;  // at the block's barrier of `generation_`
  int64_t generation_ = 0;
};

thread_local Block* block_at_work = nullptr;

// What nobody has written is no number.
std::unique_ptr<std::byte[]> unwritten(size_t bytes) {
  std::unique_ptr<std::byte[]> memory(new std::byte[bytes]);
  std::memset(memory.get(), 0xff, bytes);
  return memory;
}

Block::Block(const HostKernel& kernel, const LaunchShape& shape, const void* parameters)
    : kernel_(kernel), shape_(shape), parameters_(parameters), threads_(shape.block.x) {}

bool Block::can_go_on(const Thread& thread) const {
  if (thread.is_done) return false;
  if (thread.block_generation >= 0) return thread.block_generation < generation_;
  if (thread.warp_generation < 0) return true;
  return thread.warp_generation < warps_[thread.lane.thread.x / kWarp].generation;
}

void Block::begin(Thread& thread) {
  thread.context = fiber(std::allocator_arg, stacks_, [this, &thread](fiber&& scheduler) {
    scheduler_ = std::move(scheduler);
    kernel_.body(parameters_);
    thread.is_done = true;
    return std::move(scheduler_);
  });
}

void Block::pause() { scheduler_ = std::move(scheduler_).resume(); }

void Block::run(Dim3 index, std::span<const int> order) {
  arrays_.clear();
  array_bytes_.clear();
  dynamic_ = unwritten(shape_.dynamic_shared_bytes);
  arrived_ = 0;
  generation_ = 0;
  warps_.assign((threads_.size() + kWarp - 1) / kWarp, {});
  for (size_t i = 0; i < threads_.size(); ++i) {
    threads_[i] = Thread();
    threads_[i].lane = {{static_cast<unsigned>(i), 0, 0}, index, shape_.block, shape_.grid};
    ++warps_[i / kWarp].lanes;
    begin(threads_[i]);
  }
  block_at_work = this;
  for (size_t left = threads_.size(); left > 0;) {
    bool moved = false;
    for (const int i : order) {
      Thread& thread = threads_[static_cast<size_t>(i)];
      if (!can_go_on(thread)) continue;
      moved = true;
      thread.warp_generation = thread.block_generation = -1;
      current_ = &thread;
      thread.context = std::move(thread.context).resume();
      if (thread.is_done) --left;
    }
    if (!moved) broken(kernel_.name, "threads wait at a barrier that others do not reach");
  }
  block_at_work = nullptr;
}

void Block::wait_for_block() {
  current_->block_generation = generation_;
  if (++arrived_ == static_cast<int>(threads_.size())) {
    arrived_ = 0;
    ++generation_;
    return;
  }
  pause();
}

int64_t Block::wait_for_warp(unsigned mask, const uint64_t* given) {
  Warp& here = warp();
  const unsigned all = here.lanes == kWarp ? 0xffffffffu : (1u << here.lanes) - 1;
  if ((mask & all) != all) broken(kernel_.name, "a warp's mask leaves out lanes that exist");
  const int64_t generation = here.generation;
  if (given != nullptr) here.given[generation % 2][current_->lane.thread.x % kWarp] = *given;
  current_->warp_generation = generation;
  if (++here.arrived == here.lanes) {
    here.arrived = 0;
    ++here.generation;
  } else {
    pause();
  }
  return generation;
}

uint64_t Block::given(int64_t generation, int from) {
  const Warp& here = warp();
  if (from < 0 || from >= here.lanes) broken(kernel_.name, "a shuffle from a lane that is not");
  return here.given[generation % 2][from];
}

const uint64_t* Block::all_given(int64_t generation) {
  const Warp& here = warp();
  if (here.lanes != kWarp)
    broken(kernel_.name, "a matrix instruction of a warp with lanes missing");
  return here.given[generation % 2];
}

void* Block::shared_array(const void* place, size_t bytes) {
  auto& array = arrays_[place];
  if (array == nullptr) {
    array = unwritten(bytes);
    array_bytes_[place] = bytes;
  }
  if (array_bytes_[place] != bytes) broken(kernel_.name, "a shared array of changing size");
  return array.get();
}

std::vector<int> draw_order(size_t count, uint64_t seed, uint64_t stream) {
  std::vector<int> order(count);
  std::iota(order.begin(), order.end(), 0);
  if (seed == 0) return order;
  RandomStream random(seed, stream);
  for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace

const Lane& lane() { return block_at_work->lane(); }
void wait_for_block() { block_at_work->wait_for_block(); }
void wait_for_warp(unsigned mask) { block_at_work->wait_for_warp(mask, nullptr); }
uint64_t exchange(unsigned mask, uint64_t given, int from) {
  Block& block = *block_at_work;
  return block.given(block.wait_for_warp(mask, &given), from);
}
const uint64_t* exchange_all(uint64_t given) {
  Block& block = *block_at_work;
  return block.all_given(block.wait_for_warp(0xffffffffu, &given));
}
void* shared_array(const void* place, size_t bytes) {
  return block_at_work->shared_array(place, bytes);
}
void* dynamic_shared() { return block_at_work->dynamic_shared(); }

Registration::Registration(const HostKernel& kernel) { registry()[kernel.name] = kernel; }

const HostKernel* find_kernel(const char* name) {
  const auto found = registry().find(name);
  return found == registry().end() ? nullptr : &found->second;
}

void run_kernel(const HostKernel& kernel, const LaunchShape& shape, const void* parameters,
                uint64_t seed) {
  if (static_cast<int>(shape.block.x) > kernel.most_threads) {
    broken(kernel.name, "more threads in a block than it was compiled for");
  }
  Block block(kernel, shape, parameters);
  const std::vector<int> threads = draw_order(shape.block.x, seed, 1);
  for (const int i : draw_order(size_t{shape.grid.x} * shape.grid.y, seed, 2)) {
    const auto number = static_cast<unsigned>(i);
    block.run({number % shape.grid.x, number / shape.grid.x, 0}, threads);
  }
}

}  // namespace raddle::standin
