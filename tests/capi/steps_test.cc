// SPDX-License-Identifier: Apache-2.0
// Steps by hand: halves are the whole, bit for bit; gradients add up and are used up; the caller's
// batches, rates, tensors and outputs, and what is refused.
#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

class Steps : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_config_create(&config));
    for (const auto& [key, value] : {std::pair{"data.tokenizer", "bytes"},
                                     {"model.layers", "1"},
                                     {"model.width", "16"},
                                     {"model.heads", "2"},
                                     {"model.context", "16"},
                                     {"train.micro_batch_tokens", "16"},
                                     {"train.micro_batches", "2"},
                                     {"train.steps", "4"}}) {
      ABI_OK(raddle_config_set(config, key, value));
    }
  }
  void TearDown() override {
    for (raddle_session_t* session : sessions) raddle_session_destroy(&session);
    raddle_config_destroy(&config);
    ContextTest::TearDown();
  }
  raddle_session_t* make() {
    raddle_session_t* session = nullptr;
    const auto made =
        abi_test::take(raddle_session_create(context, config, nullptr, nullptr, &session));
    EXPECT_EQ(made.code, RADDLE_OK) << made.message;
    sessions.push_back(session);
    return session;
  }
  // Batch `number`, whose tokens are this fixture's.
  raddle_batch_t batch(int number) {
    std::vector<int32_t>& tokens = held.emplace_back();
    for (int i = 0; i < 12; ++i) tokens.push_back((7 * i + 13 * number) % 250);
    raddle_batch_t out = RADDLE_BATCH_INIT;
    out.tokens = tokens.data();
    out.token_count = 12;
    return out;
  }
  static std::vector<float> state(raddle_session_t* session) {
    std::vector<float> all;
    for (int64_t i = 0; i < raddle_session_tensor_count(session); ++i) {
      const std::vector<float> one = read(session, raddle_session_tensor_name(session, i));
      all.insert(all.end(), one.begin(), one.end());
    }
    return all;
  }
  static std::vector<float> read(raddle_session_t* session, const char* name) {
    raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
    EXPECT_EQ(abi_test::take(raddle_session_get_tensor(session, name, &view)).code, RADDLE_OK);
    int64_t count = 1;
    for (int32_t d = 0; d < view.rank; ++d) count *= view.dims[d];
    std::vector<float> values(static_cast<size_t>(count));
    const auto done =
        abi_test::take(raddle_session_read_tensor(session, name, values.data(), count));
    EXPECT_EQ(done.code, RADDLE_OK) << done.message;
    EXPECT_EQ(std::memcmp(values.data(), view.data, values.size() * sizeof(float)), 0);
    return values;
  }

  raddle_config_t* config = nullptr;
  std::vector<raddle_session_t*> sessions;
  std::deque<std::vector<int32_t>> held;
};

TEST_F(Steps, HalvesAreTheWhole) {
  raddle_session_t *whole = make(), *halves = make(), *parts = make();
  for (int step = 0; step < 3; ++step) {
    const raddle_batch_t batches[] = {batch(2 * step), batch(2 * step + 1)};
    raddle_metrics_t a = RADDLE_METRICS_INIT, b = RADDLE_METRICS_INIT, c = RADDLE_METRICS_INIT;
    ABI_OK(raddle_session_step(whole, batches, 2, nullptr, &a));
    ABI_OK(raddle_session_backward(halves, batches, 2, nullptr, nullptr, &b));
    EXPECT_EQ(b.loss, a.loss);
    EXPECT_EQ(b.step, step);
    ABI_OK(raddle_session_apply(halves, nullptr, &b));
    // In two calls, each divided by the weights of both: 11 of the 12 tokens of each have a next.
    raddle_backward_options_t options = RADDLE_BACKWARD_OPTIONS_INIT;
    options.weight_sum = 22;
    ABI_OK(raddle_session_backward(parts, &batches[0], 1, &options, nullptr, nullptr));
    options.accumulate = 1;
    options.weight_sum = 23;
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "options.weight_sum is 23 and was 22",
              raddle_session_backward(parts, &batches[1], 1, &options, nullptr, nullptr));
    options.weight_sum = 22;
    ABI_OK(raddle_session_backward(parts, &batches[1], 1, &options, nullptr, &c));
    EXPECT_EQ(c.loss, a.loss);
    EXPECT_EQ(c.step_tokens, 24);
    ABI_OK(raddle_session_apply(parts, nullptr, &c));
    for (const raddle_metrics_t* one : {&b, &c}) {
      EXPECT_EQ(one->grad_norm, a.grad_norm);
      EXPECT_EQ(one->learning_rate, a.learning_rate);
      EXPECT_EQ(one->step, step + 1);
      EXPECT_EQ(one->tokens, a.tokens);
    }
  }
  EXPECT_EQ(state(halves), state(whole));
  EXPECT_EQ(state(parts), state(whole));
}

