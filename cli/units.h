// SPDX-License-Identifier: Apache-2.0
// Numbers for people.
#pragma once

#include <cstdint>
#include <string>

namespace raddle::cli {

std::string human_count(double count);      // "12.3k", "4.51M"
std::string human_bytes(int64_t bytes);     // "512 B", "1.50 GiB"
std::string human_seconds(double seconds);  // "42s", "5m12s", "3h07m"
std::string table_row(const char* name, int64_t bytes);

}  // namespace raddle::cli
