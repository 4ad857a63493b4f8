// SPDX-License-Identifier: Apache-2.0
// A stream with a thread of its own: the caller queues and goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "runtime/base/random.h"
#include "runtime/device/guarded/guarded_device.h"
#include "runtime/device/guarded/guarded_memory.h"

namespace raddle::device {

// How often it was recorded, and the last of those that are over.
class GuardedEvent final : public Event {
 public:
  int64_t record();
  int64_t recorded() const;
  void over(int64_t number);
  // Until that recording is over. As Stream::finish().
  Status wait(int64_t number, const StopToken* stop, int64_t timeout_ns) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int64_t recorded_ = 0, over_ = 0;
};

class GuardedStream final : public Stream {
 public:
  GuardedStream(WorkerPool& pool, std::shared_ptr<GuardedMemory> memory,
                const GuardedOptions& options, uint64_t number);
  ~GuardedStream() override;  // when all that was queued is done
  WorkerPool& pool() override { return pool_; }
  Status launch(const Work& work) override;
  Status copy(std::byte* to, const std::byte* from, size_t bytes) override;
  Status record(Event& event) override;
  Status wait(const Event& event) override;
  Status tag(TagWord& word, int64_t step, StepPhase phase) override;
  Status finish(const StopToken* stop, int64_t timeout_ns) override;

 private:
  struct Task {
    std::function<Status()> run;
    bool in_any_case;  // after an error too: others wait for it
  };
  Status queue(std::function<Status()> run, bool in_any_case = false);
  void run();

  WorkerPool& pool_;
  const std::shared_ptr<GuardedMemory> memory_;
  const GuardedOptions options_;
  RandomStream delays_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> tasks_;
  Status error_;  // of the first task that failed; those behind it are left out
  bool busy_ = false, ending_ = false;
  std::thread thread_;
};

}  // namespace raddle::device
