// SPDX-License-Identifier: Apache-2.0
// Hugging Face tokenizer.json, byte-level BPE: GPT-2, Llama 3, Qwen and their like. What a file
// asks for and this library does not do is refused by name, never passed over, but for these, which
// are said in the log: truncation and padding (settings of a caller). What a post-processor puts
// around a text is kept as SpecialTokens::begin and end.
#pragma once

#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

// `file` is named in messages. DATA_LOSS where the file is wrong, UNIMPLEMENTED where it asks for
// something else than byte-level BPE.
StatusOr<BpeSpec> tokenizer_from_json(std::string text, const std::string& file);

std::string tokenizer_to_json(const BpeSpec& spec);

}  // namespace raddle::data
