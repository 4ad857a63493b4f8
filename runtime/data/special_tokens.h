// SPDX-License-Identifier: Apache-2.0
// Which tokens begin and end a text. Hugging Face files say it in many places; the first that says
// anything is taken: tokenizer_config.json, special_tokens_map.json, the post-processor of
// tokenizer.json, the ids of generation_config.json and config.json, and last customary names.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/base/status.h"
#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

inline constexpr std::array kSpecialTokenFiles = {
    "tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "config.json",
    "chat_template.jinja"};

// Fills spec.special and spec.carried from those of the files that are there. `where` is their
// folder, for messages. DATA_LOSS for a tokenizer_config.json that names an end, or a beginning
// that it asks to add, that the tokenizer does not have.
Status find_special_tokens(const TokenizerFiles& files, const std::string& where, FilesFrom from,
                           BpeSpec& spec);

// What follows from what is known: begin from bos, end from eos, and the other way round.
void complete_special_tokens(SpecialTokens& special);

// carried_config() as JSON.
nlohmann::ordered_json carried_keys(const Tokenizer& tokenizer);

// The files that give find_special_tokens() the same tokens again.
TokenizerFiles special_token_files(const Tokenizer& tokenizer);

}  // namespace raddle::data
