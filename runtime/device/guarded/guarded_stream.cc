// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/guarded/guarded_stream.h"

#include <chrono>
#include <cstring>

#include "runtime/base/clock.h"

namespace raddle::device {
namespace {

// Waits for `done` under the lock, looking at `stop` now and then.
template <class Done>
Status wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& changed,
                  const StopToken* stop, int64_t timeout_ns, const Done& done) {
  const int64_t begin = now_ns();
  while (!done()) {
    if (stop != nullptr && stop->is_set()) {
      return cancelled("stopped on request while the device was at work");
    }
    if (timeout_ns > 0 && now_ns() - begin > timeout_ns) {
      return unavailable("the guarded device was not done within {} ms", timeout_ns / 1000000)
          .with_scope(Scope::kDevice);
    }
    changed.wait_for(lock, std::chrono::milliseconds(1));
  }
  return Status::ok();
}

}  // namespace

int64_t GuardedEvent::record() {
  const std::lock_guard lock(mutex_);
  return ++recorded_;
}

int64_t GuardedEvent::recorded() const {
  const std::lock_guard lock(mutex_);
  return recorded_;
}

void GuardedEvent::over(int64_t number) {
  const std::lock_guard lock(mutex_);
  over_ = std::max(over_, number);
  changed_.notify_all();
}

Status GuardedEvent::wait(int64_t number, const StopToken* stop, int64_t timeout_ns) const {
  std::unique_lock lock(mutex_);
  return wait_until(lock, changed_, stop, timeout_ns, [&] { return over_ >= number; });
}

GuardedStream::GuardedStream(WorkerPool& pool, std::shared_ptr<GuardedMemory> memory,
                             const GuardedOptions& options, uint64_t number)
    : pool_(pool),
      memory_(std::move(memory)),
      options_(options),
      delays_(options.seed, number),
      thread_([this] { run(); }) {}

GuardedStream::~GuardedStream() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void GuardedStream::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    if (!error_.is_ok() && !task.in_any_case) continue;
    busy_ = true;
    lock.unlock();
    if (options_.delay_us_max > 0) {
      const uint64_t delay = delays_.below(static_cast<uint64_t>(options_.delay_us_max) + 1);
      std::this_thread::sleep_for(std::chrono::microseconds(delay));
    }
    Status status = task.run();
    lock.lock();
    busy_ = false;
    if (!status.is_ok() && error_.is_ok()) {
      error_ = std::move(status).with_scope(Scope::kDevice);
    }
    changed_.notify_all();
  }
}

Status GuardedStream::queue(std::function<Status()> run, bool in_any_case) {
  const std::lock_guard lock(mutex_);
  if (!error_.is_ok() && !in_any_case) return error_;
  tasks_.push_back({std::move(run), in_any_case});
  changed_.notify_all();
  return Status::ok();
}

Status GuardedStream::launch(const Work& work) {
  return queue([this, &work] {
    const GuardedMemory::Opening opening(*memory_, work.ranges());
    return work.run(*this);
  });
}

Status GuardedStream::copy(std::byte* to, const std::byte* from, size_t bytes) {
  return queue([this, to, from, bytes] {
    const Range ranges[] = {{to, bytes, true}, {const_cast<std::byte*>(from), bytes, false}};
    const GuardedMemory::Opening opening(*memory_, ranges);
    if (bytes > 0) std::memcpy(to, from, bytes);
    return Status::ok();
  });
}

Status GuardedStream::record(Event& event) {
  auto& one = static_cast<GuardedEvent&>(event);
  const auto over = [&one, number = one.record()] {
    one.over(number);
    return Status::ok();
  };
  return queue(over, true);
}

Status GuardedStream::wait(const Event& event) {
  const auto& one = static_cast<const GuardedEvent&>(event);
  return queue([&one, number = one.recorded()] { return one.wait(number, nullptr, 0); }, true);
}

Status GuardedStream::tag(TagWord& word, int64_t step, StepPhase phase) {
  return queue([&word, step, phase] {
    word.set(step, phase);
    return Status::ok();
  });
}

Status GuardedStream::finish(const StopToken* stop, int64_t timeout_ns) {
  std::unique_lock lock(mutex_);
  RADDLE_RETURN_IF_ERROR(
      wait_until(lock, changed_, stop, timeout_ns, [&] { return tasks_.empty() && !busy_; }));
  return error_;
}

}  // namespace raddle::device
