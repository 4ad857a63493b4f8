// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/config.h"

#include <unistd.h>

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/config/nearest.h"
#include "runtime/config/text_forms.h"

namespace raddle::config {

namespace {

// Variables that are not options: the libraries of matrix products and GPUs, the vector code, the
// command line's log, and where a process stands in its job (runtime/launch).
constexpr std::string_view kOtherVariables[] = {
    "RADDLE_BLAS_LIBRARY",    "RADDLE_CUBLASLT_LIBRARY", "RADDLE_CUDA_DRIVER",
    "RADDLE_INSTRUCTION_SET", "RADDLE_LOG_LEVEL",        "RADDLE_RANK",
    "RADDLE_WORLD_SIZE",      "RADDLE_LOCAL_RANK",       "RADDLE_LOCAL_SIZE",
    "RADDLE_NODE_RANK",       "RADDLE_COORDINATOR",      "RADDLE_COORDINATOR_FD",
    "RADDLE_JOB_SECRET",      "RADDLE_TRANSPORT"};

// What UCX itself reads, for ranks of Raddle alone (comm/ucx).
constexpr std::string_view kUcxPrefix = "RADDLE_UCX_";

size_t index_of(std::string_view key) {
  const Option* option = find_option(key);
  RADDLE_ASSERT(option != nullptr);
  return static_cast<size_t>(option - options().data());
}

// Says of a variable that is none of ours what may have been meant.
std::string warn_of_variable(std::string_view name) {
  constexpr std::string_view kPrefix = "RADDLE_";
  std::vector<std::string> names;
  std::string of_section;  // RADDLE_KERNELS_DISABLE, ... if `name` is RADDLE_KERNELS
  for (const Option& option : options()) {
    names.push_back(environment_name(option.key));
    if (names.back().starts_with(std::string(name) + "_")) {
      of_section += (of_section.empty() ? "" : ", ") + names.back();
    }
  }
  for (const std::string_view other : kOtherVariables) names.emplace_back(other);
  // Only what follows the prefix is compared: the prefix would make every name look near.
  std::vector<std::string_view> tails;
  for (const std::string& full : names)
    tails.push_back(std::string_view(full).substr(kPrefix.size()));
  const auto nearest = nearest_match(name.substr(kPrefix.size()), tails);
  const std::string meant = !of_section.empty() ? fmt::format("; there are {}", of_section)
                            : nearest           ? fmt::format("; did you mean {}?", names[*nearest])
                                                : "; `raddle config schema` lists them all";
  return fmt::format("environment variable {} names no option and is ignored{}", name, meant);
}

}  // namespace

std::string Origin::to_string() const {
  switch (rank) {
    case OriginRank::kDefault:
      return "default";
    case OriginRank::kRecipe:
      return "recipe " + detail;
    case OriginRank::kEnvironment:
      return "environment " + detail;
    case OriginRank::kSet:
      return "--set";
    case OriginRank::kCall:
      break;
  }
  return detail.empty() ? "call" : detail;
}

Config::Config() {
  entries_.reserve(options().size());
  for (const Option& option : options()) {
    auto value = parse_value(option, option.default_text);
    RADDLE_ASSERT(value.is_ok());
    entries_.push_back({std::move(value).value(), Origin{}});
  }
}

const Config::Entry& Config::entry(std::string_view key) const { return entries_[index_of(key)]; }

template <class T>
const T& Config::typed(std::string_view key) const {
  const T* value = std::get_if<T>(&entry(key).value);
  RADDLE_ASSERT(value != nullptr);
  return *value;
}

int64_t Config::get_int(std::string_view key) const { return typed<int64_t>(key); }
double Config::get_double(std::string_view key) const { return typed<double>(key); }
bool Config::get_bool(std::string_view key) const { return typed<bool>(key); }
const std::string& Config::get_string(std::string_view key) const {
  return typed<std::string>(key);
}

std::vector<std::string> Config::get_list(std::string_view key) const {
  return parse_list(get_string(key)).value();
}

std::string Config::get_text(std::string_view key) const {
  return canonical_text(options()[index_of(key)], entry(key).value);
}

const Origin& Config::origin(std::string_view key) const { return entry(key).origin; }

Status Config::set(std::string_view key, std::string_view text, Origin origin) {
  const Option* option = find_option(key);
  if (option == nullptr) return unknown_key(key);
  const bool typed = origin.rank == OriginRank::kEnvironment || origin.rank == OriginRank::kSet;
  std::string meant(text);
  if (typed) {
    RADDLE_ASSIGN_OR_RETURN(meant, typed_text(*option, text));
  }
  RADDLE_ASSIGN_OR_RETURN(Value value, parse_value(*option, meant));
  Entry& entry = entries_[index_of(key)];
  if (origin.rank >= entry.origin.rank) entry = {std::move(value), std::move(origin)};
  return Status::ok();
}

StatusOr<std::vector<std::string>> Config::apply_environment(
    std::span<const char* const> environment) {
  std::vector<std::string> warnings;
  for (const char* item : environment) {
    const std::string_view entry = item;
    const size_t equals = entry.find('=');
    if (!entry.starts_with("RADDLE_") || equals == std::string_view::npos) continue;
    const std::string_view name = entry.substr(0, equals);
    const auto all = options();
    const auto it = std::find_if(all.begin(), all.end(), [&](const Option& option) {
      return environment_name(option.key) == name;
    });
    if (it != all.end()) {
      Status status = set(it->key, entry.substr(equals + 1),
                          Origin{OriginRank::kEnvironment, std::string(name)});
      if (!status.is_ok())
        return std::move(status).with_context(fmt::format("environment {}", name));
    } else if (!name.starts_with(kUcxPrefix) &&
               std::find(std::begin(kOtherVariables), std::end(kOtherVariables), name) ==
                   std::end(kOtherVariables)) {
      warnings.push_back(warn_of_variable(name));
    }
  }
  std::sort(warnings.begin(), warnings.end());
  return warnings;
}

Status Config::validate() const {
  // What stands in a model's file is known when that is read.
  if (!get_string("model.hf_config").empty() || !get_string("model.init_from").empty()) {
    return Status::ok();
  }
  const int64_t m = get_int("model.virtual_width.m"), n = get_int("model.virtual_width.n");
  if ((m == 0) != (n == 0)) {
    return invalid_argument(
        "model.virtual_width.m is {} and .n is {}: set both for a virtual width, or neither", m, n);
  }
  if (n < m) {
    return invalid_argument(
        "model.virtual_width.n = {} is below .m = {}: the wide state cannot be narrower than the "
        "backbone",
        n, m);
  }
  const int64_t length = get_int("data.sequence_length"), context = get_int("model.context");
  if (length > context) {
    return invalid_argument("data.sequence_length = {} is more than model.context = {}", length,
                            context);
  }
  return Status::ok();
}

std::string Config::to_toml() const {
  std::string text;
  for (size_t i = 0; i < entries_.size(); ++i) {
    text += fmt::format("{} = {}\n", options()[i].key, toml_text(options()[i], entries_[i].value));
  }
  return text;
}

uint64_t Config::hash(OptionScope scope) const {
  std::string text;
  for (size_t i = 0; i < entries_.size(); ++i) {
    const Option& option = options()[i];
    if (option.scope() != scope) continue;
    text += fmt::format("{}={}\n", option.key, canonical_text(option, entries_[i].value));
  }
  return hash_text(text);
}

std::span<const char* const> process_environment() {
  size_t count = 0;
  while (environ != nullptr && environ[count] != nullptr) ++count;
  return {environ, count};
}

}  // namespace raddle::config
