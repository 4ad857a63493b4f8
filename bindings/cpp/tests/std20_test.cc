// SPDX-License-Identifier: Apache-2.0
// What C++20 adds: std::span, ranges, designated initialisers.
#include <iterator>
#include <raddle/raddle.hpp>
#include <span>
#include <vector>

static_assert(std::input_iterator<raddle::Training::Iterator>);
static_assert(std::sentinel_for<raddle::Training::End, raddle::Training::Iterator>);
static_assert(std::contiguous_iterator<decltype(raddle::Span<float>().begin())>);

double spans(raddle::Session& session, const raddle::Context& context,
             const raddle::Config& config) {
  std::vector<std::int32_t> tokens = {1, 2, 3};
  const std::span<const std::int32_t> span(tokens);
  const raddle::Span<const std::int32_t> own = span;
  const std::span<float> values = session.tensor("wte")->values();
  const std::span<const std::int32_t> back = own;
  auto opened =
      raddle::Session::create(context, config, {.run_directory = "run", .resume = "auto"});
  auto step = session.step_tokens({.tokens = span.first(2), .targets = back.last(2)});
  auto result = session.generate(own, [](const raddle::Token&) {}, {.max_tokens = 3, .seed = 1});
  return step->loss + values[0] + result->tokens_per_second + (opened.ok() ? 1 : 0);
}
