// SPDX-License-Identifier: Apache-2.0
// A byte-level BPE tokenizer made from its description, which is what a tokenizer.json holds and
// what the trainer gives. The bytes tokenizer is one without merges.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/data/bpe_model.h"
#include "runtime/data/tokenizer.h"

namespace raddle::data {

struct AddedToken {
  int32_t id;
  std::string content;
  bool special;  // not found in text that is encoded with SpecialText::kAsText
};

struct BpeSpec {
  std::vector<std::string> tokens =
      {};  // the bytes of each id; empty: no such token in the vocabulary
  std::vector<BpeMerge> merges = {};   // first learned first
  std::vector<AddedToken> added = {};  // matched in the text before anything else, longest first
  std::vector<std::string> patterns = {};  // of the pre-tokenizer; none: a text is one word
  bool whole_words = false;                // "ignore_merges"
  SpecialTokens special = {};
  std::string source_json = {};  // the file it was read from, written back as it was
};

// The vocabulary of all bytes, id = byte.
std::vector<std::string> byte_tokens();

// INVALID_ARGUMENT naming what is wrong in the description.
StatusOr<std::shared_ptr<const Tokenizer>> make_bpe_tokenizer(BpeSpec spec);
std::shared_ptr<const Tokenizer> make_bytes_tokenizer();

}  // namespace raddle::data
