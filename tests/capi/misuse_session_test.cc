// SPDX-License-Identifier: Apache-2.0
// Misuse of sessions and tokenizers: bad batches leave the state unchanged, exported tensors
// outlive their session.
#include <atomic>
#include <cstring>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

class Session : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_config_create(&config));
    const char* const options[][2] = {{"model.layers", "1"},     {"model.width", "32"},
                                      {"model.heads", "2"},      {"model.context", "16"},
                                      {"train.steps", "100"},    {"train.micro_batch_tokens", "32"},
                                      {"model.vocab_size", "64"}};
    for (const auto& option : options) ABI_OK(raddle_config_set(config, option[0], option[1]));
    ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &session));
    for (int32_t i = 0; i < 16; ++i) tokens.push_back(i * 5 % 64);
    batch.tokens = tokens.data();
    batch.token_count = static_cast<int64_t>(tokens.size());
  }
  void TearDown() override {
    raddle_session_destroy(&session);
    EXPECT_EQ(session, nullptr);
    raddle_config_destroy(&config);
    ContextTest::TearDown();
  }
  std::vector<float> weights() {
    raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
    const char* name = raddle_session_tensor_name(session, 0);
    EXPECT_EQ(abi_test::take(raddle_session_get_tensor(session, name, &view)).code, RADDLE_OK);
    int64_t count = 1;
    for (int32_t i = 0; i < view.rank; ++i) count *= view.dims[i];
    const float* data = static_cast<const float*>(view.data);
    return {data, data + count};
  }
  void refuse(raddle_code_t code, const char* part) {
    const std::vector<float> before = weights();
    ABI_FAILS(code, part, raddle_session_step(session, &batch, 1, nullptr, nullptr));
    EXPECT_EQ(weights(), before) << "a refused batch changed the weights";
  }
  raddle_config_t* config = nullptr;
  raddle_session_t* session = nullptr;
  std::vector<int32_t> tokens;
  raddle_batch_t batch = RADDLE_BATCH_INIT;
};

TEST_F(Session, NullArgumentsAreNamed) {
  raddle_session_t* none = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "context",
            raddle_session_create(nullptr, config, nullptr, nullptr, &none));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "config",
            raddle_session_create(context, nullptr, nullptr, nullptr, &none));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_session",
            raddle_session_create(context, config, nullptr, nullptr, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "session",
            raddle_session_step(nullptr, &batch, 1, nullptr, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "batches",
            raddle_session_step(session, nullptr, 1, nullptr, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "name", raddle_session_get_tensor(session, nullptr, nullptr));
  EXPECT_EQ(raddle_session_tensor_count(nullptr), 0);
  EXPECT_EQ(raddle_session_tensor_name(session, -1), nullptr);
  EXPECT_EQ(raddle_session_tensor_name(session, raddle_session_tensor_count(session)), nullptr);
  EXPECT_EQ(none, nullptr);
}

TEST_F(Session, TokensOutsideTheVocabulary) {
  tokens[3] = 64;
  refuse(RADDLE_INVALID_ARGUMENT, "64");
  tokens[3] = -1;
  refuse(RADDLE_INVALID_ARGUMENT, "-1");
  tokens[3] = INT32_MIN;
  refuse(RADDLE_INVALID_ARGUMENT, "");
}

TEST_F(Session, LengthsThatCannotBe) {
  batch.token_count = -1;
  refuse(RADDLE_INVALID_ARGUMENT, "");
  batch.token_count = 33;  // more than a micro-batch; must be refused before it is read
  refuse(RADDLE_INVALID_ARGUMENT, "32");
  batch.token_count = 16;
  for (const std::vector<int32_t>& bad :
       {std::vector<int32_t>{0, 9, 4, 16}, {0, 4, 8, 12}, {1, 4, 8, 16}, {0, -4, 8, 16}}) {
    batch.cu_seqlens = bad.data();
    batch.sequence_count = 3;
    refuse(RADDLE_INVALID_ARGUMENT, "cu_seqlens");
  }
  batch.sequence_count = -1;
  refuse(RADDLE_INVALID_ARGUMENT, "");
}

TEST_F(Session, WeightsThatCannotBe) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> given(16, 1.0f);
  batch.weights = given.data();
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
  for (const float bad : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), -1.0f}) {
    given[3] = bad;
    refuse(RADDLE_INVALID_ARGUMENT, "weights[3]");
    given[3] = 1;
  }
  given.assign(16, 0.0f);
  refuse(RADDLE_INVALID_ARGUMENT, "weight above 0");
  // One over the sum must be a number: 1/1e-44 is not, and 1/5e39 has lost its digits.
  given[3] = 1e-44f;
  refuse(RADDLE_INVALID_ARGUMENT, "add up to");
  given.assign(16, std::numeric_limits<float>::max());
  refuse(RADDLE_INVALID_ARGUMENT, "add up to");
  given.assign(16, 1e-20f);
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
}

