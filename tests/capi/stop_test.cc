// SPDX-License-Identifier: Apache-2.0
// Stopping what lasts: from another thread, from a signal handler, before it begins and when it is
// over; what is left behind; how far a call says that it is.
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;
using abi_test::Outcome;
using Clock = std::chrono::steady_clock;

raddle_stop_t* in_handler = nullptr;

class Stop : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    directory = ::testing::TempDir() + "raddle_stop_" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    write_text("text.txt", 20000);
    ABI_OK(raddle_config_create(&config));
    const char* const options[][2] = {
        {"model.layers", "1"},       {"model.width", "32"},         {"model.heads", "2"},
        {"model.context", "4096"},   {"model.vocab_size", "300"},   {"train.steps", "1000000"},
        {"runtime.threads", "1"},    {"train.eval_interval", "0"},  {"train.eval_batches", "0"},
        {"data.tokenizer", "bytes"}, {"data.sequence_length", "64"}};
    for (const auto& option : options) set(option[0], option[1]);
    set("train.micro_batch_tokens", "64");
    set("data.path", file("text.txt"));
    ABI_OK(raddle_stop_create(&stop));
  }
  void TearDown() override {
    raddle_session_destroy(&session);
    raddle_stop_destroy(&stop);
    EXPECT_EQ(stop, nullptr);
    raddle_config_destroy(&config);
    ContextTest::TearDown();
    std::filesystem::remove_all(directory);
  }
  std::string file(const std::string& name) const { return directory + "/" + name; }
  void set(const char* key, const std::string& value) {
    ABI_OK(raddle_config_set(config, key, value.c_str()));
  }
  void write_text(const std::string& name, int lines) {
    std::ofstream out(file(name));
    for (int i = 0; i < lines; ++i)
      out << "the weaver counts " << int64_t{i} * 7919 % 10007 << " threads\n";
  }
  void create() { ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &session)); }
  // In a run directory, so that training saves.
  void create_run() {
    raddle_session_options_t options = RADDLE_SESSION_OPTIONS_INIT;
    const std::string run = file("run");
    options.run_directory = run.c_str();
    ABI_OK(raddle_session_create(context, config, &options, nullptr, &session));
  }
  size_t files_in(const std::string& path) const {
    if (!std::filesystem::exists(path)) return 0;
    const std::filesystem::directory_iterator begin(path), end;
    return static_cast<size_t>(std::distance(begin, end));
  }
  raddle_session_info_t info() {
    raddle_session_info_t found = RADDLE_SESSION_INFO_INIT;
    EXPECT_EQ(abi_test::take(raddle_session_get_info(session, &found)).code, RADDLE_OK);
    return found;
  }
  // Calls until it is stopped from another thread, and checks that this takes no second.
  template <class Call>
  Outcome stopped(const Call& call, int after_ms, void (*how)(raddle_stop_t*)) {
    Clock::time_point asked;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
      asked = Clock::now();
      how(stop);
    });
    Outcome outcome;
    while (outcome.code == RADDLE_OK && raddle_stop_grade(stop) == RADDLE_STOP_NONE) {
      outcome = abi_test::take(call());
    }
    const auto returned = Clock::now();
    other.join();
    EXPECT_LT(returned - asked, std::chrono::seconds(1));
    return outcome;
  }
  raddle_status_t generate(raddle_stop_t* with, raddle_generate_result_t* result) {
    static const int32_t kPrompt[] = {1, 2, 3, 4};
    raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
    options.max_tokens = 4000;
    options.ignore_end = 1;
    return raddle_session_generate(session, kPrompt, 4, &options, with, result, nullptr, nullptr);
  }

  std::string directory;
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  raddle_stop_t* stop = nullptr;
};

TEST_F(Stop, NullIsNobody) {
  raddle_stop_request(nullptr);
  raddle_stop_cancel(nullptr);
  EXPECT_EQ(raddle_stop_grade(nullptr), RADDLE_STOP_NONE);
  EXPECT_EQ(raddle_stop_done(nullptr), 0);
  EXPECT_EQ(raddle_stop_total(nullptr), 0);
  raddle_stop_t* none = nullptr;
  raddle_stop_destroy(&none);
  raddle_stop_destroy(nullptr);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_stop", raddle_stop_create(nullptr));
}

