// SPDX-License-Identifier: Apache-2.0
// What Hugging Face's library needs in a tokenizer.json and a reader can do without. Internal to
// the reader.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace raddle::data {

// Writes out what is left to its default in a file that was read, so that an export of it is one
// that the library reads. Whether anything was missing.
bool complete_tokenizer_json(nlohmann::json& json);

}  // namespace raddle::data
