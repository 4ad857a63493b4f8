// SPDX-License-Identifier: Apache-2.0
// Threads, callbacks that fail, re-entry, and what outlives what.
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bindings/cpp/tests/check.h"

using raddle::Event;
using raddle::Session;
using Clock = std::chrono::steady_clock;

namespace {

Session session_of(const std::string& name, int steps) {
  return Session::create(fixture::context(), fixture::config(fixture::folder(name), steps)).value();
}

constexpr int kForEver = 10000000;

std::int64_t peak_kib() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Resident now, unlike peak_kib().
std::int64_t resident_kib() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t all = 0, resident = 0;
  statm >> all >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

bool is_sanitized() {  // then what is freed stays resident for a while
  const char* set = std::getenv("RADDLE_SANITIZED");
  return set != nullptr && std::string_view(set) == "1";
}

struct Mine : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <typename Call>
std::string thrown_by(Call&& call) {
  try {
    call();
  } catch (const Mine& mine) {
    return mine.what();
  }
  return "nothing";
}

}  // namespace

TEST(another_thread_cancels) {
  auto session = session_of("cancel", kForEver);
  const raddle::Stop stop;
  Clock::time_point asked;
  std::thread other([&asked, stop] {
    while (stop.done() < 3) std::this_thread::yield();
    asked = Clock::now();
    stop.cancel();
  });
  const auto result = session.train(stop);
  const auto took = Clock::now() - asked;
  other.join();
  CHECK_ERROR(result, kCancelled, "");
  CHECK(took < std::chrono::seconds(2));
  CHECK(session.info()->steps_done >= 3);
}

TEST(another_thread_requests_a_stop_of_work_in_the_background) {
  auto session = session_of("request", kForEver);
  const raddle::Stop stop;
  auto training = session.train_in_background(stop).value();
  CHECK_ERROR(session.step_on_data(), kFailedPrecondition, "session");
  std::int64_t steps = 0;
  for (const Event& event : training) {
    steps = event.step();
    if (steps == 2) std::thread([stop] { stop.request(); }).join();
  }
  const auto result = training.join().value();
  CHECK(result.stopped == 1 && result.steps_done == steps && steps >= 2);
  CHECK(training.join()->steps_done == steps);
  CHECK(training.poll(std::chrono::milliseconds(0))->kind() == raddle::EventKind::kEnd);
  CHECK(session.step_on_data()->step == steps + 1);
}

TEST(a_loop_over_events_may_be_left) {
  auto session = session_of("left", kForEver);
  {
    auto training = session.train_in_background().value();
    for (const Event& event : training) {
      if (event.step() == 2) break;
    }
    std::int64_t next = 0;
    for (const Event& event : training) {
      next = event.step();
      break;
    }
    CHECK(next == 3);
    CHECK(training.poll(std::chrono::milliseconds(-1))->step() == 4);
  }  // cancelled and waited for
  CHECK(session.step_on_data().ok());
  auto training = session.train_in_background().value();
  const auto kept = std::make_unique<Session>(std::move(session));
  auto moved = std::move(training);
  CHECK(moved.begin()->kind() == raddle::EventKind::kStep);
}