TEST_F(Steps, GradientsAreUsedUp) {
  raddle_session_t* session = make();
  const raddle_batch_t one = batch(0), other = batch(1);
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "no gradients",
            raddle_session_apply(session, nullptr, nullptr));
  ABI_OK(raddle_session_backward(session, &one, 1, nullptr, nullptr, nullptr));
  ABI_OK(raddle_session_apply(session, nullptr, nullptr));
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "no gradients",
            raddle_session_apply(session, nullptr, nullptr));
  ABI_OK(raddle_session_backward(session, &one, 1, nullptr, nullptr, nullptr));
  raddle_batch_t bad = other;
  const int32_t outside[] = {1, 999, 2};
  bad.tokens = outside;
  bad.token_count = 3;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "999",
            raddle_session_backward(session, &bad, 1, nullptr, nullptr, nullptr));
  ABI_OK(raddle_session_apply(session, nullptr, nullptr));  // a refused batch touched nothing
  // Without `accumulate` a step begins anew.
  raddle_session_t* fresh = make();
  ABI_OK(raddle_session_backward(fresh, &other, 1, nullptr, nullptr, nullptr));
  ABI_OK(raddle_session_backward(fresh, &one, 1, nullptr, nullptr, nullptr));
  raddle_session_t* plain = make();
  ABI_OK(raddle_session_backward(plain, &one, 1, nullptr, nullptr, nullptr));
  EXPECT_EQ(state(fresh), state(plain));
}

TEST_F(Steps, ARateOfOnesOwnMayBeZero) {
  raddle_session_t* session = make();
  const raddle_batch_t one = batch(0);
  const std::vector<float> before = read(session, "embedding.weight");
  raddle_apply_options_t options = RADDLE_APPLY_OPTIONS_INIT;
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  options.own_learning_rate = 1;
  ABI_OK(raddle_session_backward(session, &one, 1, nullptr, nullptr, nullptr));
  ABI_OK(raddle_session_apply(session, &options, &metrics));
  EXPECT_EQ(metrics.learning_rate, 0);
  EXPECT_EQ(metrics.step, 1);
  EXPECT_EQ(read(session, "embedding.weight"), before);
  ABI_OK(raddle_session_backward(session, &one, 1, nullptr, nullptr, nullptr));
  for (const double bad : {-1.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), 1e39}) {
    options.learning_rate = bad;
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "options.learning_rate",
              raddle_session_apply(session, &options, nullptr));
  }
  options.learning_rate = 0;
  options.reserved = 5;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "options.reserved is 5",
            raddle_session_apply(session, &options, nullptr));
  options.reserved = 0;
  options.own_learning_rate = 2;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "expected 0 or 1",
            raddle_session_apply(session, &options, nullptr));
  ABI_OK(raddle_session_apply(session, nullptr, nullptr));  // refusals used nothing up
}

TEST_F(Steps, TensorsGoInAndOutByCopy) {
  raddle_session_t* session = make();
  std::vector<float> values = read(session, "final_norm.weight");
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const auto count = static_cast<int64_t>(values.size());
  ABI_OK(raddle_session_write_tensor(session, "final_norm.weight", values.data(), count));
  EXPECT_EQ(read(session, "final_norm.weight"), values);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "has 16 elements, 15 are given",
            raddle_session_write_tensor(session, "final_norm.weight", values.data(), 15));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "count is -1",
            raddle_session_read_tensor(session, "final_norm.weight", values.data(), -1));
  ABI_FAILS(RADDLE_NOT_FOUND, "did you mean 'final_norm.weight'?",
            raddle_session_read_tensor(session, "final_norm.wieght", values.data(), 16));
}

TEST_F(Steps, OneByOneIsTheSameBatch) {
  raddle_session_t *a = make(), *b = make();
  const raddle_batch_t one = batch(3);
  ABI_OK(raddle_session_step(a, &one, 1, nullptr, nullptr));
  ABI_OK(raddle_session_step_tokens(b, one.tokens, one.token_count, nullptr, nullptr, nullptr,
                                    nullptr, 0, nullptr, nullptr));
  EXPECT_EQ(state(a), state(b));
}

