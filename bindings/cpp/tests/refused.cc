// SPDX-License-Identifier: Apache-2.0
// What must not compile, a number each; number 0 must.
#include <raddle/raddle.hpp>

void calls(raddle::Config& config, raddle::Session& session) {
#if NUMBER == 0
  static_cast<void>(config.set("train.steps", 3));
  session.train([](const raddle::Event&) { return raddle::Next::kGoOn; }).value();
#elif NUMBER == 1  // a Status that nobody looks at
  config.set("train.steps", 3);
#elif NUMBER == 2  // a Result that nobody looks at
  session.train();
#elif NUMBER == 3  // a copy of a handle
  raddle::Session copy = session;
#elif NUMBER == 4  // a callback that returns something else
  static_cast<void>(session.train([](const raddle::Event&) { return 1; }));
#elif NUMBER == 5  // a callback that takes something else
  static_cast<void>(session.train([](int) {}));
#elif NUMBER == 6  // tokens of another type
  std::vector<float> tokens(3);
  static_cast<void>(session.step_tokens({tokens}));
#endif
}
