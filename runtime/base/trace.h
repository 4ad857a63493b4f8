// SPDX-License-Identifier: Apache-2.0
// Chrome/Perfetto trace events. A recorder has a fixed number of slots, so recording inside a step
// allocates nothing; when it is full, further events are dropped and counted in the file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/base/status.h"

namespace raddle {

// How every file of to_json() begins: by this one is known from other people's.
inline constexpr std::string_view kTraceHead =
    "{\"producer\":\"raddle\",\"displayTimeUnit\":\"ms\",";

class TraceRecorder {
 public:
  explicit TraceRecorder(size_t capacity) { events_.reserve(capacity); }

  // `name` must outlive the recorder (plan instruction names do). Not thread safe: the step's
  // thread.
  void record(const char* name, const char* category, int64_t begin_ns, int64_t end_ns) {
    if (events_.size() < events_.capacity()) {
      events_.push_back({name, category, begin_ns, end_ns});
    } else {
      ++dropped_;
    }
  }
  size_t size() const { return events_.size(); }
  std::string to_json() const;

 private:
  struct Event {
    const char* name;
    const char* category;
    int64_t begin_ns, end_ns;
  };
  std::vector<Event> events_;
  int64_t dropped_ = 0;
};

// Records from its beginning to its end; nothing without a recorder.
class TraceSpan {
 public:
  TraceSpan(TraceRecorder* trace, const char* name, const char* category)
      : trace_(trace),
        name_(name),
        category_(category),
        begin_ns_(trace != nullptr ? now_ns() : 0) {}
  ~TraceSpan() {
    if (trace_ != nullptr) trace_->record(name_, category_, begin_ns_, now_ns());
  }
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

 private:
  TraceRecorder* const trace_;
  const char* const name_;
  const char* const category_;
  const int64_t begin_ns_;
};

}  // namespace raddle