TEST_F(Session, PositionsAndTargetsOutsideTheModel) {
  std::vector<int32_t> positions(16, 15), targets(16, 63);
  batch.positions = positions.data();
  batch.targets = targets.data();
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
  for (const int32_t bad : {16, -1, INT32_MAX, INT32_MIN}) {
    positions[15] = bad;
    refuse(RADDLE_INVALID_ARGUMENT, "positions[15]");
  }
  positions[15] = 0;
  for (const int32_t bad : {64, -1, INT32_MAX, INT32_MIN}) {
    targets[0] = bad;
    refuse(RADDLE_INVALID_ARGUMENT, "targets[0]");
  }
  // A target of no weight is not looked at.
  std::vector<float> given(16, 1.0f);
  given[0] = 0;
  batch.weights = given.data();
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
  batch.cu_seqlens = nullptr;
  batch.sequence_count = 3;
  refuse(RADDLE_INVALID_ARGUMENT, "cu_seqlens is NULL");
}

TEST_F(Session, CountsOfTokensThatCannotBe) {
  std::vector<float> logits(16 * 64);
  for (const int64_t bad :
       {INT64_C(-1), INT64_C(0), INT64_C(17), INT64_MAX, INT64_MIN, INT64_MAX / 64 + 1}) {
    ABI_FAILS(
        RADDLE_INVALID_ARGUMENT, "",
        raddle_session_logits(session, tokens.data(), bad, nullptr, logits.data(), INT64_MAX));
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "",
              raddle_session_write_logits(session, tokens.data(), bad, "/nowhere/x", nullptr));
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "",
              raddle_session_generate(session, tokens.data(), bad, nullptr, nullptr, nullptr,
                                      nullptr, nullptr));
  }
  for (const int64_t bad : {INT64_C(-1), INT64_C(0), INT64_C(1023), INT64_MIN}) {
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "1024",
              raddle_session_logits(session, tokens.data(), 16, nullptr, logits.data(), bad));
  }
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  for (const size_t bad : {size_t{0}, size_t{4}, sizeof(options) - 2, SIZE_MAX, SIZE_MAX - 7}) {
    options.struct_size = bad;
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size",
              raddle_session_generate(session, tokens.data(), 4, &options, nullptr, nullptr,
                                      nullptr, nullptr));
  }
}

TEST_F(Session, BatchCountsThatCannotBe) {
  for (const int64_t count : {INT64_C(0), INT64_C(-1), INT64_C(2), INT64_MAX}) {
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "",
              raddle_session_step(session, &batch, count, nullptr, nullptr));
  }
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, nullptr));
}

TEST_F(Session, StructsOfOtherSizes) {
  for (const size_t bad : {size_t{0}, size_t{1}, sizeof(batch) - 1, sizeof(batch) + 4, SIZE_MAX,
                           SIZE_MAX - 7, size_t{1} << 40}) {
    batch.struct_size = bad;
    refuse(RADDLE_INVALID_ARGUMENT, "struct_size");
  }
  batch.struct_size = sizeof(batch);
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  metrics.struct_size = offsetof(raddle_metrics_t, grad_norm);  // an older caller
  metrics.grad_norm = -7;
  ABI_OK(raddle_session_step(session, &batch, 1, nullptr, &metrics));
  EXPECT_EQ(metrics.step, 1);
  EXPECT_EQ(metrics.grad_norm, -7) << "wrote behind the caller's struct";
}

TEST_F(Session, StatesThatForbidACall) {
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "data",
            raddle_session_step_on_data(session, nullptr, nullptr));
  char* path = nullptr;
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "run",
            raddle_session_save(session, nullptr, nullptr, &path));
  EXPECT_EQ(path, nullptr);
  ABI_FAILS(RADDLE_NOT_FOUND, "nowhere", raddle_session_restore(session, "nowhere", nullptr));
  raddle_session_t* none = nullptr;
  ABI_FAILS(RADDLE_NOT_FOUND, "nowhere",
            raddle_session_open(context, "nowhere", nullptr, nullptr, &none));
  EXPECT_EQ(none, nullptr);
}

