// SPDX-License-Identifier: Apache-2.0
// Plans of meshes as a program gets them: the same for the same lengths, and errors that name what
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

}  // namespace
