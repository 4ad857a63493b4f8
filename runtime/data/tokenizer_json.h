// SPDX-License-Identifier: Apache-2.0
// Hugging Face tokenizer.json, byte-level BPE: GPT-2, Llama 3, Qwen and their like. What a file
// asks for and this library does not do is refused by name, never passed over, but for these, which
// are said in the log: truncation and padding (settings of a caller), and post-processors (they add
// special tokens around a text; a leading one is kept as SpecialTokens::add_bos).
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

// `file` is named in messages. DATA_LOSS where the file is wrong, UNIMPLEMENTED where it asks for
// something else than byte-level BPE.
StatusOr<BpeSpec> tokenizer_from_json(std::string text, const std::string& file);

// Takes bos_token, eos_token, pad_token and add_bos_token from the text of a tokenizer_config.json.
Status apply_tokenizer_config(std::string_view text, const std::string& file, BpeSpec& spec);

// Where no tokenizer_config.json is: end of text and the like by their customary names.
void guess_special_tokens(BpeSpec& spec);

std::string tokenizer_to_json(const BpeSpec& spec);

}  // namespace raddle::data
