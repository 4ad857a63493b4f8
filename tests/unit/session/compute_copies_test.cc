// SPDX-License-Identifier: Apache-2.0
// A session whose state holds its parameters in BF16 too: whatever writes a parameter, the copy is
// of it, and nothing else changes by a bit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checkpoint/manifest.h"
#include "runtime/base/bf16.h"
#include "runtime/session/session.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tiny_run.h"

namespace raddle::session {
namespace {

using test::text_file;
using test::tiny;
using ::testing::HasSubstr;

std::unique_ptr<Session> make(const config::Config& config, bool copies,
                              const std::string& run = "") {
  SessionOptions options{.run_directory = run};
  options.state.compute_copies = copies;
  auto session = Session::create(config, options);
  EXPECT_TRUE(session.is_ok()) << session.status().to_string();
  return std::move(session).value();
}

const StateTensor& find(const Session& session, const std::string& name) {
  const auto& tensors = session.state_tensors();
  const auto found = std::find_if(tensors.begin(), tensors.end(),
                                  [&](const StateTensor& one) { return one.name == name; });
  EXPECT_NE(found, tensors.end()) << name;
  return *found;
}

std::vector<float> read(const Session& session, const StateTensor& tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.shape.elements()));
  EXPECT_TRUE(session.read_tensor(tensor, values).is_ok());
  return values;
}

// As they lie there: nobody is asked for them, who might make them anew first.
void expect_in_step(const Session& session, const char* after) {
  const exec::StateStore& store = *session.state();
  int checked = 0;
  for (size_t p = 0; p < store.parameters().size(); ++p) {
    const auto parameter = static_cast<int32_t>(p);
    const auto masters = store.values(parameter, exec::Role::kMaster);
    const auto* copy =
        reinterpret_cast<const uint16_t*>(store.address(parameter, exec::Role::kCompute));
    for (size_t i = 0; i < masters.size(); ++i, ++checked) {
      ASSERT_EQ(copy[i], f32_to_bf16(masters[i]))
          << after << ": " << store.parameters()[p].name << " " << i;
    }
  }
  EXPECT_GT(checked, 1000);
}

TEST(SessionCopies, FollowEveryWriterAndChangeNoOtherBit) {
  const test::TempDir dir;
  const config::Config config = tiny(text_file(dir));
  auto copied = make(config, true), plain = make(config, false);
  expect_in_step(*copied, "the first values");
  const std::string name = "layers.0.attn.qkv.weight", saved = dir / "saved";
  for (int step = 1; step <= 3; ++step) {
    StepMetrics a, b;
    ASSERT_TRUE(copied->step_on_data(&a).is_ok());
    ASSERT_TRUE(plain->step_on_data(&b).is_ok());
    EXPECT_EQ(a.loss, b.loss);
    EXPECT_EQ(a.grad_norm, b.grad_norm);
    expect_in_step(*copied, "a step");
  }
  ASSERT_TRUE(copied->save(saved).is_ok());
  std::vector<float> values = read(*copied, find(*copied, name));
  const std::vector<float> as_saved = values;
  for (float& value : values) value += 0.7f;
  for (Session* session : {copied.get(), plain.get()}) {
    ASSERT_TRUE(session->write_tensor(find(*session, name), values).is_ok());
  }
  expect_in_step(*copied, "write_tensor");
  ASSERT_TRUE(copied->restore(saved).is_ok());
  expect_in_step(*copied, "restore");
  EXPECT_EQ(read(*copied, find(*copied, name)), as_saved);
  for (const StateTensor& tensor : plain->state_tensors()) {
    if (tensor.parameter == find(*plain, name).parameter) continue;
    if (tensor.role == exec::Role::kGradient) continue;
    EXPECT_EQ(read(*copied, find(*copied, tensor.name)), read(*plain, tensor)) << tensor.name;
  }
}

// The caller may write there whenever no call runs; the next call computes with it.
TEST(SessionCopies, FollowWhatACallerWritesInPlace) {
  const test::TempDir dir;
  auto session = make(tiny(text_file(dir)), true);
  const StateTensor& tensor = find(*session, "layers.1.attn.qkv.weight");
  const StateTensor& copy = find(*session, "compute/layers.1.attn.qkv.weight");
  auto* const values = reinterpret_cast<float*>(session->memory_of(tensor).value().data);
  for (const float value : {0.123456f, 0.654321f}) {
    values[5] = value;
    EXPECT_EQ(read(*session, copy)[5], bf16_to_f32(f32_to_bf16(value)));
    values[5] = 2 * value;
    const StateMemory memory = session->memory_of(copy).value();
    EXPECT_EQ(memory.dtype, DType::kBF16);
    EXPECT_EQ(memory.shape, tensor.shape);
    EXPECT_EQ(reinterpret_cast<const uint16_t*>(memory.data)[5], f32_to_bf16(2 * value));
    values[6] = value;
    ASSERT_TRUE(session->step_on_data(nullptr).is_ok());
    expect_in_step(*session, "a step after a write in place");
  }
}

TEST(SessionCopies, AreNotWrittenTo) {
  const test::TempDir dir;
  auto session = make(tiny(text_file(dir)), true);
  const StateTensor& copy = find(*session, "compute/final_norm.weight");
  const std::vector<float> ones(static_cast<size_t>(copy.shape.elements()), 1);
  const Status status = session->write_tensor(copy, ones);
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("write to final_norm.weight instead"));
}

TEST(SessionCopies, AreNoPartOfACheckpoint) {
  const test::TempDir dir;
  config::Config config = tiny(text_file(dir));
  ASSERT_TRUE(config.set("train.steps", "2").is_ok());
  ASSERT_TRUE(make(config, true, dir / "copied")->train({}).is_ok());
  ASSERT_TRUE(make(config, false, dir / "plain")->train({}).is_ok());
  const auto manifest = [&](const char* run) {
    return checkpoint::read_manifest(dir / (std::string(run) + "/checkpoints/step-00000002"))
        .value();
  };
  const auto a = manifest("copied"), b = manifest("plain");
  EXPECT_EQ(a.tensors, b.tensors);
  ASSERT_EQ(a.files.size(), b.files.size());
  for (size_t i = 0; i < a.files.size(); ++i) EXPECT_EQ(a.files[i].checksum, b.files[i].checksum);
}

TEST(SessionCopies, FollowImportedWeights) {
  const std::string model = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/models/";
  for (const auto& entry : std::filesystem::directory_iterator(model)) {
    if (!entry.is_directory()) continue;
    config::Config config;
    ASSERT_TRUE(config.set("model.init_from", entry.path().string()).is_ok());
    ASSERT_TRUE(config.set("train.micro_batch_tokens", "16").is_ok());
    ASSERT_TRUE(config.set("runtime.threads", "2").is_ok());
    expect_in_step(*make(config, true), entry.path().c_str());
  }
}

// A rank among several trains only where they can exchange what they made.
TEST(SessionCopies, ASessionOfSeveralRanksNeedsTheOthers) {
  const test::TempDir dir;
  SessionOptions options;
  options.state.ranks = 2;
  const Status status = Session::create(tiny(text_file(dir)), options).status();
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("2 ranks"));
}

}  // namespace
}  // namespace raddle::session
