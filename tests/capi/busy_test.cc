// SPDX-License-Identifier: Apache-2.0
// One object takes one call at a time: a second call is refused and not a race, destroying waits,
// and a callback that calls into its own object gets an error.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

class Busy : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_config_create(&config));
    const char* const options[][2] = {
        {"model.layers", "1"},      {"model.width", "32"},     {"model.heads", "2"},
        {"model.context", "512"},   {"train.steps", "100000"}, {"train.micro_batch_tokens", "32"},
        {"model.vocab_size", "64"}, {"runtime.threads", "1"}};
    for (const auto& option : options) ABI_OK(raddle_config_set(config, option[0], option[1]));
    ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &session));
    for (int32_t i = 0; i < 16; ++i) tokens.push_back(i * 5 % 64);
    batch.tokens = tokens.data();
    batch.token_count = static_cast<int64_t>(tokens.size());
  }
  void TearDown() override {
    raddle_session_destroy(&session);
    raddle_config_destroy(&config);
    ContextTest::TearDown();
  }
  // Generates until it is stopped: a call of any length, with a callback.
  template <class OnToken>
  abi_test::Outcome generate(OnToken&& on_token) {
    raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
    options.max_tokens = 400;
    options.ignore_end = 1;
    using Plain = std::remove_reference_t<OnToken>;
    std::pair<Plain*, const int32_t*> passed = {&on_token, &stop};
    return abi_test::take(raddle_session_generate(
        session, tokens.data(), 4, &options, nullptr, nullptr,
        [](void* user_data, int32_t, const char*, size_t) -> int32_t {
          auto* given = static_cast<std::pair<Plain*, const int32_t*>*>(user_data);
          (*given->first)();
          return *given->second;
        },
        &passed));
  }
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  std::vector<int32_t> tokens;
  raddle_batch_t batch = RADDLE_BATCH_INIT;
  int32_t stop = 0;  // what the callback returns
};

TEST_F(Busy, ACallbackMayLookSaveAndGenerateAndNothingElse) {
  const std::string saved = ::testing::TempDir() + "raddle_busy_saved_" + std::to_string(getpid());
  std::filesystem::remove_all(saved);
  int times = 0;
  const auto outcome = generate([&] {
    if (times++ > 0) return;
    raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
    raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
    raddle_dl_managed_t* tensor = nullptr;
    const char* name = raddle_session_tensor_name(session, 0);
    ABI_OK(raddle_session_get_info(session, &info));
    ABI_OK(raddle_session_get_tensor(session, name, &view));
    std::vector<float> values(64 * 32);
    ABI_OK(raddle_session_read_tensor(session, name, values.data(), 64 * 32));
    ABI_OK(raddle_session_export_tensor(session, name, &tensor));
    tensor->deleter(tensor);
    ABI_OK(raddle_session_save(session, saved.c_str(), nullptr, nullptr));
    raddle_config_t* copy = nullptr;
    ABI_OK(raddle_session_get_config(session, &copy));
    raddle_config_destroy(&copy);
    const char* const way = "raddle_session_generate() has not returned: this is one of its";
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_step(session, &batch, 1, nullptr, nullptr));
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_write_tensor(session, name, values.data(), 64 * 32));
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_restore(session, saved.c_str(), nullptr));
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_train(session, nullptr, nullptr, nullptr, nullptr));
    raddle_operation_t* operation = nullptr;
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_train_start(session, nullptr, &operation));
    raddle_evaluation_t evaluation = RADDLE_EVALUATION_INIT;
    ABI_FAILS(RADDLE_FAILED_PRECONDITION, way,
              raddle_session_evaluate(session, nullptr, &evaluation));
    // The session is this thread's: another one is refused as ever.
    std::thread([&] {
      ABI_FAILS(RADDLE_FAILED_PRECONDITION, "one call at a time",
                raddle_session_get_info(session, &info));
    }).join();
    // Other objects are free, and so is what is marked "any thread".
    ABI_OK(raddle_config_set(config, "train.steps", "7"));
    EXPECT_GT(raddle_session_tensor_count(session), 0);
    stop = 1;
  });
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  EXPECT_EQ(times, 1);
  std::filesystem::remove_all(saved);
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
}