TEST_F(Stop, GradesOnlyRise) {
  EXPECT_EQ(raddle_stop_grade(stop), RADDLE_STOP_NONE);
  raddle_stop_request(stop);
  EXPECT_EQ(raddle_stop_grade(stop), RADDLE_STOP_REQUESTED);
  raddle_stop_cancel(stop);
  raddle_stop_request(stop);
  EXPECT_EQ(raddle_stop_grade(stop), RADDLE_STOP_CANCELLED);
}

TEST_F(Stop, ALateCancelDoesNotHitTheNextCall) {
  create();
  ABI_OK(raddle_session_step_on_data(session, stop, nullptr));
  raddle_stop_cancel(stop);  // the call it was meant for is over
  ABI_OK(raddle_session_step_on_data(session, nullptr, nullptr));
  raddle_stop_destroy(&stop);
  ABI_OK(raddle_stop_create(&stop));
  ABI_OK(raddle_session_step_on_data(session, stop, nullptr));
  EXPECT_EQ(info().steps_done, 3);
  raddle_session_t* other = nullptr;
  ABI_OK(raddle_session_create(context, config, nullptr, stop, &other));
  raddle_session_destroy(&other);
}

TEST_F(Stop, CancelledBeforeItBegins) {
  create_run();
  ABI_OK(raddle_session_step_on_data(session, nullptr, nullptr));
  raddle_stop_cancel(stop);
  const char* const way = "stopped on request";
  raddle_session_t* none = nullptr;
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_create(context, config, nullptr, stop, &none));
  EXPECT_EQ(none, nullptr);
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_step_on_data(session, stop, nullptr));
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_train(session, stop, nullptr, nullptr, nullptr));
  raddle_evaluation_t evaluation = RADDLE_EVALUATION_INIT;
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_evaluate(session, stop, &evaluation));
  ABI_FAILS(RADDLE_CANCELLED, way, generate(stop, nullptr));
  const int32_t tokens[] = {1, 2};
  std::vector<float> logits(600);
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_session_logits(session, tokens, 2, stop, logits.data(), 600));
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_session_write_logits(session, tokens, 2, file("logits").c_str(), stop));
  char* text = nullptr;
  const std::string saved = file("saved");
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_save(session, saved.c_str(), stop, &text));
  EXPECT_EQ(text, nullptr);
  ABI_OK(raddle_session_save(session, saved.c_str(), nullptr, nullptr));
  const size_t files = files_in(directory);
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_session_restore(session, saved.c_str(), stop));
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_checkpoint_verify(context, saved.c_str(), stop, &text));
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_checkpoint_export(context, saved.c_str(), "hf", file("hf").c_str(), stop));
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_session_open(context, saved.c_str(), nullptr, stop, &none));
  raddle_tokenizer_t* tokenizer = nullptr;
  ABI_FAILS(RADDLE_CANCELLED, way, raddle_tokenizer_train(context, config, stop, &tokenizer));
  EXPECT_EQ(tokenizer, nullptr);
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_data_tokenize(context, config, file("tokens").c_str(), stop, nullptr));
  ABI_FAILS(RADDLE_CANCELLED, way,
            raddle_data_inspect(context, config, file("text.txt").c_str(), stop, &text));
  EXPECT_EQ(files_in(directory), files) << "something half-made is left";
  EXPECT_EQ(info().steps_done, 1);
}

