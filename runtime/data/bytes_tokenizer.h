// SPDX-License-Identifier: Apache-2.0
// The simplest tokenizer: ids 0 to 255 are the bytes, 256 is "<|endoftext|>".
#pragma once

#include <memory>

#include "runtime/data/tokenizer.h"

namespace raddle::data {

std::shared_ptr<const Tokenizer> make_bytes_tokenizer();

}  // namespace raddle::data