TEST_F(Busy, AGenerationInsideAnotherLeavesItAlone) {
  using Tokens = std::vector<int32_t>;
  const raddle_token_callback_t keep = [](void* user_data, int32_t token, const char*,
                                          size_t) -> int32_t {
    static_cast<Tokens*>(user_data)->push_back(token);
    return 0;
  };
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  options.max_tokens = 40;
  options.ignore_end = 1;
  Tokens outer, inner;
  ABI_OK(
      raddle_session_generate(session, tokens.data(), 4, &options, nullptr, nullptr, keep, &outer));
  ABI_OK(
      raddle_session_generate(session, tokens.data(), 9, &options, nullptr, nullptr, keep, &inner));
  struct Both {
    raddle_session_t* session;
    const int32_t* tokens;
    const raddle_generate_options_t* options;
    raddle_token_callback_t keep;
    Tokens outer, inner;
  } both = {session, tokens.data(), &options, keep, {}, {}};
  ABI_OK(raddle_session_generate(
      session, tokens.data(), 4, &options, nullptr, nullptr,
      [](void* user_data, int32_t token, const char*, size_t) -> int32_t {
        auto* at = static_cast<Both*>(user_data);
        at->outer.push_back(token);
        at->inner.clear();
        const auto again = abi_test::take(raddle_session_generate(
            at->session, at->tokens, 9, at->options, nullptr, nullptr, at->keep, &at->inner));
        EXPECT_EQ(again.code, RADDLE_OK) << again.message;
        return 0;
      },
      &both));
  EXPECT_EQ(both.outer, outer);
  EXPECT_EQ(both.inner, inner);
}

TEST_F(Busy, TwoThreadsInOneSession) {
  std::atomic<int> done{0}, refused{0}, other{0};
  const auto work = [&] {
    for (int i = 0; i < 60; ++i) {
      const auto outcome =
          abi_test::take(raddle_session_step(session, &batch, 1, nullptr, nullptr));
      (outcome.code == RADDLE_OK                    ? done
       : outcome.code == RADDLE_FAILED_PRECONDITION ? refused
                                                    : other)++;
    }
  };
  std::thread thread(work);
  work();
  thread.join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(done + refused, 120);
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  ABI_OK(raddle_session_get_info(session, &info));
  EXPECT_EQ(info.steps_done, done) << "a step was counted twice or lost";
}

TEST_F(Busy, DestroyWaitsForACallOfAnotherThread) {
  std::atomic<bool> running{false}, returned{false};
  abi_test::Outcome outcome;
  std::thread thread([&] {
    outcome = generate([&] { running = true; });
    returned = true;
  });
  while (!running) std::this_thread::yield();
  raddle_session_destroy(&session);
  EXPECT_EQ(session, nullptr);
  thread.join();
  // Stopped if destroying came in time, else it had ended by itself.
  EXPECT_TRUE(outcome.code == RADDLE_CANCELLED || outcome.code == RADDLE_OK) << outcome.message;
}

TEST_F(Busy, DestroyFromACallbackEndsWithTheCall) {
  int times = 0;
  const auto outcome = generate([&] {
    ++times;
    raddle_session_t* mine = session;
    raddle_session_destroy(&session);
    EXPECT_EQ(session, nullptr);
    if (mine != nullptr) {
      ABI_FAILS(RADDLE_FAILED_PRECONDITION, "being destroyed",
                raddle_session_step(mine, &batch, 1, nullptr, nullptr));
    }
  });
  EXPECT_EQ(outcome.code, RADDLE_CANCELLED) << outcome.message;
  EXPECT_EQ(times, 1);
}

