// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/json.h"

#include <charconv>
#include <optional>
#include <set>
#include <vector>

#include "runtime/base/file_kind.h"
#include "runtime/base/hash.h"

namespace raddle::checkpoint {

using nlohmann::json;

StatusOr<json> parse_json(std::string_view text, std::string_view where) {
  std::vector<std::set<std::string>> keys;  // of the objects that are open, outermost first
  std::optional<std::string> duplicate;
  bool too_deep = false;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    if (depth > kMaxJsonDepth) too_deep = true;
    if (event == json::parse_event_t::object_start) keys.emplace_back();
    if (event == json::parse_event_t::object_end) keys.pop_back();
    if (event == json::parse_event_t::key && !duplicate) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) duplicate = key;
    }
    return true;
  };
  try {
    json value = json::parse(text.begin(), text.end(), watch);
    if (too_deep) return data_loss("{}: nested deeper than {} levels", where, kMaxJsonDepth);
    if (duplicate) return data_loss("{}: the key \"{}\" occurs twice", where, *duplicate);
    return value;
  } catch (const json::parse_error& error) {
    return Status(Code::kDataLoss, not_json_message(text, where, error.byte));
  } catch (const json::exception& error) {
    return data_loss("{}: not valid JSON: {}", where, error.what());
  }
}

StatusOr<std::string> dump_json(const json& value, int indent, std::string_view where) {
  try {
    return value.dump(indent);
  } catch (const json::exception& error) {
    return invalid_argument("{}: cannot be written as JSON: {}", where, error.what());
  }
}

StatusOr<const json*> json_member(const json& object, const char* key, json::value_t kind,
                                  std::string_view where) {
  if (!object.is_object()) {
    return data_loss("{}: expected a JSON object, found {}", where, object.type_name());
  }
  const auto found = object.find(key);
  if (found == object.end()) return data_loss("{}: the field \"{}\" is missing", where, key);
  if (found->type() != kind) {
    return data_loss("{}: the field \"{}\" should be {}, found {}", where, key,
                     json(kind).type_name(), found->type_name());
  }
  return &*found;
}

StatusOr<std::string> json_string(const json& object, const char* key, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const json* member,
                          json_member(object, key, json::value_t::string, where));
  return member->get<std::string>();
}

StatusOr<uint64_t> json_unsigned(const json& object, const char* key, std::string_view where) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_number_unsigned()) {
    return data_loss("{}: the field \"{}\" should be a whole number from 0, found {}", where, key,
                     found == object.end() ? "none" : found->dump().substr(0, 80));
  }
  return found->get<uint64_t>();
}

StatusOr<uint64_t> json_hash(const json& object, const char* key, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const std::string text, json_string(object, key, where));
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) {
    return data_loss("{}: the field \"{}\" should be 16 hexadecimal digits, found \"{}\"", where,
                     key, text);
  }
  return value;
}

StatusOr<json> seal_json(std::string_view format, uint64_t version, const json& body,
                         std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const std::string text, dump_json(body, -1, where));
  return json{{"format", format},
              {"version", version},
              {"xxh3", hash_hex(hash_text(text))},
              {"body", body}};
}

StatusOr<SealedJson> open_sealed_json(const json& value, std::string_view format, uint64_t newest,
                                      std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const std::string found, json_string(value, "format", where));
  if (found != format) {
    return data_loss("{}: expected the format \"{}\", found \"{}\"", where, format, found);
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t version, json_unsigned(value, "version", where));
  if (version < 1 || version > newest) {
    return Status(Code::kUnimplemented,
                  fmt::format("{}: format version {} is not known, this Raddle reads versions 1 to "
                              "{}; use the Raddle that wrote it",
                              where, version, newest));
  }
  RADDLE_ASSIGN_OR_RETURN(const uint64_t expected, json_hash(value, "xxh3", where));
  RADDLE_ASSIGN_OR_RETURN(const json* body,
                          json_member(value, "body", json::value_t::object, where));
  RADDLE_ASSIGN_OR_RETURN(const std::string text, dump_json(*body, -1, where));
  if (hash_text(text) != expected) {
    return data_loss("{}: its contents have checksum {}, expected {}: it was damaged or edited",
                     where, hash_hex(hash_text(text)), hash_hex(expected));
  }
  return SealedJson{version, body};
}

bool is_plain_file_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace raddle::checkpoint