TEST_F(Steps, TrainingAsksForBatchesInOrder) {
  std::vector<int32_t> tokens(12);
  struct Asked {
    std::vector<int32_t>* tokens;
    std::vector<std::pair<int64_t, int64_t>> calls;
    int64_t end;
  } asked{&tokens, {}, 1000};
  const auto source = [](void* data, int64_t step, int64_t micro_batch, raddle_batch_t* out) {
    auto& self = *static_cast<Asked*>(data);
    self.calls.emplace_back(step, micro_batch);
    if (step >= self.end) return int32_t{1};
    for (int i = 0; i < 12; ++i) {
      (*self.tokens)[static_cast<size_t>(i)] =
          static_cast<int32_t>((7 * i + 13 * (2 * step + micro_batch)) % 250);
    }
    out->tokens = self.tokens->data();
    out->token_count = 12;
    return int32_t{0};
  };
  raddle_session_t *trained = make(), *stepped = make();
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  ABI_OK(raddle_session_train_on(trained, source, &asked, nullptr, &result, nullptr, nullptr));
  EXPECT_EQ(result.steps_done, 4);
  EXPECT_EQ(result.stopped, 0);
  const std::vector<std::pair<int64_t, int64_t>> expected = {{0, 0}, {0, 1}, {1, 0}, {1, 1},
                                                             {2, 0}, {2, 1}, {3, 0}, {3, 1}};
  EXPECT_EQ(asked.calls, expected);
  for (int step = 0; step < 4; ++step) {
    const raddle_batch_t batches[] = {batch(2 * step), batch(2 * step + 1)};
    ABI_OK(raddle_session_step(stepped, batches, 2, nullptr, nullptr));
  }
  EXPECT_EQ(state(trained), state(stepped));
  asked.end = 2;
  raddle_session_t* shorter = make();
  ABI_OK(raddle_session_train_on(shorter, source, &asked, nullptr, &result, nullptr, nullptr));
  EXPECT_EQ(result.steps_done, 2);
  EXPECT_EQ(result.stopped, 1);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "'source' is NULL",
            raddle_session_train_on(shorter, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr));
  const auto bad = [](void*, int64_t, int64_t, raddle_batch_t*) { return int32_t{0}; };
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "step 2, micro-batch 0: a batch needs tokens",
            raddle_session_train_on(shorter, bad, nullptr, nullptr, nullptr, nullptr, nullptr));
}

TEST_F(Steps, AnEvaluationOfBatchesIsTheMeanOverTheirTokens) {
  raddle_session_t* session = make();
  raddle_batch_t batches[] = {batch(0), batch(1)};
  batches[1].token_count = 6;
  raddle_evaluation_t one = RADDLE_EVALUATION_INIT, two = RADDLE_EVALUATION_INIT,
                      both = RADDLE_EVALUATION_INIT;
  ABI_OK(raddle_session_evaluate_batches(session, &batches[0], 1, nullptr, &one));
  ABI_OK(raddle_session_evaluate_batches(session, &batches[1], 1, nullptr, &two));
  ABI_OK(raddle_session_evaluate_batches(session, batches, 2, nullptr, &both));
  EXPECT_EQ(both.tokens, 11 + 5);
  EXPECT_NEAR(both.loss, (11 * one.loss + 5 * two.loss) / 16, 1e-6);
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  ABI_OK(raddle_session_backward(session, batches, 2, nullptr, nullptr, &metrics));
  EXPECT_NEAR(metrics.loss, both.loss, 1e-6);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "batch_count is 0",
            raddle_session_evaluate_batches(session, batches, 0, nullptr, &both));
}

TEST_F(Steps, TheConfigOfASessionIsACopy) {
  raddle_session_t* session = make();
  raddle_config_t* copy = nullptr;
  ABI_OK(raddle_session_get_config(session, &copy));
  const char* text = nullptr;
  ABI_OK(raddle_config_get(copy, "model.width", &text));
  EXPECT_STREQ(text, "16");
  ABI_OK(raddle_config_get(copy, "kernels.matrix_library", &text));
  EXPECT_STRNE(text, "auto") << "what was chosen";
  ABI_OK(raddle_config_set(copy, "train.steps", "9"));
  raddle_config_destroy(&copy);
}