// Each thread destroys the session of the other one inside a callback of its own.
TEST_F(Busy, TwoSessionsThatDestroyEachOther) {
  for (int round = 0; round < 20; ++round) {
    struct Side {
      raddle_session_t *mine = nullptr, *other = nullptr;
      std::atomic<bool> inside{false}, has_destroyed{false};
      Side* across = nullptr;
    } sides[2];
    for (int i = 0; i < 2; ++i) {
      ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &sides[i].mine));
      sides[i].across = &sides[1 - i];
    }
    for (int i = 0; i < 2; ++i) sides[i].other = sides[1 - i].mine;
    const auto run = [&](Side* side) {
      raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
      options.max_tokens = 400;
      options.ignore_end = 1;
      const auto outcome = abi_test::take(raddle_session_generate(
          side->mine, tokens.data(), 4, &options, nullptr, nullptr,
          [](void* user_data, int32_t, const char*, size_t) -> int32_t {
            auto* at = static_cast<Side*>(user_data);
            at->inside = true;
            while (!at->across->inside) std::this_thread::yield();
            raddle_session_destroy(&at->other);
            at->has_destroyed = true;
            while (!at->across->has_destroyed) std::this_thread::yield();
            return 0;
          },
          side));
      EXPECT_EQ(outcome.code, RADDLE_CANCELLED) << outcome.message;
    };
    std::thread thread(run, &sides[0]);
    run(&sides[1]);
    thread.join();
  }
}

TEST_F(Busy, DestroyInACallbackOfAnotherObject) {
  raddle_session_t *idle = nullptr, *working = nullptr;
  for (raddle_session_t** one : {&idle, &working}) {
    ABI_OK(raddle_session_create(context, config, nullptr, nullptr, one));
  }
  std::atomic<bool> running{false}, may_end{false};
  abi_test::Outcome other;
  struct At {
    std::atomic<bool>&running, &may_end;
  } at = {running, may_end};
  std::thread thread([&] {
    other = abi_test::take(raddle_session_generate(
        working, tokens.data(), 4, nullptr, nullptr, nullptr,
        [](void* user_data, int32_t, const char*, size_t) -> int32_t {
          auto* shared = static_cast<At*>(user_data);
          shared->running = true;
          while (!shared->may_end) std::this_thread::yield();
          return 0;
        },
        &at));
  });
  while (!running) std::this_thread::yield();
  const auto outcome = generate([&] {
    raddle_session_destroy(&idle);
    raddle_session_destroy(&working);  // waits for nobody, or the other callback never ends
    may_end = true;
    stop = 1;
  });
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  thread.join();
  EXPECT_EQ(other.code, RADDLE_CANCELLED) << other.message;
}

int64_t memory_of(const raddle_session_t* session) {
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  const auto outcome = abi_test::take(raddle_session_get_info(session, &info));
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  return info.memory_bytes;
}

// Each generates one token and then, in its callback, the next one.
struct Nested {
  raddle_session_t* session;
  const int32_t* tokens;
  int depth = 0, deepest = 0;
  int64_t memory_bytes = 0;  // at the deepest
  abi_test::Outcome refused;

  void go() {
    raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
    options.max_tokens = 1;
    options.ignore_end = 1;
    ++depth;
    auto outcome = abi_test::take(raddle_session_generate(
        session, tokens, 4, &options, nullptr, nullptr,
        [](void* user_data, int32_t, const char*, size_t) -> int32_t {
          auto* self = static_cast<Nested*>(user_data);
          self->deepest = std::max(self->deepest, self->depth);
          self->memory_bytes = std::max(self->memory_bytes, memory_of(self->session));
          if (self->depth < 500) self->go();
          return 0;
        },
        this));
    --depth;
    if (outcome.code != RADDLE_OK) refused = outcome;
  }
};

TEST_F(Busy, GenerationsInsideGenerationsAreBoundedAndGiveTheirMemoryBack) {
  const int64_t before = memory_of(session);
  ABI_OK(raddle_session_generate(session, tokens.data(), 4, nullptr, nullptr, nullptr, nullptr,
                                 nullptr));
  const int64_t with_one = memory_of(session);
  Nested nested = {session, tokens.data()};
  nested.go();
  EXPECT_EQ(nested.deepest, 8);
  EXPECT_EQ(nested.refused.code, RADDLE_FAILED_PRECONDITION) << nested.refused.message;
  EXPECT_NE(nested.refused.message.find("8 generations of this session"), std::string::npos);
  EXPECT_EQ(nested.memory_bytes - before, 8 * (with_one - before));
  EXPECT_EQ(memory_of(session), with_one);

  // With room for three of them by the limit, there are three.
  raddle_session_t* limited = nullptr;
  const std::string limit = std::to_string(before + (with_one - before) * 34 / 10);
  ABI_OK(raddle_config_set(config, "runtime.memory_limit", limit.c_str()));
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &limited));
  Nested few = {limited, tokens.data()};
  few.go();
  EXPECT_EQ(few.deepest, 3);
  EXPECT_EQ(few.refused.code, RADDLE_RESOURCE_EXHAUSTED) << few.refused.message;
  raddle_session_destroy(&limited);
}

