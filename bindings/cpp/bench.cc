// SPDX-License-Identifier: Apache-2.0
// What a call through the wrapper costs beside the same call of C, in microseconds: the median of
// nine rounds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <raddle/raddle.hpp>
#include <vector>

namespace {

template <typename Call>
double microseconds(int repetitions, Call&& call) {
  std::vector<double> rounds;
  for (int round = 0; round < 9; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < repetitions; ++i) call();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    rounds.push_back(took.count() / repetitions);
  }
  std::nth_element(rounds.begin(), rounds.begin() + 4, rounds.end());
  return rounds[4];
}

void row(const char* name, double c, double cpp) {
  std::printf("%-24s %10.3f %10.3f %10.3f\n", name, c, cpp, cpp - c);
}

void need(raddle_status_t status) { raddle::Status(status).or_throw(); }

}  // namespace

int main() {
  const auto context = raddle::Context::create().value();
  auto config = raddle::Config::create().value();
  config
      .load_text(
          "data.tokenizer = \"bytes\"\nmodel.layers = 1\nmodel.width = 32\nmodel.heads = 2\n"
          "model.context = 32\ntrain.micro_batch_tokens = 32\nruntime.threads = 1\n")
      .or_throw();
  auto session = raddle::Session::create(context, config).value();
  const std::vector<std::int32_t> tokens(32, 'a');
  volatile std::uint32_t version = 0;

  std::printf("%-24s %10s %10s %10s\n", "microseconds", "C", "C++", "more");
  const double c_version = microseconds(100000, [&] { version = raddle_version(); });
  row("version", c_version, microseconds(100000, [&] { version = raddle::version(); }));
  const char* value = nullptr;
  const double c_get =
      microseconds(20000, [&] { need(raddle_config_get(config.c(), "train.steps", &value)); });
  row("config get", c_get, microseconds(20000, [&] { config.get("train.steps").value(); }));
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  const double c_step = microseconds(200, [&] {
    need(raddle_session_step_tokens(session.c(), tokens.data(), 32, nullptr, nullptr, nullptr,
                                    nullptr, 0, nullptr, &metrics));
  });
  row("step_tokens, 32 tokens", c_step,
      microseconds(200, [&] { session.step_tokens({tokens}).value(); }));
  row("step, one batch", c_step, microseconds(200, [&] { session.step({{tokens}}).value(); }));
}
