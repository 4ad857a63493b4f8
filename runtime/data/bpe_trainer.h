// SPDX-License-Identifier: Apache-2.0
// Learns a byte-level BPE vocabulary from text. Deterministic: the pair that occurs most often is
// merged next, and of equals the one with the smaller ids. Ids are bytes 0 to 255, merges in the
// order they were learned, then "<|endoftext|>".
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/source.h"
#include "runtime/data/text_walk.h"
#include "runtime/data/tokenizer.h"

namespace raddle::data {

struct BpeTrainOptions {
  int64_t vocab_size = 4096;  // with the bytes and the end-of-text token
  int64_t least_count = 2;    // a pair that occurs less often is not merged
  std::string pattern = kGpt2Pattern;
  std::function<void(int64_t done, int64_t total)> progress = {};  // merges; may be empty
  StopToken* stop = nullptr;  // set: CANCELLED; its work is merges, once the words are counted
};

class BpeTrainer {
 public:
  static StatusOr<std::unique_ptr<BpeTrainer>> create(const BpeTrainOptions& options);

  // Counts the words of a text, which may come in parts; call it as often as there are. Any bytes
  // are allowed.
  Status add(std::string_view part, bool last = true);
  // The vocabulary is smaller than asked for when the text has too few pairs: a warning says so.
  StatusOr<std::shared_ptr<const Tokenizer>> train();

 private:
  explicit BpeTrainer(const BpeTrainOptions& options) : options_(options) {}

  BpeTrainOptions options_;
  std::shared_ptr<const PreTokenizer> words_;
  std::unordered_map<std::string, int64_t> counts_;
  int64_t words_seen_ = 0;
  TextRest rest_;
  size_t enough_ = 0;  // to look at the words again
};

// Trains on all documents of `files`.
StatusOr<std::shared_ptr<const Tokenizer>> train_bpe(const std::vector<std::string>& files,
                                                     const SourceOptions& source,
                                                     const BpeTrainOptions& options);

}  // namespace raddle::data
