// SPDX-License-Identifier: Apache-2.0
// The parts of a tokenizer.json around its vocabulary: normalizer, pre-tokenizer, decoder,
// post-processor. Internal to the reader.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/bpe_tokenizer.h"

namespace raddle::data {

bool is_true(const nlohmann::json& object, const char* key);

// Fills normal_form. True: it also spells bytes in the alphabet, as a ByteLevel pre-tokenizer does.
StatusOr<bool> read_normalizer(const nlohmann::json& normalizer, const std::string& file,
                               BpeSpec& spec);
// Fills patterns, prefix_space and prefix_behind.
// `is_bytes`: the normalizer spelled bytes in the alphabet.
Status read_pre_tokenizer(const nlohmann::json& pre_tokenizer, bool is_bytes,
                          const std::string& file, BpeSpec& spec);
Status check_decoder(const nlohmann::json& decoder, const std::string& file);
// Fills special.begin, special.end and special.add_bos.
Status read_post_processor(const nlohmann::json& processor, const std::string& file, BpeSpec& spec);

}  // namespace raddle::data
