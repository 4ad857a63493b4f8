// SPDX-License-Identifier: Apache-2.0
// The older files of a byte-level BPE, vocab.json and merges.txt, as a tokenizer.json.
#pragma once

#include <string>

#include "runtime/base/status.h"
#include "runtime/data/tokenizer.h"

namespace raddle::data {

// The text of a tokenizer.json from "vocab.json", "merges.txt" and what added_tokens.json,
// special_tokens_map.json and tokenizer_config.json say beside them. `where` is their folder, for
// messages. UNIMPLEMENTED for the files of a class that splits texts in another way than GPT-2 or
// Qwen2, whose way the files do not hold.
StatusOr<std::string> tokenizer_json_of(const TokenizerFiles& files, const std::string& where);

}  // namespace raddle::data