TEST_F(Busy, ALentTokenizerMayBeInUseWhenItsSessionGoes) {
  ABI_OK(raddle_config_set(config, "model.vocab_size", "300"));
  raddle_session_t* with_tokenizer = nullptr;
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &with_tokenizer));
  const raddle_tokenizer_t* tokenizer = raddle_session_get_tokenizer(with_tokenizer);
  ASSERT_NE(tokenizer, nullptr);
  const std::string text(1 << 22, 'a');
  std::atomic<bool> begun{false};
  std::thread thread([&] {
    int64_t count = 0;
    begun = true;
    const auto outcome = abi_test::take(
        raddle_tokenizer_encode(tokenizer, text.data(), text.size(), nullptr, 0, &count));
    EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
    EXPECT_EQ(count, static_cast<int64_t>(text.size()));
  });
  while (!begun) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  raddle_session_destroy(&with_tokenizer);
  thread.join();
}

TEST_F(Busy, ReadersShareAConfigAndWritersDoNot) {
  struct Seen {
    raddle_config_t* config;
    int times;
  } seen = {config, 0};
  const auto outcome = abi_test::take(raddle_bench_gemm_shapes(
      context, config,
      [](void* user_data, const char*, const raddle_gemm_shape_t*) {
        auto* at = static_cast<Seen*>(user_data);
        if (at->times++ > 0) return;
        ABI_FAILS(RADDLE_FAILED_PRECONDITION, "raddle_bench_gemm_shapes() has not returned",
                  raddle_config_set(at->config, "train.steps", "7"));
        ABI_OK(raddle_config_validate(at->config));
        EXPECT_NE(raddle_config_hash(at->config), 0u);
      },
      &seen));
  EXPECT_EQ(outcome.code, RADDLE_OK) << outcome.message;
  EXPECT_GT(seen.times, 0);
  ABI_OK(raddle_config_set(config, "train.steps", "7"));
}

TEST_F(Busy, AGraphThatTwoThreadsBuild) {
  raddle_graph_t* graph = nullptr;
  ABI_OK(raddle_graph_create(context, &graph));
  std::atomic<int> added{0}, other{0};
  const auto work = [&](const std::string& prefix) {
    const int64_t dims[] = {4, 4};
    for (int i = 0; i < 300; ++i) {
      raddle_tensor_id_t id = -1;
      const std::string name = prefix + std::to_string(i);
      const auto outcome = abi_test::take(
          raddle_graph_add_parameter(graph, name.c_str(), RADDLE_F32, dims, 2, nullptr, &id));
      if (outcome.code == RADDLE_OK) ++added;
      if (outcome.code != RADDLE_OK && outcome.code != RADDLE_FAILED_PRECONDITION) ++other;
    }
  };
  std::thread thread(work, "a");
  work("b");
  thread.join();
  EXPECT_EQ(other, 0);
  EXPECT_EQ(raddle_graph_parameter_elements(graph), 16 * added);
  raddle_graph_destroy(&graph);
}

TEST_F(Busy, ManyThreadsShareATokenizer) {
  raddle_tokenizer_t* tokenizer = nullptr;
  ABI_OK(raddle_tokenizer_open(context, "bytes", &tokenizer));
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        int64_t count = 0;
        const auto outcome =
            abi_test::take(raddle_tokenizer_encode(tokenizer, "abc", 3, nullptr, 0, &count));
        if (outcome.code != RADDLE_OK || count != 3) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  raddle_tokenizer_destroy(&tokenizer);
}

}  // namespace
