// SPDX-License-Identifier: Apache-2.0
// Tokenizers, and tools for token files.
#pragma once

#include <raddle/data.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "raddle/cpp/calls/data.hpp"
#include "raddle/cpp/config.hpp"
#include "raddle/cpp/stop.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {
namespace detail {

// encode() and encode_prompt() into vectors, beside those into memory of the caller's.
template <typename Self>
class Encoding : public TokenizerCalls<Self> {
 public:
  using TokenizerCalls<Self>::encode;
  using TokenizerCalls<Self>::encode_prompt;
  Result<std::vector<std::int32_t>> encode(std::string_view text) const {
    return grown(text, [&](Span<std::int32_t> tokens) { return encode(text, tokens); });
  }
  Result<std::vector<std::int32_t>> encode_prompt(std::string_view text) const {
    return grown(text, [&](Span<std::int32_t> tokens) { return encode_prompt(text, tokens); });
  }

 private:
  template <typename Encode>
  Result<std::vector<std::int32_t>> grown(std::string_view text, Encode&& encode_into) const {
    // A token stands for a byte or more, but for one that begins a prompt.
    std::vector<std::int32_t> tokens(text.size() + 1);
    const Result<std::int64_t> count = encode_into(Span<std::int32_t>(tokens));
    if (!count.ok()) return count.status();
    tokens.resize(static_cast<std::size_t>(*count));
    return tokens;
  }
};

}  // namespace detail

// A tokenizer that belongs to somebody else: to a Tokenizer, or to a session until it is destroyed.
// Immutable; any thread.
class TokenizerView : public detail::Encoding<TokenizerView> {
 public:
  explicit TokenizerView(const raddle_tokenizer_t* lent) noexcept : lent_(lent) {}
  const raddle_tokenizer_t* c() const noexcept { return lent_; }
  Status check(raddle_status_t taken) const { return Status(taken); }

 private:
  const raddle_tokenizer_t* lent_;
};

// Turns text into tokens and back. Immutable; any thread.
class Tokenizer : public detail::Object<raddle_tokenizer_t, raddle_tokenizer_destroy>,
                  public TokenizerMakers<Tokenizer>,
                  public detail::Encoding<Tokenizer> {
 public:
  using Object::Object;
};

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
