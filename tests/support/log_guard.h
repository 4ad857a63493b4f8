// SPDX-License-Identifier: Apache-2.0
// A test that logs a warning it did not announce fails. Announce one for the running test with
//   raddle::test::ExpectLog expect("part of the message");
// which also fails if nothing matching is logged before it goes out of scope.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/base/log.h"

namespace raddle::test {

struct LogRecord {
  std::mutex mutex;
  std::vector<std::string> unexpected;
  struct Expected {
    std::string part;
    int seen;
  };
  std::vector<Expected> expected;
  static LogRecord& get() {
    static LogRecord record;
    return record;
  }
};

inline void capture_log(void*, LogLevel level, std::string_view message) {
  if (level < LogLevel::kWarning) return;
  LogRecord& record = LogRecord::get();
  std::lock_guard lock(record.mutex);
  for (auto& expected : record.expected) {
    if (message.find(expected.part) != std::string_view::npos) {
      ++expected.seen;
      return;
    }
  }
  record.unexpected.emplace_back(message);
}

class ExpectLog {
 public:
  explicit ExpectLog(std::string part) : part_(std::move(part)) {
    std::lock_guard lock(LogRecord::get().mutex);
    LogRecord::get().expected.push_back({part_, 0});
  }
  ~ExpectLog() {
    std::lock_guard lock(LogRecord::get().mutex);
    auto& all = LogRecord::get().expected;
    const auto it = std::find_if(all.begin(), all.end(),
                                 [&](const LogRecord::Expected& e) { return e.part == part_; });
    EXPECT_GT(it->seen, 0) << "no log message contained: " << part_;
    all.erase(it);
  }
  ExpectLog(const ExpectLog&) = delete;
  ExpectLog& operator=(const ExpectLog&) = delete;

 private:
  std::string part_;
};

class LogGuard : public ::testing::EmptyTestEventListener {
  void OnTestStart(const ::testing::TestInfo&) override {
    set_log_sink(&capture_log, nullptr, LogLevel::kWarning);
    std::lock_guard lock(LogRecord::get().mutex);
    LogRecord::get().unexpected.clear();
  }
  void OnTestEnd(const ::testing::TestInfo&) override {
    set_log_sink(nullptr, nullptr, LogLevel::kError);
    std::lock_guard lock(LogRecord::get().mutex);
    for (const std::string& message : LogRecord::get().unexpected) {
      ADD_FAILURE() << "unexpected warning in the log: " << message;
    }
  }
};

}  // namespace raddle::test
