// SPDX-License-Identifier: Apache-2.0
#include "runtime/simulate/profile.h"

#include <gtest/gtest.h>

#include "runtime/balance/cost_fit.h"
#include "runtime/simulate/profile_file.h"

namespace raddle::simulate {
namespace {

TEST(Profile, BuiltInsAreWholeAndSurviveAFile) {
  EXPECT_EQ(built_in_profiles().size(), 5u);
  for (const Profile& profile : built_in_profiles()) {
    EXPECT_TRUE(profile.validate().is_ok()) << profile.name;
    EXPECT_FALSE(profile.sources.empty()) << profile.name;
    EXPECT_EQ(built_in_profile(profile.name), &profile);
    const auto read = profile_from_json(to_json(profile), "a file");
    ASSERT_TRUE(read.is_ok()) << read.status().to_string();
    EXPECT_EQ(*read, profile);
  }
  EXPECT_EQ(built_in_profile("bytescale"), nullptr);
  EXPECT_NE(built_in_names().find("bytescale-7b, "), std::string::npos);
}

TEST(Profile, GradientsTakeMessagesAndBytes) {
  Profile profile;
  EXPECT_EQ(profile.gradient_ps(512), 0);
  profile.gradients = {1'000'000, 1'000'000'000, 5};
  EXPECT_EQ(profile.gradient_ps(1), 0);
  // Half of it crosses between two ranks, in two messages; 7/8 between eight, in six.
  EXPECT_EQ(profile.gradient_ps(2), 500'000'000 + 2 * 5);
  EXPECT_EQ(profile.gradient_ps(8), 875'000'000 + 6 * 5);
}

TEST(Profile, MeasuredTimesTakeThePlaceOfCoefficients) {
  const auto profile = profile_from_json(
      R"({"version": 1, "name": "mine", "sources": ["a stopwatch"], "layers": 4,
          "measured": [{"tokens": 1000, "attention_ps": 3000000, "linear_ps": 5000000},
                       {"tokens": 2000, "attention_ps": 10000000, "linear_ps": 10000000}]})",
      "mine.json");
  ASSERT_TRUE(profile.is_ok()) << profile.status().to_string();
  EXPECT_EQ(profile->costs.attention_fs_per_token2, 2000);
  EXPECT_EQ(profile->costs.linear_ps_per_token, 1000 + 5000);
  EXPECT_EQ(profile->layers, 4);
}

TEST(Profile, FilesThatAreWrong) {
  const auto refused = [](const std::string& text, const char* hint) {
    const Status status = profile_from_json(text, "p.json").status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << text;
    EXPECT_NE(status.message().find("p.json"), std::string::npos) << status.message();
    EXPECT_NE(status.message().find(hint), std::string::npos) << status.message();
  };
  const auto with = [](const std::string& more) {
    return R"({"version": 1, "name": "p", "sources": ["s"], )" + more + "}";
  };
  refused("{", "p.json");
  refused("[]", "expected an object");
  refused(R"({"name": "p", "sources": ["s"]})", "version is missing");
  refused(R"({"version": 2, "name": "p", "sources": ["s"]})", "version is 2");
  refused(R"({"version": 1, "name": "p"})", "sources is missing");
  refused(R"({"version": 1, "sources": ["s"]})", "name is missing");
  refused(R"({"version": 1, "name": "p", "sources": []})", "where numbers are from");
  refused(R"({"version": 1, "name": "p", "sources": [7]})", "7");
  refused(with(R"("layer": 3)"), "layer: there is no such key");
  refused(with(R"("layers": 0)"), "layers is 0");
  refused(with(R"("layers": 2.5)"), "2.5");
  refused(with(R"("backward_hop_permille": -1)"), "backward_hop_permille is -1");
  refused(with(R"("gradients": {"bytes": 5})"), "bytes_per_second is 0");
  refused(with(R"("gradients": {"byte": 5})"), "the key byte is unknown");
  refused(with(R"("gradients": 3)"), "expected an object");
  refused(with(R"("static_link": {"latency_ps": -4})"), "latency_ps is -4");
  refused(with(R"("costs": {"version": 1, "liner": 1})"), "liner");
  refused(with(R"("measured": [{"tokens": 5, "attention_ps": 1, "linear_ps": 1}])"), "two lengths");
}

}  // namespace
}  // namespace raddle::simulate
