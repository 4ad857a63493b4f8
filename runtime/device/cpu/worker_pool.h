// SPDX-License-Identifier: Apache-2.0
// The process's only compute threads. A region is a number of independent tasks; workers (the
// caller is worker 0) claim them one by one, so a slow core takes fewer. Which worker runs a task
// is not deterministic: a task's result must depend on its index alone.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::device {

class WorkerPool {
 public:
  // threads >= 1; threads - 1 are started and live until destruction. If one is started, it calls
  // beforehand(), which must not throw, before its first task, once all are there (a library
  // that is prepared meanwhile may end the process where threads took the last memory); the first
  // region waits for it. RESOURCE_EXHAUSTED: the system gives no more threads; those that were
  // started have ended.
  using Beforehand = std::function<void()>;
  static StatusOr<std::unique_ptr<WorkerPool>> create(int threads,
                                                      const Beforehand& beforehand = nullptr);
  // The same for tests and benches, which cannot go on without one.
  explicit WorkerPool(int threads, const Beforehand& beforehand = nullptr);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False in a child made by fork(): the threads stayed in its parent, and a region never ends.
  bool is_in_this_process() const { return process_ == ::getpid(); }
  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Runs body(task, worker) for task in [0, tasks), worker in [0, threads()). Returns when all are
  // done. Allocates nothing. One caller at a time; regions do not nest.
  template <class Body>
  void run(int64_t tasks, Body&& body) {
    using Plain = std::remove_reference_t<Body>;
    run_erased(tasks, const_cast<void*>(static_cast<const void*>(&body)),
               [](void* context, int64_t task, int worker) {
                 (*static_cast<Plain*>(context))(task, worker);
               });
  }

  // run() over [0, count) in chunks of at most `grain` elements: body(begin, end, worker).
  template <class Body>
  void run_chunks(int64_t count, int64_t grain, Body&& body) {
    const int64_t chunks = (count + grain - 1) / grain;
    run(chunks, [&](int64_t chunk, int worker) {
      const int64_t begin = chunk * grain;
      body(begin, begin + grain < count ? begin + grain : count, worker);
    });
  }

 private:
  WorkerPool() = default;
  Status start(int threads, const Beforehand& beforehand);
  using TaskFunction = void (*)(void* context, int64_t task, int worker);
  void run_erased(int64_t tasks, void* context, TaskFunction function);
  void work(int worker);
  void worker_main(int worker);

  enum class Started : uint8_t { kUnknown, kAll, kNotAll };
  void announce(Started started);
  bool all_started();

  std::vector<std::thread> workers_;
  TaskFunction function_ = nullptr;  // published by generation_
  void* context_ = nullptr;
  int64_t tasks_ = 0;
  alignas(64) std::atomic<int64_t> next_task_{0};
  alignas(64) std::atomic<uint32_t> generation_{0};
  alignas(64) std::atomic<int> busy_workers_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<Started> started_{Started::kUnknown};
  bool in_region_ = false;
  pid_t process_ = ::getpid();
};

}  // namespace raddle::device
