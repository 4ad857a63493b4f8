// SPDX-License-Identifier: Apache-2.0
// Run with a library of another version: says what Context and Config say of it.
#include <cstdio>
#include <raddle/raddle.hpp>

int main() {
  const auto context = raddle::Context::create();
  const auto config = raddle::Config::create();
  const auto stop = raddle::Stop::create();
  for (const raddle::Code code : {context.code(), config.code(), stop.code()}) {
    if (code != raddle::Code::kFailedPrecondition) return 1;
  }
  std::printf("%s\n", context.status().c_message());
}
