// SPDX-License-Identifier: Apache-2.0
// Plans of meshes as a program gets them: the same for the same lengths, errors that say where.
#include <cstring>
#include <string>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using MeshTest = abi_test::ContextTest;

const std::vector<int64_t> kLengths = {900, 300, 100, 80, 20};
const auto kCount = static_cast<int64_t>(kLengths.size());

// From `"hash": "` on, 16 digits.
std::string hash_of(const char* json) {
  const char* at = std::strstr(json, "\"hash\"");
  return at == nullptr ? "" : std::string(at, 27);
}

TEST_F(MeshTest, SameLengthsGiveTheSamePlan) {
  char *first = nullptr, *second = nullptr;
  ABI_OK(raddle_mesh_plan(context, kLengths.data(), kCount, 16, 100, nullptr, 0, &first));
  ABI_OK(raddle_mesh_plan(context, kLengths.data(), kCount, 16, 100, nullptr, 0, &second));
  for (const char* key :
       {"makespan", "lower_bound", "planning_ms", "kv_bytes", "kv_bytes_static"}) {
    EXPECT_NE(std::strstr(first, key), nullptr) << key;
  }
  EXPECT_EQ(std::strstr(first, "\"plan\""), nullptr);
  EXPECT_FALSE(hash_of(first).empty());
  EXPECT_EQ(hash_of(first), hash_of(second));
  raddle_text_destroy(&first);
  raddle_text_destroy(&second);
}

TEST_F(MeshTest, ThePlanComesOnRequest) {
  char* json = nullptr;
  ABI_OK(raddle_mesh_plan(context, kLengths.data(), kCount, 16, 100, nullptr, 1, &json));
  EXPECT_NE(std::strstr(json, "\"plan\""), nullptr);
  EXPECT_NE(std::strstr(json, "\"degree\":9"), nullptr);
  raddle_text_destroy(&json);
}

TEST_F(MeshTest, Misuse) {
  char* json = nullptr;
  const auto plan = [&](const int64_t* lengths, int64_t count, int64_t ranks, int64_t capacity,
                        const char* cost = nullptr) {
    return raddle_mesh_plan(context, lengths, count, ranks, capacity, cost, 0, &json);
  };
  const int64_t bad[] = {5, -1};
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "lengths", plan(nullptr, 1, 1, 1));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "length_count is 0", plan(bad, 0, 1, 1));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "length_count is -3", plan(bad, -3, 1, 1));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "sequence 2 has -1 tokens", plan(bad, 2, 4, 100));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "ranks is 0", plan(bad, 1, 0, 100));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "capacity is -7", plan(bad, 1, 4, -7));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "at least 5 ranks", plan(bad, 1, 2, 1));
  ABI_FAILS(RADDLE_NOT_FOUND, "no/such/file", plan(bad, 1, 4, 100, "no/such/file"));
  EXPECT_EQ(json, nullptr);
}

bool has(const char* json, const char* text) { return std::strstr(json, text) != nullptr; }

TEST_F(MeshTest, ASimulationHasEachPolicyAndWhatItLeavesOut) {
  char* json = nullptr;
  ABI_OK(raddle_mesh_simulate(context, kLengths.data(), kCount, 16, 100, 0, nullptr, &json));
  for (const char* key : {"\"static\"", "\"naive\"", "\"balanced\"", "\"step_ms\"", "\"speedup\"",
                          "\"bytescale-7b\"", "\"not_predicted\"", "\"static_degree\": 16"}) {
    EXPECT_TRUE(has(json, key)) << key;
  }
  raddle_text_destroy(&json);
  ABI_OK(raddle_mesh_simulate(context, kLengths.data(), kCount, 16, 100, 0, "flexsp-7b", &json));
  EXPECT_TRUE(has(json, "\"static\"") && !has(json, "\"naive\""));
  raddle_text_destroy(&json);
}

TEST_F(MeshTest, GroupsAreRefusedWithoutTheirCosts) {
  char* json = nullptr;
  const auto plan = [&](int64_t count, const char* cost) {
    return raddle_mesh_plan_groups(context, kLengths.data(), count, 16, 100, 0, cost, 0, &json);
  };
  ABI_FAILS(RADDLE_NOT_FOUND, "no/such/file", plan(kCount, "no/such/file"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "length_count is 0", plan(0, "no/such/file"));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "cost_path", plan(kCount, nullptr));
  EXPECT_EQ(json, nullptr);
}

TEST_F(MeshTest, DrawnLengthsRepeat) {
  char *first = nullptr, *second = nullptr;
  ABI_OK(raddle_mesh_draw_lengths(context, "byted-64k", 1 << 20, 3, &first));
  ABI_OK(raddle_mesh_draw_lengths(context, "byted-64k", 1 << 20, 3, &second));
  EXPECT_STREQ(first, second);
  EXPECT_TRUE(has(first, "\"longest\":65536"));
  raddle_text_destroy(&second);
  ABI_OK(raddle_mesh_draw_lengths(context, "byted-64k", 1 << 20, 4, &second));
  EXPECT_STRNE(first, second);
  raddle_text_destroy(&first);
  raddle_text_destroy(&second);
}

TEST_F(MeshTest, MisuseOfTheSimulator) {
  char* json = nullptr;
  const auto simulate = [&](int64_t count, int64_t ranks, int64_t longest, const char* profile) {
    return raddle_mesh_simulate(context, kLengths.data(), count, ranks, 100, longest, profile,
                                &json);
  };
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "length_count is 0", simulate(0, 16, 0, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "at least 9 ranks", simulate(5, 8, 0, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "longest is 20", simulate(5, 16, 20, nullptr));
  ABI_FAILS(RADDLE_NOT_FOUND, "flexsp-30b", simulate(5, 16, 0, "no-such-profile"));
  const auto draw = [&](const char* set, int64_t tokens, int64_t seed) {
    return raddle_mesh_draw_lengths(context, set, tokens, seed, &json);
  };
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "github-256k", draw("pile-2m", 10, 0));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "tokens is 0", draw("byted-2m", 0, 0));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "seed is -1", draw("byted-2m", 10, -1));
  EXPECT_EQ(json, nullptr);
}

}  // namespace
