// SPDX-License-Identifier: Apache-2.0
// Every kind of damage is refused, named by file and tensor, changes no destination, and leaves the
// previous checkpoint to be used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>

#include "checkpoint/checkpoint.h"
#include "runtime/base/hash.h"
#include "tests/support/log_guard.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/checkpoint/sample.h"

namespace raddle::checkpoint {
namespace {

using test::ExpectLog;
using test::TempDir;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Damage : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int64_t step : {50, 100}) {
      ASSERT_TRUE(write_sample(posix_file_system(), root_.path(), step).is_ok());
    }
  }
  std::string file(const std::string& name, int64_t step = 100) const {
    return checkpoint_path(root_.path(), step) + "/" + name;
  }
  void edit(const std::string& name, const std::function<void(std::string&)>& change) {
    std::string bytes = test::read_file(file(name));
    change(bytes);
    test::write_file(file(name), bytes);
  }
  // Step 100 must be refused everywhere; returns the message, which is the same everywhere.
  std::string refusal() {
    const std::string path = checkpoint_path(root_.path(), 100);
    Report report;
    const Status verified = verify(path, &report);
    EXPECT_EQ(verified.code(), Code::kDataLoss);
    EXPECT_FALSE(report.problems.empty());
    problems_ = report.problems;
    Sample sample = Sample::at(9);
    const auto destinations = sample.destinations();
    const Status read_status = read(path, destinations).status();
    EXPECT_EQ(read_status.code(), Code::kDataLoss);
    EXPECT_TRUE(sample == Sample::at(9)) << "a refused read changed a destination";
    ExpectLog expect("skipping the checkpoint of step 100: ");
    const auto latest = latest_valid(root_.path());
    EXPECT_TRUE(latest.is_ok()) << latest.status().to_string();
    EXPECT_EQ(latest->step, 50);
    expect_sample(latest->path, 50);
    return verified.message();
  }

  TempDir root_;
  std::vector<Problem> problems_;
};

TEST_F(Damage, AFlippedBitNamesTheTensor) {
  edit(kSecondFile, [](std::string& bytes) { bytes[bytes.size() - 9] ^= 0x10; });
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file(kSecondFile)),
                               HasSubstr("tensor \"adam_m.weight\" (F32 [6, 10]) is damaged"),
                               HasSubstr("use an earlier one")));
  ASSERT_EQ(problems_.size(), 1u);
  EXPECT_EQ(problems_[0].file, kSecondFile);
  EXPECT_EQ(problems_[0].tensor, "adam_m.weight");
}

TEST_F(Damage, EveryDamagedTensorIsReported) {
  edit(kSecondFile, [](std::string& bytes) {
    bytes[bytes.size() - 1] ^= 1;
    bytes[bytes.size() - 9] ^= 1;
  });
  EXPECT_THAT(refusal(), HasSubstr("(and 1 more)"));
  EXPECT_EQ(problems_[1].tensor, "counter");
}

TEST_F(Damage, AnyFlippedBitAnywhereIsFound) {
  for (const std::string name : {kFirstFile, kSecondFile, kManifestFile}) {
    const std::string whole = test::read_file(file(name));
    for (size_t at = 0; at < whole.size(); at += 5) {
      std::string bytes = whole;
      bytes[at] ^= 0x04;  // of no white space another
      test::write_file(file(name), bytes);
      ASSERT_FALSE(verify(checkpoint_path(root_.path(), 100), nullptr).is_ok())
          << name << " byte " << at;
    }
    test::write_file(file(name), whole);
  }
  EXPECT_TRUE(verify(checkpoint_path(root_.path(), 100), nullptr).is_ok());
}

TEST_F(Damage, ADamagedHeaderIsSaidToBeThat) {
  edit(kFirstFile, [](std::string& bytes) { bytes[8] = '!'; });
  EXPECT_THAT(refusal(), AllOf(HasSubstr("the header is damaged"), HasSubstr("param.weight")));
}

// As whole as checksums can tell, but its header and the manifest name the same bytes differently.
TEST_F(Damage, AHeaderThatPlacesTensorsOtherwiseIsRefused) {
  const std::string path = checkpoint_path(root_.path(), 100);
  const std::vector<float> values = {1, 2};
  const std::vector<TensorView> views = {{"a", DType::kF32, {1}, &values[0]},
                                         {"b", DType::kF32, {1}, &values[1]}};
  ASSERT_TRUE(write(posix_file_system(), root_.path(), 100, views, {}).is_ok());
  const std::string name = "shard-00001-of-00001.safetensors";
  edit(name, [](std::string& bytes) {
    const size_t a = bytes.find("\"a\""), b = bytes.find("\"b\"");
    std::swap(bytes[a + 1], bytes[b + 1]);
  });
  Manifest manifest = read_manifest(path).value();
  manifest.files[0].checksum = hash_text(test::read_file(file(name)));
  test::write_file(file(kManifestFile), encode_manifest(manifest).value());
  const Status status = verify(path, nullptr);
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr(file(name)), HasSubstr("tensor \"a\" is F32 [1] at byte"),
                    HasSubstr("but the manifest says F32 [1] at byte")));
  std::vector<float> back = {7, 8};
  const std::vector<MutableTensor> wanted = {{"a", DType::kF32, {1}, &back[0]},
                                             {"b", DType::kF32, {1}, &back[1]}};
  EXPECT_EQ(read(path, wanted).status().message(), status.message());
  EXPECT_EQ(back, (std::vector<float>{7, 8}));
}

