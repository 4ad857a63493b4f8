// SPDX-License-Identifier: Apache-2.0
// parity CONFIG TEXT RUN_DIR: trains and prints each step's loss as the bits of a double, to be
// compared with what other languages print.
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <raddle/raddle.hpp>

int main(int argc, char** argv) try {
  if (argc != 4) return 64;
  auto context = raddle::Context::create().value();
  auto config = raddle::Config::create().value();
  config.load_file(argv[1]).or_throw();
  config.set("data.path", std::filesystem::path(argv[2])).or_throw();
  raddle::SessionOptions options;
  options.run_directory = argv[3];
  auto session = raddle::Session::create(context, config, options).value();
  const auto result = session.train([](const raddle::Event& event) {
    const auto metrics = event.metrics();
    if (!metrics) return;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &metrics->loss, sizeof(bits));
    std::printf("step %" PRId64 " %016" PRIx64 "\n", event.step(), bits);
  });
  result.status().or_throw();
} catch (const raddle::Error& error) {
  std::fprintf(stderr, "parity: %s\n", error.what());
  return 1;
}
