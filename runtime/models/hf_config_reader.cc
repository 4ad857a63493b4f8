// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_config_reader.h"

#include <algorithm>

#include "runtime/base/json.h"

namespace raddle::models {
namespace {

using Json = nlohmann::json;

std::string listed(const std::vector<Json>& values) {
  std::string text;
  for (const Json& value : values) {
    text += (text.empty() ? "" : " or ") + json_shown(value);
  }
  return text.empty() ? "no such key" : text;
}

}  // namespace

const Json* HfConfigReader::value(std::string_view key) {
  seen_.emplace_back(key);
  const auto it = json_.find(std::string(key));
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

int64_t HfConfigReader::integer(std::string_view key, std::optional<int64_t> otherwise) {
  const Json* found = value(key);
  if (found == nullptr) {
    if (!otherwise) fail(invalid_argument("{} is missing; is the file complete?", key));
    return otherwise.value_or(0);
  }
  if (!found->is_number_integer()) return wrong(key, *found, "an integer"), 0;
  if (found->is_number_unsigned() && found->get<uint64_t>() > uint64_t{1} << 62) {
    return wrong(key, *found, "a smaller integer"), 0;
  }
  return found->get<int64_t>();
}

int64_t HfConfigReader::integer_of(std::string_view key, std::string_view alias,
                                   std::optional<int64_t> otherwise) {
  const Json *first = value(key), *second = value(alias);
  if (first != nullptr && second != nullptr && *first != *second) {
    fail(invalid_argument("{} is {} and {} is {}, but they name the same; remove the wrong one",
                          key, json_shown(*first), alias, json_shown(*second)));
  }
  return integer(first == nullptr && second != nullptr ? alias : key, otherwise);
}

double HfConfigReader::real(std::string_view key, double otherwise) {
  const Json* found = value(key);
  if (found == nullptr) return otherwise;
  if (!found->is_number()) return wrong(key, *found, "a number"), 0;
  return found->get<double>();
}

bool HfConfigReader::boolean(std::string_view key, bool otherwise) {
  const Json* found = value(key);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) return wrong(key, *found, "true or false"), false;
  return found->get<bool>();
}

std::string HfConfigReader::text(std::string_view key, std::string_view otherwise) {
  const Json* found = value(key);
  if (found == nullptr) return std::string(otherwise);
  if (!found->is_string()) return wrong(key, *found, "a string"), "";
  return found->get<std::string>();
}

const Json* HfConfigReader::object(std::string_view key) {
  const Json* found = value(key);
  if (found != nullptr && !found->is_object()) return wrong(key, *found, "an object"), nullptr;
  return found;
}

void HfConfigReader::require(std::span<const HfKeyRule> rules) {
  for (const HfKeyRule& rule : rules) {
    const Json* found = value(rule.key);
    if (found == nullptr) continue;
    if (std::find(rule.values.begin(), rule.values.end(), *found) != rule.values.end()) continue;
    fail(unimplemented("{} is {}: {}; expected {}", rule.key, json_shown(*found), rule.why,
                       listed(rule.values)));
  }
}

void HfConfigReader::finish() {
  for (const auto& [key, found] : json_.items()) {
    if (found.is_null() || std::find(seen_.begin(), seen_.end(), key) != seen_.end()) continue;
    fail(
        unimplemented("Raddle does not know the key {} (it is {}), which may change the model; "
                      "remove it if it does not",
                      key, json_shown(found)));
  }
}

void HfConfigReader::wrong(std::string_view key, const Json& found, std::string_view expected) {
  fail(invalid_argument("{} is {}, expected {}", key, json_shown(found), expected));
}

void HfConfigReader::fail(Status status) { errors_.push_back(std::move(status)); }

std::string HfConfigReader::problems() const {
  std::string all;
  for (const Status& error : errors_) {
    std::string_view text = error.message();
    if (text.starts_with(where_)) text.remove_prefix(std::min(text.size(), where_.size() + 2));
    all += fmt::format("{}{}", all.empty() ? "" : "\n  ", text);
  }
  return all;
}

Status HfConfigReader::status() const {
  if (errors_.empty()) return Status::ok();
  const bool invalid = std::any_of(errors_.begin(), errors_.end(), [](const Status& error) {
    return error.code() == Code::kInvalidArgument;
  });
  const Code code = invalid ? Code::kInvalidArgument : Code::kUnimplemented;
  if (errors_.size() == 1) return Status(code, fmt::format("{}: {}", where_, problems()));
  return Status(code, fmt::format("{}: {} keys keep this model from being loaded:\n  {}\nWhat "
                                  "changes the arithmetic cannot be left out: choose a model "
                                  "without it.",
                                  where_, errors_.size(), problems()));
}

}  // namespace raddle::models
