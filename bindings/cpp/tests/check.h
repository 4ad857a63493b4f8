// SPDX-License-Identifier: Apache-2.0
// What the wrapper's tests share: a list of tests, CHECK, and a small model on a small text.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <raddle/raddle.hpp>
#include <string>
#include <string_view>
#include <vector>

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& all_tests() {
  static std::vector<Test> tests;
  return tests;
}

struct AddTest {
  AddTest(const char* name, void (*body)()) { all_tests().push_back({name, body}); }
};

inline int failures = 0;  // of the test that runs

#define TEST(name)                              \
  static void name();                           \
  static const AddTest add_##name{#name, name}; \
  static void name()

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                         \
    }                                                                     \
  } while (0)

// For a Result or a Status that has to be a certain error.
template <typename Outcome>
void check_error(const char* file, int line, const Outcome& outcome, raddle::Code code,
                 std::string_view part) {
  if (outcome.code() == code && outcome.scope() == raddle::Scope::kCall &&
      outcome.message().find(part) != std::string_view::npos) {
    return;
  }
  std::printf("%s:%d: %s (%s): %s\n", file, line, std::string(name(outcome.code())).c_str(),
              std::string(name(outcome.scope())).c_str(), std::string(outcome.message()).c_str());
  ++failures;
}
#define CHECK_ERROR(outcome, code, part) \
  check_error(__FILE__, __LINE__, outcome, raddle::Code::code, part)

namespace fixture {

namespace fs = std::filesystem;

// An empty folder of this test's own.
inline fs::path folder(const std::string& name) {
  const char* work = std::getenv("RADDLE_WORK");
  const fs::path path = fs::path(work == nullptr ? "." : work) / "files" / name;
  fs::remove_all(path);
  fs::create_directories(path);
  return path;
}

inline fs::path write(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

inline std::string sentences() {
  std::string text;
  for (int i = 0; i < 400; ++i) {
    text += "The small model number " + std::to_string(i % 17) + " reads a small text again.\n";
  }
  return text;
}

inline raddle::Context context() { return raddle::Context::create().value(); }

// Bytes, two layers of width 32, on a text in `home`.
inline raddle::Config config(const fs::path& home, int steps = 6) {
  auto made = raddle::Config::create().value();
  made.set("data.path", write(home / "text.txt", sentences())).or_throw();
  made.load_text(R"(
[data]
tokenizer = "bytes"
validation_fraction = 0.1
[model]
layers = 2
width = 32
heads = 2
context = 32
[train]
micro_batch_tokens = 64
[optimizer]
learning_rate = 3e-3
)")
      .or_throw();
  made.set("train.steps", steps).or_throw();
  return made;
}

inline std::vector<std::int32_t> tokens(std::size_t count) {
  std::vector<std::int32_t> made(count);
  for (std::size_t i = 0; i < count; ++i) made[i] = static_cast<std::int32_t>('a' + i % 7);
  return made;
}

}  // namespace fixture
