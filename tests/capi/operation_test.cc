// SPDX-License-Identifier: Apache-2.0
// Training and generating that is polled: every event once and in order, an end that is waited for,
// and a session that is busy meanwhile.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;
using Clock = std::chrono::steady_clock;

class Operation : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    text_path = ::testing::TempDir() + "raddle_operation_" + std::to_string(getpid()) + ".txt";
    std::ofstream out(text_path);
    for (int64_t i = 0; i < 4000; ++i)
      out << "the weaver counts " << i * 7919 % 997 << " threads\n";
    out.close();
    ABI_OK(raddle_config_create(&config));
    const char* const options[][2] = {{"model.layers", "1"},
                                      {"model.width", "32"},
                                      {"model.heads", "2"},
                                      {"model.context", "2048"},
                                      {"runtime.threads", "1"},
                                      {"train.eval_interval", "10"},
                                      {"train.eval_batches", "1"},
                                      {"data.tokenizer", "bytes"},
                                      {"train.micro_batch_tokens", "64"},
                                      {"data.path", text_path.c_str()},
                                      {"data.sequence_length", "64"}};
    for (const auto& option : options) ABI_OK(raddle_config_set(config, option[0], option[1]));
  }
  void TearDown() override {
    raddle_operation_destroy(&operation);
    raddle_session_destroy(&session);
    raddle_config_destroy(&config);
    std::filesystem::remove(text_path);
    ContextTest::TearDown();
  }
  void create(const char* steps, raddle_session_t** out) {
    ABI_OK(raddle_config_set(config, "train.steps", steps));
    ABI_OK(raddle_session_create(context, config, nullptr, nullptr, out));
  }
  // The kind of the next event; what it points to is checked by the caller through `event`.
  raddle_event_kind_t next(int64_t timeout_ms = -1) {
    EXPECT_EQ(abi_test::take(raddle_operation_poll(operation, timeout_ms, &event)).code, RADDLE_OK);
    return event->kind;
  }
  void start_generating(int64_t tokens, raddle_stop_t* stop) {
    raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
    options.max_tokens = tokens;
    options.ignore_end = 1;
    const int32_t prompt[] = {'t', 'h', 'e'};
    ABI_OK(raddle_session_generate_start(session, prompt, 3, &options, stop, &operation));
  }

  std::string text_path;  // of what is trained on
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  raddle_operation_t* operation = nullptr;
  const raddle_event_t* event = nullptr;
};

TEST_F(Operation, AllEventsOfATrainingInOrder) {
  create("600", &session);  // more than the queue holds
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // it fills
  int64_t steps = 0, evaluations = 0;
  double last_loss = 0;
  while (next() != RADDLE_EVENT_END) {
    EXPECT_EQ(event->steps_total, 600);
    if (event->kind == RADDLE_EVENT_STEP) {
      ASSERT_EQ(event->metrics->step, ++steps);
      last_loss = event->metrics->loss;
    } else if (event->kind == RADDLE_EVENT_EVALUATION) {
      ++evaluations;
      EXPECT_EQ(event->evaluation->step, steps);
      EXPECT_EQ(event->step, 10 * evaluations);
    }
  }
  EXPECT_EQ(steps, 600);
  EXPECT_EQ(evaluations, 60);
  EXPECT_LT(last_loss, 5);
  EXPECT_EQ(next(), RADDLE_EVENT_END);
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  for (int i = 0; i < 2; ++i) ABI_OK(raddle_operation_join(operation, &result, nullptr));
  EXPECT_EQ(result.steps_done, 600);
  EXPECT_EQ(result.stopped, 0);
  raddle_generate_result_t other = RADDLE_GENERATE_RESULT_INIT;
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "trains",
            raddle_operation_join(operation, nullptr, &other));
}

TEST_F(Operation, TokensAreThoseOfTheCall) {
  create("10", &session);
  std::vector<int32_t> called, polled;
  std::string called_text, polled_text;
  std::pair<std::vector<int32_t>*, std::string*> both = {&called, &called_text};
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  options.max_tokens = 300;
  options.ignore_end = 1;
  const int32_t prompt[] = {'t', 'h', 'e'};
  ABI_OK(raddle_session_generate(
      session, prompt, 3, &options, nullptr, nullptr,
      [](void* user_data, int32_t token, const char* text, size_t text_bytes) -> int32_t {
        auto* out = static_cast<decltype(both)*>(user_data);
        out->first->push_back(token);
        out->second->append(text, text_bytes);
        return 0;
      },
      &both));
  start_generating(300, nullptr);
  while (next() != RADDLE_EVENT_END) {
    ASSERT_EQ(event->kind, RADDLE_EVENT_TOKEN);
    polled.push_back(event->token);
    polled_text.append(event->text, event->text_bytes);
    EXPECT_EQ(event->step, static_cast<int64_t>(polled.size()));
  }
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  ABI_OK(raddle_operation_join(operation, nullptr, &result));
  EXPECT_EQ(result.token_count, 300);
  EXPECT_EQ(polled, called);
  EXPECT_EQ(polled_text, called_text);
}

