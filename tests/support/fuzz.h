// SPDX-License-Identifier: Apache-2.0
// A small deterministic mutation driver for readers of untrusted bytes. From a corpus of valid
// inputs it makes damaged ones (flips, truncations, splices, repeats, interesting numbers) and
// hands each to the reader, which must accept it or give a Status: never crash, hang or blame
// itself.
//
//   raddle::test::fuzz(corpus, 20000, [](const std::string& input) {
//     raddle::test::expect_clean(parse(input).status());
//   });
//
// Input i is a pure function of (corpus, i). RADDLE_FUZZ_ONLY=i runs that input alone, for a
// debugger; RADDLE_FUZZ_SCALE=k runs k times as many.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/base/status.h"

namespace raddle::test {

// A refusal must say something, and must not be an INTERNAL error: bad input is not our bug.
inline void expect_clean(const Status& status) {
  if (status.is_ok()) return;
  EXPECT_FALSE(status.message().empty()) << "a refusal without words";
  EXPECT_NE(status.code(), Code::kInternal) << status.to_string();
}

namespace fuzz_internal {

inline size_t pick(RandomStream& draws, size_t bound) {
  return bound == 0 ? 0 : static_cast<size_t>(draws.below(bound));
}

// Overwrites 1 to 8 bytes with a value at which size arithmetic tends to go wrong.
inline void plant_number(RandomStream& draws, std::string& input) {
  static constexpr uint64_t kNumbers[] = {0,
                                          1,
                                          0x7F,
                                          0x80,
                                          0xFF,
                                          0x7FFF,
                                          0xFFFF,
                                          0x7FFFFFFF,
                                          0xFFFFFFFF,
                                          0x100000000,
                                          1u << 20,
                                          0x7FFFFFFFFFFFFFFF,
                                          0x8000000000000000,
                                          0xFFFFFFFFFFFFFFF8,
                                          ~uint64_t{0}};
  const uint64_t value = kNumbers[pick(draws, std::size(kNumbers))];
  const size_t width = size_t{1} << pick(draws, 4);
  if (input.size() < width) return;
  std::memcpy(input.data() + pick(draws, input.size() - width + 1), &value, width);
}

inline void mutate(RandomStream& draws, const std::vector<std::string>& corpus,
                   std::string& input) {
  static constexpr char kText[] = "{}[]\",:\\0123456789.-+eE\n\t =#_au";
  const size_t at = pick(draws, input.size());
  switch (draws.below(9)) {
    case 0:  // flip a bit
      if (!input.empty()) input[at] = static_cast<char>(input[at] ^ (1 << pick(draws, 8)));
      break;
    case 1:  // any byte
      if (!input.empty()) input[at] = static_cast<char>(draws.below(256));
      break;
    case 2:  // a byte that means something in a text format
      if (!input.empty()) input[at] = kText[pick(draws, sizeof(kText) - 1)];
      break;
    case 3:
      input.resize(at);
      break;  // truncate
    case 4:
      input.erase(at, 1 + pick(draws, 16));
      break;
    case 5:
      input.insert(at, 1 + pick(draws, 4), kText[pick(draws, sizeof(kText) - 1)]);
      break;
    case 6:  // repeat a part
      if (input.size() < (1u << 20)) input.insert(at, input.substr(at, 1 + pick(draws, 64)));
      break;
    case 7: {  // splice: this head, another's tail
      const std::string& other = corpus[pick(draws, corpus.size())];
      input = input.substr(0, at) + other.substr(pick(draws, other.size()));
      break;
    }
    default:
      plant_number(draws, input);
  }
}

inline int64_t from_environment(const char* name, int64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoll(text, nullptr, 10);
}

}  // namespace fuzz_internal

// Calls read(input) for `iterations` inputs; the first ones are the corpus itself, undamaged.
// `mutate(draws, corpus, input)` damages an input once.
template <class Reader, class Mutator>
void fuzz(const std::vector<std::string>& corpus, int64_t iterations, Reader&& read,
          Mutator&& mutate) {
  ASSERT_FALSE(corpus.empty()) << "a fuzz test without a corpus";
  const int64_t only = fuzz_internal::from_environment("RADDLE_FUZZ_ONLY", -1);
  iterations *= fuzz_internal::from_environment("RADDLE_FUZZ_SCALE", 1);
  for (int64_t i = only >= 0 ? only : 0; i < (only >= 0 ? only + 1 : iterations); ++i) {
    RandomStream draws(0x66757A7A, static_cast<uint64_t>(i));
    std::string input = corpus[static_cast<size_t>(i) % corpus.size()];
    const bool damaged = static_cast<size_t>(i) >= corpus.size();
    for (uint64_t n = damaged ? 1 + draws.below(4) : 0; n > 0; --n) mutate(draws, corpus, input);
    SCOPED_TRACE("fuzz input " + std::to_string(i));
    read(input);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

template <class Reader>
void fuzz(const std::vector<std::string>& corpus, int64_t iterations, Reader&& read) {
  fuzz(corpus, iterations, read, fuzz_internal::mutate);
}

}  // namespace raddle::test