TEST_F(Stop, RequestedBeforeItBegins) {
  create_run();
  raddle_stop_request(stop);
  // Which may be made before a step and before a checkpoint: both are worth finishing.
  ABI_OK(raddle_session_step_on_data(session, stop, nullptr));
  ABI_OK(raddle_session_save(session, nullptr, stop, nullptr));
  raddle_train_result_t trained = RADDLE_TRAIN_RESULT_INIT;
  ABI_OK(raddle_session_train(session, stop, &trained, nullptr, nullptr));
  EXPECT_EQ(trained.steps_done, 1);
  EXPECT_EQ(trained.stopped, 1);
  EXPECT_EQ(trained.saved, 1);
  raddle_generate_result_t generated = RADDLE_GENERATE_RESULT_INIT;
  ABI_OK(generate(stop, &generated));
  EXPECT_EQ(generated.token_count, 0);
  raddle_evaluation_t evaluation = RADDLE_EVALUATION_INIT;
  ABI_FAILS(RADDLE_CANCELLED, "", raddle_session_evaluate(session, stop, &evaluation));
}

TEST_F(Stop, TrainingFinishesItsStepAndSaves) {
  create_run();
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  const auto train = [&] { return raddle_session_train(session, stop, &result, nullptr, nullptr); };
  const Outcome outcome = stopped(train, 100, &raddle_stop_request);
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  EXPECT_EQ(result.stopped, 1);
  EXPECT_EQ(result.saved, 1);
  EXPECT_GT(result.steps_done, 0);
  EXPECT_EQ(raddle_stop_total(stop), 1000000);
  EXPECT_EQ(raddle_stop_done(stop), result.steps_done);
  const std::string run = file("run");
  ABI_OK(raddle_checkpoint_verify(context, run.c_str(), nullptr, nullptr));
}

TEST_F(Stop, CancelledTrainingKeepsTheLastWholeStep) {
  create_run();
  const auto train = [&] { return raddle_session_train(session, stop, nullptr, nullptr, nullptr); };
  EXPECT_EQ(stopped(train, 100, &raddle_stop_cancel).code, RADDLE_CANCELLED);
  EXPECT_EQ(files_in(file("run/checkpoints")), 0u);
  const int64_t done = info().steps_done;
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  ABI_OK(raddle_session_step_on_data(session, nullptr, &metrics));
  EXPECT_EQ(metrics.step, done + 1);
}

TEST_F(Stop, GenerationReturnsWhatItHas) {
  create();
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  const auto outcome = stopped([&] { return generate(stop, &result); }, 50, &raddle_stop_request);
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  EXPECT_EQ(raddle_stop_done(stop), result.token_count);
  EXPECT_EQ(raddle_stop_total(stop), 4000);
}

TEST_F(Stop, EachCallThatLastsIsCancelledFromAnotherThread) {
  create();
  const std::string saved = file("saved"), to = file("out");
  ABI_OK(raddle_session_save(session, saved.c_str(), nullptr, nullptr));
  announced.push_back("data.vocab_size is 20000");  // of a session, whose tokenizer is bytes
  write_text("large.txt", 400000);
  set("data.vocab_size", "20000");
  raddle_evaluation_t evaluation = RADDLE_EVALUATION_INIT;
  raddle_session_t* made = nullptr;
  raddle_tokenizer_t* tokenizer = nullptr;
  raddle_step_bench_t bench = RADDLE_STEP_BENCH_INIT;
  const auto remake = [&] { std::filesystem::remove_all(to); };
  const std::vector<std::function<raddle_status_t()>> calls = {
      [&] { return raddle_session_train(session, stop, nullptr, nullptr, nullptr); },
      [&] { return raddle_session_step_on_data(session, stop, nullptr); },
      [&] { return raddle_session_evaluate(session, stop, &evaluation); },
      [&] { return generate(stop, nullptr); },
      [&] { return raddle_session_restore(session, saved.c_str(), stop); },
      [&] {
        remake();
        return raddle_session_save(session, to.c_str(), stop, nullptr);
      },
      [&] { return raddle_checkpoint_verify(context, saved.c_str(), stop, nullptr); },
      [&] {
        remake();
        return raddle_checkpoint_export(context, saved.c_str(), "hf", to.c_str(), stop);
      },
      [&] {
        raddle_session_destroy(&made);
        return raddle_session_open(context, saved.c_str(), nullptr, stop, &made);
      },
      [&] {
        set("data.path", file("large.txt"));
        remake();
        return raddle_data_tokenize(context, config, to.c_str(), stop, nullptr);
      },
      [&] {
        raddle_tokenizer_destroy(&tokenizer);
        return raddle_tokenizer_train(context, config, stop, &tokenizer);
      },
      [&] {
        raddle_session_destroy(&made);
        return raddle_session_create(context, config, nullptr, stop, &made);
      },
      [&] { return raddle_bench_step(context, config, 1, 64, 1, 100000, stop, &bench); }};
  for (size_t i = 0; i < calls.size(); ++i) {
    const Outcome outcome = stopped(calls[i], 40, &raddle_stop_cancel);
    EXPECT_TRUE(outcome.code == RADDLE_CANCELLED || outcome.code == RADDLE_OK)
        << "call " << i << ": " << outcome.message;
    EXPECT_TRUE(outcome.code == RADDLE_OK || !std::filesystem::exists(to)) << "call " << i;
    remake();
    raddle_stop_destroy(&stop);
    ABI_OK(raddle_stop_create(&stop));
  }
  raddle_session_destroy(&made);
  raddle_tokenizer_destroy(&tokenizer);
}

