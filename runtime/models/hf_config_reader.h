// SPDX-License-Identifier: Apache-2.0
// Reads one object of a Hugging Face config.json key by key. It notes which keys were looked at and
// collects everything that is wrong, so that one message names all of it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::models {

// A key that must have one of some values if it is there at all; `why` says what others would ask
// for.
struct HfKeyRule {
  std::string_view key;
  std::vector<nlohmann::json> values;
  std::string_view why;
};

class HfConfigReader {
 public:
  // Borrows both; `where` names the file in messages.
  HfConfigReader(const nlohmann::json& json, std::string_view where) : json_(json), where_(where) {}

  // A key that is missing or null counts as not there: null, false or `otherwise`; an integer
  // without `otherwise` is then an error.
  const nlohmann::json* value(std::string_view key);
  bool has(std::string_view key) { return value(key) != nullptr; }
  int64_t integer(std::string_view key, std::optional<int64_t> otherwise = {});
  double real(std::string_view key, double otherwise);
  bool boolean(std::string_view key, bool otherwise);
  std::string text(std::string_view key, std::string_view otherwise);
  const nlohmann::json* object(std::string_view key);
  // An integer that goes by two names, which must not disagree.
  int64_t integer_of(std::string_view key, std::string_view alias,
                     std::optional<int64_t> otherwise = {});

  void require(std::span<const HfKeyRule> rules);
  // Refuses what nobody looked at.
  void finish();

  void fail(Status status);
  // OK, the only error, or one that lists them all.
  Status status() const;
  std::string problems() const;  // what status() lists, without the file's name
  std::string_view where() const { return where_; }

 private:
  void wrong(std::string_view key, const nlohmann::json& found, std::string_view expected);

  const nlohmann::json& json_;
  std::string_view where_;
  std::vector<std::string> seen_;
  std::vector<Status> errors_;
};

}  // namespace raddle::models