TEST_F(Session, UnknownTensorsNameTheNearest) {
  std::string name = raddle_session_tensor_name(session, 0);
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  ABI_FAILS(RADDLE_NOT_FOUND, name,
            raddle_session_get_tensor(session, (name + "x").c_str(), &view));
  EXPECT_EQ(view.data, nullptr);
}

TEST_F(Session, GenerationChecksItsPrompt) {
  const int32_t bad[] = {3, 64};
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "",
            raddle_session_generate(session, bad, 2, nullptr, nullptr, nullptr, nullptr, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "",
            raddle_session_generate(session, bad, 0, nullptr, nullptr, nullptr, nullptr, nullptr));
  std::vector<float> logits(16 * 64);
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "1024",
            raddle_session_logits(session, tokens.data(), 16, nullptr, logits.data(), 10));
  ABI_OK(raddle_session_logits(session, tokens.data(), 16, nullptr, logits.data(), 16 * 64));
}

TEST_F(Session, ExportedTensorsOutliveTheirSession) {
  raddle_dl_managed_t* tensor = nullptr;
  raddle_dl_versioned_t* versioned = nullptr;
  const std::vector<float> before = weights();
  const char* name = raddle_session_tensor_name(session, 0);
  ABI_OK(raddle_session_export_tensor(session, name, &tensor));
  ABI_OK(raddle_session_export_dlpack(session, name, &versioned));
  ABI_FAILS(RADDLE_NOT_FOUND, "did you mean",
            raddle_session_export_dlpack(session, "embeding.weight", &versioned));
  raddle_session_destroy(&session);
  raddle_context_destroy(&context);
  for (const raddle_dl_tensor_t& dl : {tensor->dl_tensor, versioned->dl_tensor}) {
    const float* data =
        reinterpret_cast<const float*>(static_cast<const char*>(dl.data) + dl.byte_offset);
    EXPECT_EQ(std::vector<float>(data, data + before.size()), before);
    EXPECT_EQ(dl.ndim, 2);
    EXPECT_EQ(dl.strides[0], dl.shape[1]);
    EXPECT_EQ(dl.dtype_code, RADDLE_DL_FLOAT);
  }
  EXPECT_EQ(versioned->version_major, 1u);
  EXPECT_EQ(versioned->flags, 0u);
  std::thread([&] { tensor->deleter(tensor); }).join();
  versioned->deleter(versioned);
}

TEST_F(Session, TwoSessionsOnTwoThreadsDoNotMeet) {
  raddle_session_t* other = nullptr;
  ABI_OK(raddle_session_create(context, config, nullptr, nullptr, &other));
  double loss[2] = {};
  const auto run = [&](raddle_session_t* mine, double* out) {
    raddle_metrics_t metrics = RADDLE_METRICS_INIT;
    for (int i = 0; i < 5; ++i) ABI_OK(raddle_session_step(mine, &batch, 1, nullptr, &metrics));
    *out = metrics.loss;
  };
  std::thread thread(run, other, &loss[1]);
  run(session, &loss[0]);
  thread.join();
  EXPECT_EQ(loss[0], loss[1]);
  EXPECT_GT(loss[0], 0);
  raddle_session_destroy(&other);
}

TEST_F(ContextTest, Tokenizers) {
  raddle_tokenizer_t* tokenizer = nullptr;
  ABI_FAILS(RADDLE_NOT_FOUND, "nowhere", raddle_tokenizer_open(context, "nowhere", &tokenizer));
  EXPECT_EQ(tokenizer, nullptr);
  ABI_OK(raddle_tokenizer_open(context, "bytes", &tokenizer));
  int32_t room[2] = {};
  int64_t count = 0;
  ABI_FAILS(RADDLE_OUT_OF_RANGE, "", raddle_tokenizer_encode(tokenizer, "abc", 3, room, 2, &count));
  EXPECT_EQ(count, 3);
  char* text = nullptr;
  const int32_t outside[] = {100000};
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "100000",
            raddle_tokenizer_decode(tokenizer, outside, 1, &text, nullptr));
  EXPECT_EQ(text, nullptr);
  EXPECT_EQ(raddle_tokenizer_vocab_size(nullptr), 0);
  EXPECT_EQ(raddle_tokenizer_end_token(nullptr), -1);
  raddle_tokenizer_destroy(&tokenizer);
}

}  // namespace