TEST_F(Stop, ASignalHandlerMaySetIt) {
  create_run();
  in_handler = stop;
  const auto before = std::signal(SIGUSR1, [](int) { raddle_stop_request(in_handler); });
  struct Seen {
    int steps = 0;
  } seen;
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  ABI_OK(raddle_session_train(
      session, stop, &result,
      [](void* user_data, const raddle_event_t* event) -> int32_t {
        auto* mine = static_cast<Seen*>(user_data);
        if (event->kind == RADDLE_EVENT_STEP && ++mine->steps == 3) std::raise(SIGUSR1);
        return 0;
      },
      &seen));
  std::signal(SIGUSR1, before);
  EXPECT_EQ(result.steps_done, 3);
  EXPECT_EQ(result.saved, 1);
}

TEST_F(Stop, TheHandleMayGoWhileItsCallRuns) {
  create();
  struct Mine {
    raddle_stop_t** stop;
    int steps = 0;
  } mine = {&stop};
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  ABI_OK(raddle_session_train(
      session, stop, &result,
      [](void* user_data, const raddle_event_t*) -> int32_t {
        auto* at = static_cast<Mine*>(user_data);
        raddle_stop_destroy(at->stop);
        return ++at->steps == 5 ? 1 : 0;
      },
      &mine));
  EXPECT_EQ(result.steps_done, 5);
}

TEST_F(Stop, OneStopsTwoSessions) {
  create();
  raddle_session_t* other = nullptr;
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &other));
  Outcome of_other;
  std::thread thread([&] {
    of_other = abi_test::take(raddle_session_train(other, stop, nullptr, nullptr, nullptr));
  });
  const auto train = [&] { return raddle_session_train(session, stop, nullptr, nullptr, nullptr); };
  EXPECT_EQ(stopped(train, 60, &raddle_stop_cancel).code, RADDLE_CANCELLED);
  thread.join();
  EXPECT_EQ(of_other.code, RADDLE_CANCELLED) << of_other.message;
  raddle_session_destroy(&other);
}

TEST_F(Stop, ProgressIsCountedInTheWorksOwnParts) {
  create();
  const auto whole = [&] { return raddle_stop_done(stop) == raddle_stop_total(stop); };
  const std::string tokens = file("tokens"), saved = file("saved");
  ABI_OK(raddle_data_tokenize(context, config, tokens.c_str(), stop, nullptr));
  EXPECT_EQ(raddle_stop_total(stop),
            static_cast<int64_t>(std::filesystem::file_size(file("text.txt"))));
  EXPECT_TRUE(whole());
  ABI_OK(raddle_session_save(session, saved.c_str(), stop, nullptr));
  EXPECT_GT(raddle_stop_total(stop), 3 * 4 * info().parameter_elements - 1);
  ABI_OK(raddle_checkpoint_verify(context, saved.c_str(), stop, nullptr));
  EXPECT_GT(raddle_stop_total(stop), 0);
  EXPECT_TRUE(whole());
  ABI_OK(raddle_session_restore(session, saved.c_str(), stop));
  EXPECT_TRUE(whole());
}

}  // namespace
