// SPDX-License-Identifier: Apache-2.0
// Tokens that a tokenizer.json lacks and the files beside it name. AutoTokenizer adds them, so a
// text that spells one is one id there.
#pragma once

#include <string>

#include "runtime/base/status.h"
#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

// The text of the tokenizer.json in `files`, which `spec` was read from, with the tokens that
// tokenizer_config.json (added_tokens_decoder, additional_special_tokens, extra_special_tokens),
// added_tokens.json and special_tokens_map.json add, under the ids that AutoTokenizer gives them;
// the flags in added_tokens_decoder win. Empty: nothing changes. `where` is the folder of the
// files, for messages.
StatusOr<std::string> with_tokens_beside(const TokenizerFiles& files, const std::string& where,
                                         const BpeSpec& spec);

}  // namespace raddle::data
