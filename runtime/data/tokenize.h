// SPDX-License-Identifier: Apache-2.0
// From text files to a token shard, and a look at what a shard holds.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/staged_file.h"
#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/data/source.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/tokenizer.h"

namespace raddle::data {

struct TokenizeProgress {
  uint64_t bytes_done = 0, bytes_total = 0, documents = 0, tokens = 0;
  uint64_t replaced = 0;  // halves of surrogate pairs in JSON strings, now U+FFFD
};

struct TokenizeOptions {
  SourceOptions source = {};
  // Text that spells a special token stays text, so that no document can end itself.
  SpecialText special = SpecialText::kAsText;
  bool end_of_text = true;  // append special().end to every document; none is a warning
  std::function<void(const TokenizeProgress&)> progress =
      {};                               // may be empty; called every 64 Ki tokens
  StopToken* stop = nullptr;            // set: CANCELLED, nothing is written; its work is bytes
  Existing existing = Existing::kKeep;  // of what has the output's name
};

// Reads `inputs` in order and writes one shard to `output`, atomically. Memory does not grow with
// the input but for 8 bytes a document, the longest JSON value, and the longest text of a tokenizer
// that takes none in parts (TextEncoder).
StatusOr<TokenizeProgress> tokenize_files(FileSystem& fs, const Tokenizer& tokenizer,
                                          const std::vector<std::string>& inputs,
                                          const std::string& output,
                                          const TokenizeOptions& options);

struct ShardSummary {
  uint64_t tokens = 0, documents = 0;
  uint64_t weighted_tokens = 0;  // with a weight above 0
  int64_t vocab_size = 0;
  int token_bytes = 0;
  uint64_t tokenizer_fingerprint = 0, content_hash = 0;
  uint64_t distinct_tokens = 0;
  uint64_t shortest_document = 0, longest_document = 0;
  // Documents of 2^i to 2^(i+1) - 1 tokens.
  std::array<uint64_t, 64> length_histogram = {};
  std::string sample;  // the decoded start of the first document; empty without a tokenizer
};

// `tokenizer` may be null; one that did not write the shard is FAILED_PRECONDITION.
StatusOr<ShardSummary> inspect_shard(const TokenShard& shard, const Tokenizer* tokenizer,
                                     size_t sample_tokens, StopToken* stop = nullptr);

}  // namespace raddle::data
