// SPDX-License-Identifier: Apache-2.0
// JSON as file formats need it: a duplicated key is an error (the parser alone would keep one of
// the two), and a field of the wrong kind is named in the message. `where` is put before messages.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::checkpoint {

constexpr int kMaxJsonDepth = 64;  // printing a value recurses, so a file must not choose the depth

// One JSON value, nothing but white space after it. DATA_LOSS with the position when it is not.
StatusOr<nlohmann::json> parse_json(std::string_view text, std::string_view where);

// The text of a value; INVALID_ARGUMENT when a string in it is not UTF-8. indent < 0: one line.
StatusOr<std::string> dump_json(const nlohmann::json& value, int indent, std::string_view where);

// Members of an object that must exist and be of the kind. DATA_LOSS otherwise.
StatusOr<const nlohmann::json*> json_member(const nlohmann::json& object, const char* key,
                                            nlohmann::json::value_t kind, std::string_view where);
StatusOr<std::string> json_string(const nlohmann::json& object, const char* key,
                                  std::string_view where);
StatusOr<uint64_t> json_unsigned(const nlohmann::json& object, const char* key,
                                 std::string_view where);
// A 64-bit hash written as 16 hexadecimal digits.
StatusOr<uint64_t> json_hash(const nlohmann::json& object, const char* key, std::string_view where);

// What a file or message says of itself, and the checksum of its body, so that every bit of it that
// means anything is covered: {"format", "version", "xxh3", "body"}.
StatusOr<nlohmann::json> seal_json(std::string_view format, uint64_t version,
                                   const nlohmann::json& body, std::string_view where);

struct SealedJson {
  uint64_t version;
  const nlohmann::json* body;  // in the value that was opened
};
// DATA_LOSS when damaged or of another format, UNIMPLEMENTED for a version that is not 1 to
// `newest`.
StatusOr<SealedJson> open_sealed_json(const nlohmann::json& value, std::string_view format,
                                      uint64_t newest, std::string_view where);

// Whether a name from a file may be used as a file name: not empty, no '/', no leading '.'.
bool is_plain_file_name(std::string_view name);

}  // namespace raddle::checkpoint
