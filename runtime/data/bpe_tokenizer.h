// SPDX-License-Identifier: Apache-2.0
// A byte-level BPE tokenizer made from its description, which is what a tokenizer.json holds and
// what the trainer gives. The bytes tokenizer is one without merges.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/data/added_tokens.h"
#include "runtime/data/bpe_model.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/tokenizer.h"
#include "runtime/data/unicode.h"

namespace raddle::data {

struct BpeSpec {
  std::vector<std::string> tokens =
      {};  // the bytes of each id; empty: no such token in the vocabulary
  std::vector<BpeMerge> merges = {};   // first learned first
  std::vector<AddedToken> added = {};  // matched in the text before anything else
  NormalForm normal_form = NormalForm::kNone;
  bool prefix_space = false;             // a text that begins with no space gets one
  size_t prefix_behind = 0;              // or rather each word that the first so many patterns give
  std::vector<SplitRule> patterns = {};  // of the pre-tokenizer; none: a text is one word
  std::vector<SplitRule> spelled_patterns = {};  // split its words as the alphabet spells them
  bool whole_words = false;                      // "ignore_merges"
  std::optional<int32_t> unk = {};  // for bytes that the vocabulary lacks; none: left out
  bool fuse_unk = false;            // one for several that follow each other
  SpecialTokens special = {};
  std::string source_json = {};  // the file it was read from, written back as it was
  std::string carried = {};      // what carried_config() gives
  std::string warning = {};      // what a user should know of the file; for who loads it to say
};

// The vocabulary of all bytes, id = byte.
std::vector<std::string> byte_tokens();

// INVALID_ARGUMENT naming what is wrong in the description.
StatusOr<std::shared_ptr<const Tokenizer>> make_bpe_tokenizer(BpeSpec spec);
std::shared_ptr<const Tokenizer> make_bytes_tokenizer();

// What the files of a tokenizer say for other tools alone, such as its chat template: a JSON object
// for tokenizer_config.json, or empty. Only who writes such files needs it.
std::string carried_config(const Tokenizer& tokenizer);

}  // namespace raddle::data
