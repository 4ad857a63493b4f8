// SPDX-License-Identifier: Apache-2.0
// A run whose checkpoint has format version 1 goes on as if it had version 2, written by one or by
// three, to the bit and on any processor. tests/cases/README.md says how it was made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <filesystem>
#include <map>

#include "checkpoint/json.h"
#include "checkpoint/parts.h"
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

// The same checkpoint as three writers would have written it, each a third of every tensor.
Status write_by_three(const std::string& from, const std::string& to) {
  FileSystem& fs = posix_file_system();
  RADDLE_ASSIGN_OR_RETURN(const auto manifest, checkpoint::read_manifest(from));
  RADDLE_ASSIGN_OR_RETURN(const auto attempt,
                          checkpoint::begin_write_to(fs, to, manifest.step, 3, manifest.tensors));
  std::vector<checkpoint::PartRecord> records;
  for (int64_t writer = 0; writer < 3; ++writer) {
    std::vector<std::vector<std::byte>> data;
    std::vector<checkpoint::MutableSlice> read;
    std::vector<checkpoint::SliceView> held;
    for (const checkpoint::LogicalTensor& tensor : manifest.tensors) {
      const int64_t elements = tensor.shape.elements();
      const checkpoint::ElementRange range{elements * writer / 3, elements * (writer + 1) / 3};
      data.emplace_back(checkpoint::slice_bytes(tensor, range));
      read.push_back({tensor, range, data.back().data()});
      held.push_back({tensor, range, data.back().data()});
    }
    RADDLE_RETURN_IF_ERROR(checkpoint::read_slices(from, read).status());
    RADDLE_ASSIGN_OR_RETURN(auto record, checkpoint::write_part(fs, attempt, writer, held));
    records.push_back(std::move(record));
  }
  return checkpoint::commit(fs, attempt, manifest.tensors, records, *manifest.state);
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
    std::vector<float> values(static_cast<size_t>(tensor.shape.elements()));
    EXPECT_TRUE(session.read_tensor(tensor, values).is_ok());
    for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
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

  const auto rest = rest_of(**resumed);
  const std::string by_three = dir / "by_three";
  const Status written = write_by_three(first, by_three);
  ASSERT_TRUE(written.is_ok()) << written.to_string();
  for (const std::string& path : {second, by_three}) {
    const auto session = Session::create(config, {.resume = path});
    ASSERT_TRUE(session.is_ok()) << session.status().to_string();
    EXPECT_TRUE(rest == rest_of(**session)) << path;
  }
}

// A manifest whose checksum is right and whose counters cannot be, as a faulty writer would leave
// it.
TEST(Format1, CountersThatCannotBeAreRefusedBeforeAnythingIsSetAside) {
  const std::string source = std::string(RADDLE_SOURCE_DIR) + "/tests/cases/run-format-1";
  const std::pair<const char*, int64_t> wrong[] = {
      {"step", -1},    {"step", 0},    {"step", 7},    {"updates", -1},        {"updates", 4},
      {"skipped", -2}, {"skipped", 3}, {"tokens", -1}, {"skipped_in_a_row", 1}};
  for (const auto& [key, value] : wrong) {
    test::TempDir dir;
    std::filesystem::copy(source, dir.path(), std::filesystem::copy_options::recursive);
    const std::string checkpoint = dir / "run/checkpoints/step-00000003";
    const std::string path = checkpoint + "/manifest.json";
    nlohmann::json body = nlohmann::json::parse(test::read_file(path))["body"];
    body["state"][key] = value;
    const auto sealed = checkpoint::seal_json("raddle-checkpoint", 1, body, path);
    test::write_file(path, checkpoint::dump_json(*sealed, 1, path).value());
    config::Config config;
    ASSERT_TRUE(config.load_toml_file(dir / "tiny.toml").is_ok());
    ASSERT_TRUE(config.set("data.path", dir / "text.txt").is_ok());
    const auto resumed = Session::create(config, {.run_directory = dir / "run", .resume = "auto"});
    EXPECT_EQ(resumed.status().code(), Code::kDataLoss)
        << key << " " << value << ": " << resumed.status().to_string();
    EXPECT_THAT(resumed.status().message(), HasSubstr(key)) << value;
    EXPECT_TRUE(std::filesystem::exists(path)) << key << " " << value;
  }
}

}  // namespace
}  // namespace raddle::session
