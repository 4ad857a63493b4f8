// SPDX-License-Identifier: Apache-2.0
// A run whose checkpoint has format version 1 goes on as if it had version 2, to the bit and on any
// processor. tests/cases/README.md says how it was made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <map>

#include "checkpoint/checkpoint.h"
#include "checkpoint/safetensors.h"
#include "runtime/session/session.h"
#include "tests/support/paths.h"
#include "tests/support/temp_dir.h"

namespace raddle::session {
namespace {

using ::testing::HasSubstr;

// Every stored tensor as it lies in its file, so that nothing of how checkpoints are read matters.
std::map<std::string, std::string> stored_tensors(const std::string& checkpoint) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(checkpoint)) {
    if (entry.path().extension() != ".safetensors") continue;
    const auto file = checkpoint::SafetensorsFile::open(entry.path().string());
    EXPECT_TRUE(file.is_ok()) << file.status().to_string();
    for (const checkpoint::StoredTensor& tensor : file->tensors()) {
      std::string bytes(checkpoint::tensor_bytes(tensor.dtype, tensor.shape).value(), '\0');
      EXPECT_TRUE(tensor.file->read_at(tensor.offset, bytes.data(), bytes.size()).is_ok());
      all[tensor.name] = checkpoint::describe(tensor.dtype, tensor.shape) + bytes;
    }
  }
  return all;
}

// The losses of the steps that are left, and the weights and moments after them.
std::vector<uint64_t> rest_of(Session& session) {
  std::vector<uint64_t> bits;
  for (int i = 0; i < 3; ++i) {
    StepMetrics metrics;
    const Status status = session.step_on_data(&metrics);
    EXPECT_TRUE(status.is_ok()) << status.to_string();
    bits.push_back(std::bit_cast<uint64_t>(metrics.loss));
  }
  for (const StateTensor& tensor : session.state_tensors()) {
    for (const float value : tensor.values) bits.push_back(std::bit_cast<uint32_t>(value));
  }
  return bits;
}

TEST(Format1, GoesOnAsFormat2DoesToTheBit) {
  test::TempDir dir;
  const std::string source = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/run-format-1";
  std::filesystem::copy(source, dir.path(), std::filesystem::copy_options::recursive);
  const std::string first = dir / "run/checkpoints/step-00000003", second = dir / "again";
  config::Config config;
  ASSERT_TRUE(config.load_toml_file(dir / "tiny.toml").is_ok());
  ASSERT_TRUE(config.set("data.path", dir / "text.txt").is_ok());

  const auto resumed = Session::create(config, {.run_directory = dir / "run", .resume = "auto"});
  ASSERT_TRUE(resumed.is_ok()) << resumed.status().to_string();
  EXPECT_EQ((*resumed)->info().steps_done, 3);
  ASSERT_TRUE((*resumed)->save(second).is_ok());
  EXPECT_THAT(test::read_file(first + "/manifest.json"), HasSubstr("\"version\": 1"));
  EXPECT_THAT(test::read_file(second + "/manifest.json"), HasSubstr("\"version\": 2"));
  const auto tensors = stored_tensors(first);
  EXPECT_GT(tensors.size(), 30u);
  EXPECT_TRUE(tensors == stored_tensors(second));

  const auto from_second = Session::create(config, {.resume = second});
  ASSERT_TRUE(from_second.is_ok()) << from_second.status().to_string();
  EXPECT_TRUE(rest_of(**resumed) == rest_of(**from_second));
}

}  // namespace
}  // namespace raddle::session
