// SPDX-License-Identifier: Apache-2.0
// The lengths of a step's sequences from a text: one count of tokens a line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace raddle::cli {

// Sequence n is line n. Failure(kExitData) names the line, what it holds and what to do. Which
// numbers are lengths is for the library to say.
std::vector<int64_t> read_lengths(const std::string& path);

}  // namespace raddle::cli
