// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/cpu/worker_pool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <utility>

#include "runtime/base/assert.h"
#include "runtime/base/thread.h"

namespace raddle::device {
namespace {

// Regions follow each other within microseconds inside a step, so a worker spins about as long as a
// futex wake-up takes before it sleeps.
constexpr int kSpinsBeforeSleep = 4000;

void relax_core() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

}  // namespace

StatusOr<std::unique_ptr<WorkerPool>> WorkerPool::create(int threads,
                                                         const Beforehand& beforehand) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool);
  RADDLE_RETURN_IF_ERROR(pool->start(threads, beforehand));
  return pool;
}

WorkerPool::WorkerPool(int threads, const Beforehand& beforehand) {
  const Status started = start(threads, beforehand);
  RADDLE_ASSERT(started.is_ok());
}

Status WorkerPool::start(int threads, const Beforehand& beforehand) {
  RADDLE_ASSERT(threads >= 1);
  workers_.reserve(static_cast<size_t>(threads - 1));
  for (int worker = 1; worker < threads; ++worker) {
    auto started = start_thread(fmt::format("raddle-{}", worker),
                                [this, worker, first = worker == 1 ? beforehand : nullptr] {
                                  if (first != nullptr && all_started()) first();
                                  worker_main(worker);
                                });
    if (!started.is_ok()) {
      announce(Started::kNotAll);
      return resource_exhausted(
          "worker thread {} of {}: {}; lower runtime.threads, or raise the limits on threads "
          "(ulimit -u, pids.max of the control group) and address space (ulimit -v)",
          worker, threads - 1, started.status().message());
    }
    workers_.push_back(std::move(started).value());
  }
  announce(Started::kAll);
  return Status::ok();
}

void WorkerPool::announce(Started started) {
  started_.store(started, std::memory_order_release);
  started_.notify_all();
}

bool WorkerPool::all_started() {
  started_.wait(Started::kUnknown, std::memory_order_acquire);
  return started_.load(std::memory_order_acquire) == Started::kAll;
}

WorkerPool::~WorkerPool() {
  if (!is_in_this_process()) {  // nobody would ever end
    for (std::thread& worker : workers_) worker.detach();
    return;
  }
  stopping_.store(true, std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void WorkerPool::run_erased(int64_t tasks, void* context, TaskFunction function) {
  RADDLE_ASSERT(!in_region_);
  if (tasks <= 0) return;
  if (workers_.empty() || tasks == 1) {
    for (int64_t task = 0; task < tasks; ++task) function(context, task, 0);
    return;
  }
  in_region_ = true;
  function_ = function;
  context_ = context;
  tasks_ = tasks;
  next_task_.store(0, std::memory_order_relaxed);
  busy_workers_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  work(0);
  for (int spins = 0; busy_workers_.load(std::memory_order_acquire) != 0; ++spins) {
    // On an oversubscribed machine the last worker may not be running: give it this core.
    if (spins < kSpinsBeforeSleep) {
      relax_core();
    } else {
      std::this_thread::yield();
    }
  }
  in_region_ = false;
}

void WorkerPool::work(int worker) {
  while (true) {
    const int64_t task = next_task_.fetch_add(1, std::memory_order_relaxed);
    if (task >= tasks_) return;
    function_(context_, task, worker);
  }
}

void WorkerPool::worker_main(int worker) {
  uint32_t seen = 0;
  while (true) {
    int spins = 0;
    while (generation_.load(std::memory_order_acquire) == seen) {
      if (++spins < kSpinsBeforeSleep) {
        relax_core();
      } else {
        generation_.wait(seen, std::memory_order_acquire);
      }
    }
    ++seen;
    if (stopping_.load(std::memory_order_relaxed)) return;
    work(worker);
    busy_workers_.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace raddle::device
