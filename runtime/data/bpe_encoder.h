// SPDX-License-Identifier: Apache-2.0
// The way from text to ids: added tokens, normal form, words, merges.
#pragma once

#include <memory>
#include <mutex>

#include "runtime/data/added_tokens.h"
#include "runtime/data/bpe_model.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenizer.h"
#include "runtime/data/unicode.h"
#include "runtime/data/word_cache.h"

namespace raddle::data {

// What a byte-level BPE tokenizer encodes with.
struct BpeCoder {
  BpeModel model;
  // `parts` gives what gets a space in front, `words` splits those; null: a text gets it.
  std::shared_ptr<const PreTokenizer> parts, words;
  std::shared_ptr<const PreTokenizer> spelled;  // splits words as the alphabet spells them, or null
  AddedTokenFinder added, added_to_normalized;  // looked for before and after normalizing
  NormalForm normal_form;
  bool prefix_space;
  mutable std::mutex cache_mutex = {};
  mutable WordCache cache = {};  // of whoever holds the mutex; others do without what it knows
};

// `coder` is borrowed.
std::unique_ptr<TextEncoder> make_bpe_encoder(const BpeCoder& coder, SpecialText special,
                                              TokenSink sink);

}  // namespace raddle::data
