// SPDX-License-Identifier: Apache-2.0
// A tokenizer as transformers' AutoTokenizer loads it from a model directory, whatever the model's
// family: the same ids, beginning and end. Without tokenizer_config.json it takes the class that is
// customary for the family, with that class's special tokens.
#pragma once

#include <string>

#include "runtime/data/tokenizer.h"

namespace raddle::data {

// The texts of the files.
struct TokenizerExport {
  std::string tokenizer;  // tokenizer.json; its post-processor adds what documents begin with
  std::string tokenizer_config;    // tokenizer_config.json
  std::string special_tokens_map;  // special_tokens_map.json
};

StatusOr<TokenizerExport> export_tokenizer(const Tokenizer& tokenizer);

}  // namespace raddle::data