// Where the host cannot follow a pointer, tensors come by copy and nothing else changes.
TEST_F(Steps, ADeviceWithMemoryOfItsOwnGivesCopiesOnly) {
  ABI_OK(raddle_config_set(config, "runtime.device", "guarded"));
  raddle_session_t* session = make();
  const raddle_batch_t one = batch(0);
  ABI_OK(raddle_session_backward(session, &one, 1, nullptr, nullptr, nullptr));
  std::vector<float> values(16), after(16);
  ABI_OK(raddle_session_read_tensor(session, "gradient/final_norm.weight", values.data(), 16));
  EXPECT_NE(values, after);
  values.assign(16, 0.0f);
  ABI_OK(raddle_session_write_tensor(session, "gradient/final_norm.weight", values.data(), 16));
  ABI_OK(raddle_session_read_tensor(session, "final_norm.weight", values.data(), 16));
  ABI_OK(raddle_session_apply(session, nullptr, nullptr));
  ABI_OK(raddle_session_read_tensor(session, "final_norm.weight", after.data(), 16));
  EXPECT_EQ(values, after) << "a gradient of zero, and norms do not decay";
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  raddle_dl_managed_t* exported = nullptr;
  // What it is can be asked for wherever it lies.
  raddle_tensor_info_t info = RADDLE_TENSOR_INFO_INIT;
  int64_t index = 0;
  do {
    ABI_OK(raddle_session_get_tensor_info(session, index++, &info));
  } while (std::string(info.name) != "gradient/final_norm.weight");
  EXPECT_STREQ(info.parameter, "final_norm.weight");
  EXPECT_EQ(info.role, RADDLE_ROLE_GRADIENT);
  EXPECT_EQ(info.dtype, RADDLE_F32);
  EXPECT_EQ(info.trained, 1);
  EXPECT_EQ(info.rank, 1);
  EXPECT_EQ(info.dims[0], 16);
  for (const int64_t bad : {INT64_C(-1), raddle_session_tensor_count(session)}) {
    ABI_FAILS(RADDLE_OUT_OF_RANGE, "there is no tensor",
              raddle_session_get_tensor_info(session, bad, &info));
  }
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "copy it instead",
            raddle_session_get_tensor(session, "final_norm.weight", &view));
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "copy it instead",
            raddle_session_export_tensor(session, "final_norm.weight", &exported));
}

// y is an output, h is not.
constexpr char kGraph[] = R"(raddle-graph 1
input ids I32 [2]
input targets I32 [2]
input weights F32 [2]
input scale F32 [1]
parameter table F32 [3, 2] normal(0.5)
parameter head F32 [4, 2] normal(0.5)
h = embedding(table, ids)
y = scale(h) {scale=2}
loss = linear_cross_entropy(y, head, targets, weights, scale)
loss loss 1
output y
)";

TEST_F(Steps, OutputsOfAGraphAreThoseOfItsLastRun) {
  raddle_graph_t* graph = nullptr;
  raddle_session_t* session = nullptr;
  ABI_OK(raddle_graph_create_from_text(context, kGraph, std::strlen(kGraph), &graph));
  ABI_OK(raddle_session_create_from_graph(context, config, graph, nullptr, nullptr, &session));
  sessions.push_back(session);
  raddle_graph_destroy(&graph);
  int32_t ids[] = {2, 0}, targets[] = {1, 3};
  float weights[] = {1, 1}, scale = 0.5f;
  raddle_tensor_view_t inputs[4];
  const char* names[] = {"ids", "targets", "weights", "scale"};
  void* data[] = {ids, targets, weights, &scale};
  for (int i = 0; i < 4; ++i) {
    inputs[i] = RADDLE_TENSOR_VIEW_INIT;
    inputs[i].name = names[i];
    inputs[i].data = data[i];
    inputs[i].dtype = i < 2 ? RADDLE_I32 : RADDLE_F32;
    inputs[i].rank = 1;
    inputs[i].dims[0] = i < 3 ? 2 : 1;
  }
  float y[4];
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "has not run yet",
            raddle_session_read_output(session, "y", y, sizeof(y)));
  const float table[] = {1, 2, 3, 4, 5, 6};
  ABI_OK(raddle_session_write_tensor(session, "table", table, 6));
  raddle_metrics_t forward = RADDLE_METRICS_INIT, backward = RADDLE_METRICS_INIT;
  ABI_OK(raddle_session_forward_inputs(session, inputs, 4, nullptr, &forward));
  ABI_OK(raddle_session_read_output(session, "y", y, sizeof(y)));
  EXPECT_EQ(std::vector<float>(y, y + 4), (std::vector<float>{10, 12, 2, 4}));
  ids[1] = 1;
  ABI_OK(raddle_session_backward_inputs(session, inputs, 4, nullptr, nullptr, &backward));
  ABI_OK(raddle_session_read_output(session, "y", y, sizeof(y)));
  EXPECT_EQ(std::vector<float>(y, y + 4), (std::vector<float>{10, 12, 6, 8}));
  ABI_OK(raddle_session_forward_inputs(session, inputs, 4, nullptr, &forward));
  EXPECT_EQ(forward.loss, backward.loss);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "has 16 bytes (F32 [2, 2])",
            raddle_session_read_output(session, "y", y, 8));
  ABI_FAILS(RADDLE_NOT_FOUND, "it has ", raddle_session_read_output(session, "h", y, 16));
  raddle_session_t* model = make();
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "a caller's graph",
            raddle_session_read_output(model, "y", y, 16));
}

}  // namespace
