// SPDX-License-Identifier: Apache-2.0
// Runs every test, or those whose names hold the argument.
#include "bindings/cpp/tests/check.h"

int plain_failures();  // plain_test.cc, which is compiled without exceptions and RTTI

TEST(works_without_exceptions_in_the_same_program) { failures += plain_failures(); }

int main(int argc, char** argv) {
  int passed = 0, failed = 0;
  for (const Test& test : all_tests()) {
    if (argc > 1 && std::string_view(test.name).find(argv[1]) == std::string_view::npos) continue;
    failures = 0;
    try {
      test.body();
    } catch (const std::exception& error) {
      std::printf("threw: %s\n", error.what());
      ++failures;
    }
    ++(failures == 0 ? passed : failed);
    if (failures != 0) std::printf("FAILED %s\n", test.name);
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}
