// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/json.h"

#include <nlohmann/json.hpp>

#include "runtime/base/file_kind.h"

namespace raddle {
namespace {

// Copying or printing a value recurses, so a file of a million brackets would end the process.
constexpr int kDeepestJson = 64;

// Whether brackets outside strings nest deeper.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepestJson) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

template <class Json>
Json from(std::string_view text) {
  return is_too_deep(text) ? Json(Json::value_t::discarded) : Json::parse(text, nullptr, false);
}

template <class Json>
std::string to_text(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

nlohmann::json json_from(std::string_view text) { return from<nlohmann::json>(text); }
nlohmann::ordered_json ordered_json_from(std::string_view text) {
  return from<nlohmann::ordered_json>(text);
}

StatusOr<nlohmann::json> read_json(std::string_view text, std::string_view where) {
  if (is_too_deep(text)) {
    return data_loss("{}: nested deeper than {} levels", where, kDeepestJson);
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Status(Code::kInvalidArgument, not_json_message(text, where, error.byte));
  } catch (const nlohmann::json::exception& error) {
    return invalid_argument("{} is not valid JSON: {}", where, error.what());
  }
}

std::string json_text(const nlohmann::json& value, int indent) { return to_text(value, indent); }
std::string json_text(const nlohmann::ordered_json& value, int indent) {
  return to_text(value, indent);
}

std::string json_shown(const nlohmann::json& value) {
  constexpr size_t kMost = 80;
  std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  return text.size() <= kMost ? text : text.substr(0, kMost - 3) + "...";
}

}  // namespace raddle