TEST(a_loop_that_is_refused_ends_and_join_says_why) {
  auto session = session_of("refused", kForEver);
  const raddle::Stop stop;
  auto training = session.train_in_background(stop).value();
  raddle::Status joined;
  std::thread other([&joined, operation = training.c()] {
    do {  // it is refused while the loop waits
      joined = raddle::Status(raddle_operation_join(operation, nullptr, nullptr));
    } while (joined.code() == raddle::Code::kFailedPrecondition);
  });
  for (const Event& event : training) {
    static_cast<void>(event);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  stop.cancel();
  other.join();
  CHECK_ERROR(joined, kCancelled, "");
  CHECK_ERROR(training.join(), kFailedPrecondition, "operation");
}

TEST(work_in_the_background_outlives_its_session) {
  std::optional<Session> session(session_of("outlived", kForEver));
  auto training = session->train_in_background().value();
  CHECK(training.begin() != training.end());
  session.reset();
  for (const Event& event : training) static_cast<void>(event);
  CHECK_ERROR(training.join(), kCancelled, "");
}

TEST(exceptions_of_callbacks_come_out_as_themselves) {
  auto session = session_of("thrown", 20);
  CHECK(thrown_by([&] {
          session
              .train([](const Event& event) {
                if (event.step() == 2) throw Mine("in an event");
              })
              .value();
        }) == "in an event");
  CHECK(session.info()->steps_done == 2);
  const auto tokens = fixture::tokens(16);
  CHECK(thrown_by([&] {
          session
              .train_on([&](std::int64_t step, std::int64_t) {
                if (step == 4) throw Mine("in a source");
                return raddle::Batch{tokens};
              })
              .value();
        }) == "in a source");
  CHECK(thrown_by([&] {
          session.generate(tokens, [](const raddle::Token&) { throw Mine("in a token"); }).value();
        }) == "in a token");
  CHECK(session.train()->steps_done == 20);
}

TEST(calls_into_a_busy_session_are_refused) {
  const auto home = fixture::folder("busy");
  auto session = session_of("busy-too", 3);
  const auto tokens = fixture::tokens(16);
  int seen = 0;
  session
      .train([&](const Event& event) {
        if (event.step() != 2 || seen++ != 0) return;
        CHECK_ERROR(session.train(), kFailedPrecondition, "session");
        CHECK_ERROR(session.step_tokens({tokens}), kFailedPrecondition, "session");
        CHECK(session.info()->steps_done == 2);
        CHECK(session.save(home / "saved").ok());
        raddle::GenerateOptions options;
        options.max_tokens = 2;
        CHECK(session
                  .generate(
                      tokens, [](const raddle::Token&) {}, options)
                  ->token_count == 2);
        std::thread([&] {
          CHECK_ERROR(session.evaluate(), kFailedPrecondition, "session");
        }).join();
      })
      .value();
  CHECK(seen >= 1);
}

TEST(a_callback_may_destroy_its_session) {
  std::optional<Session> session(session_of("destroyed", kForEver));
  const auto result = session->train([&](const Event& event) {
    if (event.step() == 2) session.reset();
  });
  CHECK_ERROR(result, kCancelled, "");
  CHECK(!session.has_value());
}

TEST(a_tensor_outlives_session_and_context) {
  std::optional<Session> session(session_of("tensor", 2));
  session->train().value();
  const std::string name = session->tensor_names().front();
  std::vector<float> copy(session->tensor(name)->values().size());
  session->read_tensor(name, copy).or_throw();
  auto made = session->tensor(name).value();
  const raddle::Span<float> values = made.values();
  session.reset();
  const auto tensor = std::move(made);
  CHECK(std::equal(copy.begin(), copy.end(), values.begin(), values.end()));
  CHECK(made.values().empty() && made.dims().empty());
  tensor.values()[0] = 1;
  CHECK(values[0] == 1);
}

TEST(what_is_made_with_a_context_keeps_it) {
  std::optional<raddle::Context> context(fixture::context());
  const auto config = fixture::config(fixture::folder("kept"), 2);
  auto session = Session::create(*context, config).value();
  auto plan = raddle::Plan::create(*context, config).value();
  auto tokenizer = raddle::Tokenizer::open(*context, "bytes").value();
  context.reset();
  CHECK(session.train()->steps_done == 2 && plan.explain().ok() && tokenizer.encode("a").ok());
}

TEST(two_sessions_train_in_two_threads) {
  std::vector<double> losses[2];
  const auto run = [&](int which) {
    auto session = session_of("two-" + std::to_string(which), 6);
    session
        .train([&](const Event& event) {
          if (const auto metrics = event.metrics()) losses[which].push_back(metrics->loss);
        })
        .value();
  };
  std::thread other(run, 1);
  run(0);
  other.join();
  CHECK(losses[0].size() == 6 && losses[0] == losses[1]);
}

TEST(two_hundred_sessions_leave_nothing_behind) {
  const auto context = fixture::context();
  const auto config = fixture::config(fixture::folder("many"), 1);
  std::int64_t before = 0;
  for (int i = 0; i < 200; ++i) {
    auto session = Session::create(context, config).value();
    if (i % 20 == 0) session.train().value();
    if (i == 40) before = resident_kib();
  }
  CHECK(is_sanitized() || resident_kib() - before < 2048);
}

TEST(a_hundred_megabytes_of_tokens_are_refused_without_a_copy) {
  auto session = session_of("large", 2);
  const std::vector<std::int32_t> tokens(25 * 1024 * 1024, 'a');
  const std::int64_t before = peak_kib();
  CHECK_ERROR(session.step_tokens({tokens}), kInvalidArgument, "26214400");
  CHECK_ERROR(session.step({{tokens}}), kInvalidArgument, "26214400");
  CHECK_ERROR(session.train_on([&](auto, auto) { return raddle::Batch{tokens}; }), kInvalidArgument,
              "26214400");
  CHECK(is_sanitized() || peak_kib() - before < 4096);
  CHECK(session.step_on_data()->step == 1);
}
