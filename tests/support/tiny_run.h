// SPDX-License-Identifier: Apache-2.0
// A run that takes a second: a text with enough structure to learn from, and a model of 2 layers.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "runtime/config/config.h"
#include "tests/support/temp_dir.h"

namespace raddle::test {

// A file of rhymes with enough structure to learn something from.
inline std::string text_file(const TempDir& dir) {
  const std::string path = dir.path() + "/text.txt";
  std::ofstream out(path);
  for (int i = 0; i < 200; ++i) {
    out << "In the beginning was word " << i % 7 << ", and the word was good.\n";
  }
  return path;
}

inline config::Config tiny(const std::string& data, bool wide = true) {
  config::Config c;
  const auto set = [&](const char* key, const std::string& value) {
    ASSERT_TRUE(c.set(key, value).is_ok()) << key;
  };
  set("model.layers", "2");
  set("model.width", "32");
  set("model.heads", "2");
  set("model.context", "64");
  if (wide) {
    set("model.virtual_width.m", "2");
    set("model.virtual_width.n", "4");
  }
  set("train.micro_batch_tokens", "128");
  set("train.micro_batches", "2");
  set("train.steps", "20");
  set("optimizer.learning_rate", "0.01");
  set("data.path", data);
  set("runtime.threads", "2");
  return c;
}

}  // namespace raddle::test
