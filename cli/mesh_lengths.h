// SPDX-License-Identifier: Apache-2.0
// The lengths of a step's sequences from a text: one count of tokens a line.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace raddle::cli {

// Sequence n is line n. Failure(kExitData) names the line, what it holds and what to do. Which
// numbers are lengths is for the library to say.
std::vector<int64_t> read_lengths(const std::string& path);

// What the library says of sequence n, while `act` runs, is said of line n of `path`.
void with_lines_named(const std::string& path, const std::function<void()>& act);

}  // namespace raddle::cli
