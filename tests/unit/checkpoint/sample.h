// SPDX-License-Identifier: Apache-2.0
// A small training state for checkpoint tests: parameters and optimizer moments whose every byte
// depends on the step, in more than one file.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.h"
#include "runtime/base/random.h"

namespace raddle::checkpoint {

struct Sample {
  std::vector<float> weight = std::vector<float>(60), bias = std::vector<float>(5),
                     moment = std::vector<float>(60);
  int64_t count = 0;

  static Sample at(int64_t step) {
    Sample sample;
    RandomStream random(7, static_cast<uint64_t>(step));
    for (auto* values : {&sample.weight, &sample.bias, &sample.moment}) {
      for (float& value : *values) value = static_cast<float>(random.unit());
    }
    sample.count = step * 1000;
    return sample;
  }
  std::vector<TensorView> views() const {
    return {{"param.weight", DType::kF32, {6, 10}, weight.data()},
            {"param.bias", DType::kF32, {5}, bias.data()},
            {"adam_m.weight", DType::kF32, {6, 10}, moment.data()},
            {"counter", DType::kI64, {}, &count}};
  }
  std::vector<MutableTensor> destinations() {
    return {{"param.weight", DType::kF32, {6, 10}, weight.data()},
            {"param.bias", DType::kF32, {5}, bias.data()},
            {"adam_m.weight", DType::kF32, {6, 10}, moment.data()},
            {"counter", DType::kI64, {}, &count}};
  }
  friend bool operator==(const Sample&, const Sample&) = default;
};

// Two files: param.weight and param.bias, then adam_m.weight and counter.
constexpr WriteOptions kTwoFiles{300};
constexpr const char* kFirstFile = "shard-00001-of-00002.safetensors";
constexpr const char* kSecondFile = "shard-00002-of-00002.safetensors";

inline nlohmann::json state_at(int64_t step) {
  return {{"cursor", step * 3}, {"note", "step " + std::to_string(step)}};
}

inline Status write_sample(FileSystem& fs, const std::string& root, int64_t step) {
  const Sample sample = Sample::at(step);
  return write(fs, root, step, sample.views(), state_at(step), kTwoFiles);
}

// Whether the checkpoint at `path` holds exactly what write_sample() wrote at `step`.
inline void expect_sample(const std::string& path, int64_t step) {
  Sample back;
  const auto destinations = back.destinations();
  const auto manifest = read(path, destinations);
  ASSERT_TRUE(manifest.is_ok()) << manifest.status().to_string();
  EXPECT_EQ(manifest->step, step);
  EXPECT_EQ(*manifest->state, state_at(step));
  EXPECT_TRUE(back == Sample::at(step));
}

}  // namespace raddle::checkpoint
