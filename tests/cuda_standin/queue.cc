// SPDX-License-Identifier: Apache-2.0
#include "tests/cuda_standin/queue.h"

#include <signal.h>

#include "tests/cuda_standin/state.h"

namespace raddle::standin {

int64_t Point::record() {
  const std::lock_guard lock(mutex_);
  return ++recorded_;
}
int64_t Point::recorded() const {
  const std::lock_guard lock(mutex_);
  return recorded_;
}
void Point::reached(int64_t number) {
  const std::lock_guard lock(mutex_);
  reached_ = std::max(reached_, number);
  changed_.notify_all();
}
bool Point::is_over() const {
  const std::lock_guard lock(mutex_);
  return reached_ == recorded_;
}
void Point::wait(int64_t number) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return reached_ >= number; });
}

Queue::Queue() {
  // Signals are for the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Queue::~Queue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void Queue::add(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  changed_.notify_all();
}

bool Queue::is_idle() {
  const std::lock_guard lock(mutex_);
  return tasks_.empty() && !busy_;
}

void Queue::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    busy_ = true;
    lock.unlock();
    State::get().delay();
    task();
    lock.lock();
    busy_ = false;
  }
}

}  // namespace raddle::standin