TEST_F(Operation, PollingWaitsAsLongAsItIsTold) {
  create("1000000", &session);
  raddle_stop_t* stop = nullptr;
  ABI_OK(raddle_stop_create(&stop));
  ABI_OK(raddle_session_train_start(session, stop, &operation));
  int64_t last = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_NE(next(), RADDLE_EVENT_NONE);
    last = event->step;
  }
  raddle_stop_request(stop);  // perhaps before anything more happens
  while (next(1000) != RADDLE_EVENT_END) {
    ASSERT_NE(event->kind, RADDLE_EVENT_NONE);
    last = event->step;
  }
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  ABI_OK(raddle_operation_join(operation, &result, nullptr));
  EXPECT_EQ(result.stopped, 1);
  EXPECT_EQ(result.steps_done, last) << "an event was lost";
  raddle_stop_destroy(&stop);
}

TEST_F(Operation, NothingComesWithinNoTime) {
  create("10", &session);
  start_generating(2000, nullptr);
  int none = 0;
  const auto begin = Clock::now();
  while (next(0) != RADDLE_EVENT_END) none += event->kind == RADDLE_EVENT_NONE ? 1 : 0;
  EXPECT_GT(none, 0);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(60));
}

TEST_F(Operation, TheSessionIsBusyUntilTheEnd) {
  create("1000000", &session);
  raddle_stop_t* stop = nullptr;
  ABI_OK(raddle_stop_create(&stop));
  ABI_OK(raddle_session_train_start(session, stop, &operation));
  const char* const way = "the operation of raddle_session_train_start(), which has not ended";
  raddle_operation_t* second = nullptr;
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, way, raddle_session_train_start(session, stop, &second));
  EXPECT_EQ(second, nullptr);
  const int32_t prompt[] = {1};
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
            raddle_session_generate_start(session, prompt, 1, nullptr, stop, &second));
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, way, raddle_session_get_info(session, &info));
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, way, raddle_session_save(session, "x", nullptr, nullptr));
  raddle_stop_cancel(stop);
  ABI_FAILS(RADDLE_CANCELLED, "", raddle_operation_join(operation, nullptr, nullptr));
  ABI_OK(raddle_session_get_info(session, &info));
  ABI_OK(raddle_session_step_on_data(session, nullptr, nullptr));
  raddle_stop_destroy(&stop);
}

TEST_F(Operation, DestroyingEndsWhatRuns) {
  create("1000000", &session);
  for (int i = 0; i < 5; ++i) {
    ABI_OK(raddle_session_train_start(session, nullptr, &operation));
    std::this_thread::sleep_for(std::chrono::milliseconds(i * 60));  // the queue is full at last
    const auto begin = Clock::now();
    raddle_operation_destroy(&operation);
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(1));
    EXPECT_EQ(operation, nullptr);
    ABI_OK(raddle_session_step_on_data(session, nullptr, nullptr));
  }
  raddle_operation_destroy(&operation);
  raddle_operation_destroy(nullptr);
}

TEST_F(Operation, TheSessionMayGoFirst) {
  create("1000000", &session);
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  raddle_session_destroy(&session);
  ABI_FAILS(RADDLE_CANCELLED, "", raddle_operation_join(operation, nullptr, nullptr));
}

TEST_F(Operation, ErrorsComeWithTheJoin) {
  ABI_OK(raddle_config_set(config, "data.path", ""));
  create("10", &session);
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  EXPECT_EQ(next(), RADDLE_EVENT_END);
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "data.path",
            raddle_operation_join(operation, nullptr, nullptr));
}

