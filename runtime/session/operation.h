// SPDX-License-Identifier: Apache-2.0
// Operation: a session's train() or generate() on a thread of its own. What happens waits in a
// queue for whoever polls; when that is full the work waits, so nothing is lost.
#pragma once

#include <unistd.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/stop_token.h"
#include "runtime/session/session.h"

namespace raddle::session {

// An Event that owns what it points to.
class StoredEvent {
 public:
  explicit StoredEvent(const Event& event);
  StoredEvent(const StoredEvent&) = delete;
  StoredEvent& operator=(const StoredEvent&) = delete;
  const Event& event() const { return event_; }

 private:
  Event event_;
  StepMetrics metrics_;
  Evaluation evaluation_;
  std::string path_, message_, text_;
};

class Operation {
 public:
  // The session stays until `on_end` is called, by the operation's thread when the work is over.
  // `stop` and `end_of_session` may be null.
  struct Surroundings {
    Session& session;
    std::shared_ptr<StopToken> stop;
    StopToken* end_of_session = nullptr;
    std::function<void()> on_end;
  };
  static StatusOr<std::unique_ptr<Operation>> train(Surroundings surroundings);
  static StatusOr<std::unique_ptr<Operation>> generate(Surroundings surroundings,
                                                       std::vector<int32_t> prompt,
                                                       GenerateOptions options);
  // Cancels what runs, and waits for it.
  ~Operation();
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;

  enum class Polled { kEvent, kNothing, kEnd };
  // The next event, in order; kNothing after `timeout_ms` without one (below 0: waits for ever),
  // kEnd when there will be none. One thread at a time.
  Polled poll(int64_t timeout_ms, std::unique_ptr<StoredEvent>* event);
  // Waits for the end; events that nobody took are dropped.
  Status join();
  // After join() succeeded; absent: it was the other kind.
  const std::optional<TrainResult>& trained() const { return trained_; }
  const std::optional<GenerateResult>& generated() const { return generated_; }
  bool trains() const { return trains_; }

  void cancel() { own_.cancel(); }  // from any thread
  // False in a child made by fork(): the thread stayed in its parent, and there is no end to wait
  // for.
  bool is_in_this_process() const { return process_ == ::getpid(); }

 private:
  using Work = std::function<Status(Operation&)>;
  Operation(Surroundings surroundings, bool trains);
  static StatusOr<std::unique_ptr<Operation>> start(std::unique_ptr<Operation> operation,
                                                    const char* thread_name, Work work);
  void run(const Work& work);
  void put(const Event& event);

  Surroundings surroundings_;
  const bool trains_;
  StopToken own_;
  StopToken of_others_, token_;  // the caller's and the session's; all

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<StoredEvent>> events_;
  bool drops_ = false, ended_ = false;
  Status status_ = Status::ok();
  std::optional<TrainResult> trained_;
  std::optional<GenerateResult> generated_;
  std::thread thread_;
  const pid_t process_ = ::getpid();
};

}  // namespace raddle::session
