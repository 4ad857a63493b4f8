// SPDX-License-Identifier: Apache-2.0
// A stream: a queue of work on a device, done in the order in which it was given. The CPU's does
// each piece before the call returns; another device's call only queues it. What one stream does
// is ordered against another by events alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/device/tag_word.h"

namespace raddle::device {

class Stream;
class WorkerPool;

// Bytes that a piece of work touches.
struct Range {
  std::byte* begin = nullptr;
  size_t bytes = 0;
  bool written = false;
};

// A kernel with its arguments, type erased. Owned by who queues it, until the stream is through it.
class Work {
 public:
  virtual ~Work() = default;
  virtual Status run(Stream& stream) const = 0;
  // All memory of the device that run() touches.
  virtual std::span<const Range> ranges() const = 0;
};

// A point in a stream's work. Made by a device, for its streams.
class Event {
 public:
  virtual ~Event() = default;
};

class Stream {
 public:
  virtual ~Stream() = default;
  // What kernels that are host code spread their tasks over.
  virtual WorkerPool& pool() = 0;

  // Each queues, and returns the error of what is done already, if any: nothing that is queued
  // behind an error is done.
  virtual Status launch(const Work& work) = 0;
  // The same work as one piece, to be launched again and again: cheaper than one by one where
  // launching costs. Nothing of it is done now. Null where nothing is gained. `work` is borrowed
  // for as long as the result lives.
  virtual StatusOr<std::unique_ptr<Work>> capture(std::span<const Work* const> work);
  // `to` and `from` do not overlap. Memory of the device or of the host.
  virtual Status copy(std::byte* to, const std::byte* from, size_t bytes) = 0;
  // The event is over when all that was queued before it is. An event that was recorded again
  // stands for the later point.
  virtual Status record(Event& event) = 0;
  // What is queued from now on begins when the event is over; at once if it was never recorded.
  virtual Status wait(const Event& event) = 0;
  // Sets the word when all that was queued before is done.
  virtual Status tag(TagWord& word, int64_t step, StepPhase phase) = 0;
  // The caller waits until all is done. CANCELLED if `stop` (may be null) is set before,
  // UNAVAILABLE of scope device after `timeout_ns` (0: never); what is queued stays queued.
  virtual Status finish(const StopToken* stop, int64_t timeout_ns) = 0;
};

inline StatusOr<std::unique_ptr<Work>> Stream::capture(std::span<const Work* const>) {
  return std::unique_ptr<Work>();
}

}  // namespace raddle::device