TEST_F(Operation, FourThreadsPollOne) {
  create("400", &session);
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  std::atomic<int64_t> steps{0}, sum{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (bool ended = false; !ended;) {
        const raddle_event_t* mine = nullptr;
        const auto outcome = abi_test::take(raddle_operation_poll(operation, 10, &mine));
        if (outcome.code == RADDLE_FAILED_PRECONDITION) {
          std::this_thread::yield();
          continue;
        }
        ASSERT_EQ(outcome.code, RADDLE_OK) << outcome.message;
        ended = mine->kind == RADDLE_EVENT_END;
        if (mine->kind != RADDLE_EVENT_STEP) continue;
        ++steps;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(steps, 400);
}

TEST_F(Operation, FourSessionsOnFourThreads) {
  std::vector<std::thread> threads;
  std::atomic<int> whole{0};
  raddle_session_t* sessions[4] = {};
  for (auto& one : sessions) create("50", &one);
  for (raddle_session_t*& one : sessions) {
    threads.emplace_back([&] {
      raddle_operation_t* mine = nullptr;
      ABI_OK(raddle_session_train_start(one, nullptr, &mine));
      int64_t steps = 0;
      const raddle_event_t* seen = nullptr;
      do {
        ABI_OK(raddle_operation_poll(mine, -1, &seen));
        steps += seen->kind == RADDLE_EVENT_STEP ? 1 : 0;
      } while (seen->kind != RADDLE_EVENT_END);
      if (steps == 50) ++whole;
      raddle_operation_destroy(&mine);
      raddle_session_destroy(&one);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(whole, 4);
}

// The callback form, for what is saved there must be as good as what the loop saves.
TEST_F(Operation, ACallbackOfATrainingMayLookGenerateAndSave) {
  const std::string saved =
      ::testing::TempDir() + "raddle_operation_saved_" + std::to_string(getpid());
  std::filesystem::remove_all(saved);
  create("30", &session);
  struct Mine {
    raddle_session_t* session;
    const char* path;
    double loss = 0;
  } mine = {session, saved.c_str()};
  ABI_OK(raddle_session_train(
      session, nullptr, nullptr,
      [](void* user_data, const raddle_event_t* given) -> int32_t {
        auto* at = static_cast<Mine*>(user_data);
        if (given->kind == RADDLE_EVENT_EVALUATION && given->step == 10) {
          at->loss = given->evaluation->loss;
        }
        if (given->kind != RADDLE_EVENT_STEP || given->step != 10) return 0;
        raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
        raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
        options.max_tokens = 5;
        const int32_t prompt[] = {'t'};
        EXPECT_EQ(abi_test::take(raddle_session_get_info(at->session, &info)).code, RADDLE_OK);
        EXPECT_EQ(info.steps_done, 10);
        EXPECT_EQ(abi_test::take(raddle_session_generate(at->session, prompt, 1, &options, nullptr,
                                                         nullptr, nullptr, nullptr))
                      .code,
                  RADDLE_OK);
        EXPECT_EQ(abi_test::take(raddle_session_save(at->session, at->path, nullptr, nullptr)).code,
                  RADDLE_OK);
        EXPECT_EQ(abi_test::take(raddle_session_step_on_data(at->session, nullptr, nullptr)).code,
                  RADDLE_FAILED_PRECONDITION);
        return 0;
      },
      &mine));
  // Its evaluation was still to come, and is made up by whoever goes on.
  ABI_OK(raddle_session_restore(session, saved.c_str(), nullptr));
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  ASSERT_EQ(next(), RADDLE_EVENT_EVALUATION);
  EXPECT_EQ(event->evaluation->step, 10);
  EXPECT_EQ(event->evaluation->loss, mine.loss);
  ASSERT_EQ(next(), RADDLE_EVENT_STEP);
  EXPECT_EQ(event->step, 11);
  std::filesystem::remove_all(saved);
}

// Whoever looks at the process sees whose threads they are, and its signals go elsewhere.
TEST_F(Operation, ThreadsHaveNamesAndTakeNoSignals) {
  ABI_OK(raddle_config_set(config, "runtime.threads", "2"));
  create("1000000", &session);
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  EXPECT_EQ(next(), RADDLE_EVENT_STEP);
  int ours = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name, line;
    std::getline(std::ifstream(task.path() / "comm") >> std::ws, name);
    if (name.rfind("raddle-", 0) != 0) continue;
    ++ours;
    std::ifstream status(task.path() / "status");
    uint64_t blocked = 0;
    while (std::getline(status, line)) {
      if (line.rfind("SigBlk:", 0) == 0) blocked = std::stoull(line.substr(7), nullptr, 16);
    }
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
      EXPECT_NE(blocked >> (number - 1) & 1, 0u) << name << " takes signal " << number;
    }
  }
  EXPECT_EQ(ours, 2) << "raddle-1 and raddle-train";
}

// Its thread stayed in the parent: nothing waits for it, and nothing hangs.
TEST_F(Operation, AForkIsToldThatTheThreadIsElsewhere) {
  create("1000000", &session);
  ABI_OK(raddle_session_train_start(session, nullptr, &operation));
  EXPECT_EQ(next(), RADDLE_EVENT_STEP);
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // ends the child, and fails the test, if one of these waits
    const raddle_event_t* none = nullptr;
    raddle_status_t polled = raddle_operation_poll(operation, -1, &none);
    raddle_status_t joined = raddle_operation_join(operation, nullptr, nullptr);
    const bool told = raddle_status_code(polled) == RADDLE_FAILED_PRECONDITION &&
                      raddle_status_code(joined) == RADDLE_FAILED_PRECONDITION;
    raddle_session_destroy(&session);
    raddle_operation_destroy(&operation);
    _exit(told ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
