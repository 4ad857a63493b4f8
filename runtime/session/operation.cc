// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/operation.h"

#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "runtime/base/assert.h"
#include "runtime/base/thread.h"

namespace raddle::session {

namespace {

constexpr size_t kEventsMax = 256;
// Whoever cancels may be a signal handler, which can wake nobody.
constexpr std::chrono::milliseconds kBetweenLooks{20};

}  // namespace

StoredEvent::StoredEvent(const Event& event) : event_(event) {
  const auto keep = [](const auto*& pointer, auto& own) {
    if (pointer == nullptr) return;
    own = *pointer;
    pointer = &own;
  };
  keep(event_.metrics, metrics_);
  keep(event_.evaluation, evaluation_);
  keep(event_.path, path_);
  keep(event_.message, message_);
  text_ = event.text;
  event_.text = text_;
}

Operation::Operation(Surroundings surroundings, bool trains)
    : surroundings_(std::move(surroundings)),
      trains_(trains),
      of_others_(StopToken::either(surroundings_.stop.get(), surroundings_.end_of_session)),
      token_(StopToken::either(&own_, &of_others_)) {
  RADDLE_ASSERT(surroundings_.on_end != nullptr);
}

StatusOr<std::unique_ptr<Operation>> Operation::train(Surroundings surroundings) {
  std::unique_ptr<Operation> made(new Operation(std::move(surroundings), true));
  return start(std::move(made), "raddle-train", [](Operation& self) {
    const auto sink = [&](const Event& event) {
      self.put(event);
      return true;
    };
    RADDLE_ASSIGN_OR_RETURN(const TrainResult result,
                            self.surroundings_.session.train(sink, nullptr, &self.token_));
    self.trained_ = result;
    return Status::ok();
  });
}

StatusOr<std::unique_ptr<Operation>> Operation::generate(Surroundings surroundings,
                                                         std::vector<int32_t> prompt,
                                                         GenerateOptions options) {
  std::unique_ptr<Operation> made(new Operation(std::move(surroundings), false));
  return start(std::move(made), "raddle-generate",
               [prompt = std::move(prompt), options](Operation& self) {
                 int64_t count = 0;
                 const auto sink = [&](int32_t token, std::string_view text) {
                   Event event{.kind = Event::Kind::kToken};
                   event.step = ++count;
                   event.token = token;
                   event.text = text;
                   self.put(event);
                   return true;
                 };
                 RADDLE_ASSIGN_OR_RETURN(
                     const GenerateResult result,
                     self.surroundings_.session.generate(prompt, options, sink, &self.token_));
                 self.generated_ = result;
                 return Status::ok();
               });
}

StatusOr<std::unique_ptr<Operation>> Operation::start(std::unique_ptr<Operation> operation,
                                                      const char* thread_name, Work work) {
  Operation& self = *operation;
  RADDLE_ASSERT(!self.thread_.joinable());
  RADDLE_ASSIGN_OR_RETURN(
      self.thread_, start_thread(thread_name, [&self, work = std::move(work)] { self.run(work); }));
  return operation;
}

Operation::~Operation() {
  cancel();
  if (!thread_.joinable()) return;
  join().is_ok();
  thread_.join();
}

void Operation::run(const Work& work) {
  Status status = Status::ok();
  try {
    status = work(*this);
  } catch (const std::bad_alloc&) {
    status = Status(Code::kResourceExhausted, "out of memory");
  } catch (const std::exception& error) {
    status = internal_error("an exception ended an operation: {}", error.what());
  }
  // Before anybody learns of the end: what it ran on is then free again.
  surroundings_.on_end();
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
  ended_ = true;
  changed_.notify_all();
}

void Operation::put(const Event& event) {
  auto stored = std::make_unique<StoredEvent>(event);
  std::unique_lock lock(mutex_);
  RADDLE_ASSERT(!ended_);
  while (events_.size() >= kEventsMax && !drops_) {
    if (token_.is_cancelled()) return;  // the work ends by itself, and soon
    changed_.wait_for(lock, kBetweenLooks);
  }
  if (drops_) return;
  events_.push_back(std::move(stored));
  changed_.notify_all();
}

Operation::Polled Operation::poll(int64_t timeout_ms, std::unique_ptr<StoredEvent>* event) {
  std::unique_lock lock(mutex_);
  const auto ready = [&] { return !events_.empty() || ended_; };
  constexpr int64_t kForEver = int64_t{1} << 40;  // more, and the clock would overflow
  if (timeout_ms < 0 || timeout_ms > kForEver) {
    changed_.wait(lock, ready);
  } else if (!changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms), ready)) {
    return Polled::kNothing;
  }
  if (events_.empty()) return Polled::kEnd;
  *event = std::move(events_.front());
  events_.pop_front();
  changed_.notify_all();
  return Polled::kEvent;
}

Status Operation::join() {
  std::unique_lock lock(mutex_);
  drops_ = true;
  events_.clear();
  changed_.notify_all();
  changed_.wait(lock, [&] { return ended_; });
  return status_;
}

}  // namespace raddle::session