TEST_F(Damage, ACutFileNamesTheFirstTensorThatIsCut) {
  edit(kFirstFile, [](std::string& bytes) { bytes.resize(bytes.size() - 3); });
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file(kFirstFile)), HasSubstr("cut short"),
                               HasSubstr("tensor \"param.bias\"")));
  edit(kFirstFile, [](std::string& bytes) { bytes.resize(bytes.size() - 20); });
  EXPECT_THAT(refusal(), HasSubstr("tensor \"param.weight\""));
  edit(kFirstFile, [](std::string& bytes) { bytes.clear(); });
  EXPECT_THAT(refusal(), HasSubstr("found 0"));
}

TEST_F(Damage, AFileThatGrewIsRefused) {
  edit(kFirstFile, [](std::string& bytes) { bytes += "x"; });
  EXPECT_THAT(refusal(), HasSubstr("too long after tensor \"param.bias\""));
}

TEST_F(Damage, AMissingFileNamesItsTensors) {
  std::filesystem::remove(file(kSecondFile));
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr(file(kSecondFile)),
                    HasSubstr("tensor \"adam_m.weight\" and the others in it are lost")));
}

TEST_F(Damage, AFileOfAnotherStepIsRecognised) {
  std::filesystem::copy_file(file(kSecondFile, 50), file(kSecondFile),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), AllOf(HasSubstr("of step 50, but the manifest is of step 100"),
                               HasSubstr("tensor \"adam_m.weight\"")));
}

TEST_F(Damage, AnotherFileOfTheSameStepIsRecognised) {
  std::filesystem::copy_file(file(kFirstFile), file(kSecondFile),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("another file was put in its place"));
}

TEST_F(Damage, AManifestOfAnotherStepIsRefused) {
  std::filesystem::copy_file(file(kManifestFile, 50), file(kManifestFile),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(), HasSubstr("manifest of step 50, found in the directory of step 100"));
}

TEST_F(Damage, WithoutAManifestItWasNeverFinished) {
  std::filesystem::remove(file(kManifestFile));
  EXPECT_THAT(refusal(), HasSubstr("never finished; use an earlier checkpoint"));
}

TEST_F(Damage, AnEditedManifestIsRefused) {
  edit(kManifestFile, [](std::string& text) {
    const size_t at = text.find("\"cursor\": 300");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 13, "\"cursor\": 301");
  });
  EXPECT_THAT(refusal(), HasSubstr("it was damaged or edited"));
}

TEST_F(Damage, AManifestThatIsNotOneIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is empty"},
      {"{", "not valid JSON"},
      {"[]", "expected a JSON object, found array"},
      {"{\"format\":\"x\"}", "expected the format \"raddle-checkpoint\", found \"x\""},
      {"{\"format\":\"raddle-checkpoint\"}", "\"version\" should be a whole number"},
      {"{\"format\":\"raddle-checkpoint\",\"version\":1}", "\"xxh3\" is missing"},
      {"{\"format\":\"raddle-checkpoint\",\"version\":1,\"xxh3\":\"12\"}", "16 hexadecimal"},
      {"{\"a\":1,\"a\":2}", "\"a\" occurs twice"}};
  for (const auto& [text, message] : cases) {
    test::write_file(file(kManifestFile), text);
    EXPECT_THAT(refusal(), AllOf(HasSubstr(message), HasSubstr("manifest.json"))) << text;
  }
  std::string deep(100'000, '[');
  test::write_file(file(kManifestFile), deep + std::string(100'000, ']'));
  EXPECT_THAT(refusal(), HasSubstr("nested deeper than 64 levels"));
}

TEST_F(Damage, AnotherFormatVersionSaysWhichRaddleToUse) {
  edit(kManifestFile, [](std::string& text) {
    const size_t at = text.find("\"version\": 2");
    ASSERT_NE(at, std::string::npos);
    text.replace(at, 12, "\"version\": 3");
  });
  const Status status = verify(checkpoint_path(root_.path(), 100), nullptr);
  EXPECT_EQ(status.code(), Code::kUnimplemented);
  EXPECT_THAT(status.message(), HasSubstr("format version 3 is not known, this Raddle reads "
                                          "versions 1 to 2; use the Raddle that wrote it"));
}

TEST_F(Damage, WhenNoneIsGoodEachOnesReasonIsSaid) {
  std::filesystem::remove(file(kManifestFile));
  std::filesystem::remove(file(kManifestFile, 50));
  const Status status = latest_valid(root_.path()).status();
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("none of the 2 checkpoints"),
                                      HasSubstr("the checkpoint of step 100: "),
                                      HasSubstr("the checkpoint of step 50: ")));
  std::filesystem::remove_all(checkpoint_path(root_.path(), 100));
  std::filesystem::remove_all(checkpoint_path(root_.path(), 50));
  EXPECT_EQ(latest_valid(root_.path()).status().code(), Code::kNotFound);
}

// A disk that fails for a moment has lost nothing.
TEST_F(Damage, AFileThatCannotBeReadIsNotDamaged) {
  for (const int64_t step : {100, 50}) {
    const std::string shard = file(kFirstFile, step);
    std::filesystem::rename(shard, shard + ".away");
    std::filesystem::create_symlink(shard, shard);
  }
  EXPECT_EQ(latest_valid(root_.path()).status().code(), Code::kIo);
  std::filesystem::remove(file(kFirstFile, 50));
  std::filesystem::rename(file(kFirstFile, 50) + ".away", file(kFirstFile, 50));
  ExpectLog newer("skipping the checkpoint of step 100");
  EXPECT_EQ(latest_valid(root_.path())->step, 50);
}

}  // namespace
}  // namespace raddle::checkpoint
