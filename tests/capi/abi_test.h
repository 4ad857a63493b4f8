// SPDX-License-Identifier: Apache-2.0
// What the ABI's tests share: reading and freeing a status, and a context whose log fails the test
// on a warning that it did not announce.
#pragma once

#include <gtest/gtest.h>
#include <raddle/raddle.h>

#include <string>
#include <vector>

namespace abi_test {

struct Outcome {
  raddle_code_t code = RADDLE_OK;
  std::string message;
};

// Takes the status over.
inline Outcome take(raddle_status_t status) {
  const Outcome outcome = {raddle_status_code(status), raddle_status_message(status)};
  raddle_status_destroy(&status);
  return outcome;
}

// Succeeded; the message is shown if not.
#define ABI_OK(call)                                                          \
  do {                                                                        \
    const ::abi_test::Outcome outcome_ = ::abi_test::take(call);              \
    ASSERT_EQ(outcome_.code, RADDLE_OK) << #call << ": " << outcome_.message; \
  } while (false)

// Failed with this code and a message that contains `part`.
#define ABI_FAILS(expected_code, part, call)                                      \
  do {                                                                            \
    const ::abi_test::Outcome outcome_ = ::abi_test::take(call);                  \
    EXPECT_EQ(outcome_.code, expected_code) << #call << ": " << outcome_.message; \
    EXPECT_NE(outcome_.message.find(part), std::string::npos)                     \
        << #call << ": expected \"" << (part) << "\" in: " << outcome_.message;   \
  } while (false)

// A test with a context. Warnings that do not contain an entry of `announced` fail the test.
class ContextTest : public ::testing::Test {
 protected:
  void SetUp() override {
    raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
    options.log_level = RADDLE_LOG_WARNING;
    options.log_user_data = this;
    options.log_callback = [](void* self, raddle_log_level_t, const char* message) {
      static_cast<ContextTest*>(self)->warnings.emplace_back(message);
    };
    ABI_OK(raddle_context_create(&options, &context));
    ASSERT_NE(context, nullptr);
  }
  void TearDown() override {
    raddle_context_destroy(&context);
    EXPECT_EQ(context, nullptr);
    for (const std::string& warning : warnings) {
      bool known = false;
      for (const std::string& part : announced) known |= warning.find(part) != std::string::npos;
      EXPECT_TRUE(known) << "unexpected warning: " << warning;
    }
  }

  raddle_context_t* context = nullptr;
  std::vector<std::string> announced;
  std::vector<std::string> warnings;
};

}  // namespace abi_test
