// SPDX-License-Identifier: Apache-2.0
#include "runtime/runs/resume_check.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file_system.h"
#include "runtime/base/json.h"
#include "runtime/config/options.h"
#include "runtime/models/model_keys.h"

namespace raddle::runs {
namespace {

using config::Option;

// The config with model.* as the model that it gives has them, so that spellings of one model are
// the same text.
StatusOr<config::Config> spelled_out(const config::Config& config,
                                     const data::Tokenizer* tokenizer) {
  const int64_t vocab_size = tokenizer != nullptr ? tokenizer->vocab_size() : 0;
  RADDLE_ASSIGN_OR_RETURN(models::ModelConfig model, models::read_model_config(config, vocab_size));
  if (model.virtual_width.enabled()) {
    model.virtual_width.group_norm = model.resolved_group_norm();
  }
  config::Config out = config;
  RADDLE_RETURN_IF_ERROR(out.set("model.hf_config", ""));
  for (const auto& [key, value] : models::model_keys(model)) {
    RADDLE_RETURN_IF_ERROR(out.set(key, value));
  }
  return out;
}

// Whether data.tokenizer names the tokenizer that was saved. One that is to be trained again cannot
// be told to be the same.
bool names_tokenizer(const std::string& spec, const data::Tokenizer* saved) {
  if (saved == nullptr || spec == "bpe") return false;
  const auto named = data::load_tokenizer(file_system(), spec);
  return named.is_ok() && (*named)->fingerprint() == saved->fingerprint();
}

bool is_same_path(const std::string& a, const std::string& b) {
  if (a.empty() || b.empty()) return a == b;
  std::error_code error;
  return std::filesystem::weakly_canonical(a, error) == std::filesystem::weakly_canonical(b, error);
}

bool is_same(const Option& option, const std::string& before, const std::string& after,
             const SavedOptions& saved) {
  if (before == after) return true;
  // Named in all records but those of the time when nothing could be chosen.
  if (option.key == "kernels.matrix_library" && before == "auto") return true;
  if (option.key == "data.tokenizer") return names_tokenizer(after, saved.tokenizer);
  return option.type == config::OptionType::kPath && is_same_path(before, after);
}

std::string shown(const Option& option, const std::string& text) {
  return toml_text(option, *parse_value(option, text));
}

Status refusal(const SavedOptions& saved, const std::string& differences) {
  return failed_precondition(
      "{} holds a model that other options made:{}\nGive those options the values that it has. To "
      "train another model start a new run in another run directory; "
      "to start it from these weights, where the shapes are the same, export them (raddle ckpt "
      "export {} --to hf --out DIRECTORY) and set model.init_from = DIRECTORY",
      saved.where, differences, saved.where);
}

}  // namespace

StatusOr<std::vector<ChangedOption>> compare_options(const SavedOptions& saved,
                                                     const config::Config& now, bool has_model) {
  RADDLE_ASSERT(saved.step >= 0);
  config::Config before = saved.config, after = now;
  if (has_model) {
    RADDLE_ASSIGN_OR_RETURN(before, spelled_out(saved.config, saved.tokenizer));
    RADDLE_ASSIGN_OR_RETURN(after, spelled_out(now, saved.tokenizer));
  }
  std::vector<ChangedOption> changes;
  std::string differences;
  for (const Option& option : config::options()) {
    if (option.change == config::OptionChange::kProcess) continue;
    if (!has_model && option.change == config::OptionChange::kModel) continue;
    const std::string was = before.get_text(option.key), is = after.get_text(option.key);
    if (is_same(option, was, is, saved)) continue;
    if (option.change == config::OptionChange::kRun) {
      changes.push_back({saved.step, std::string(option.key), was, is});
      continue;
    }
    differences += fmt::format("\n  {} was {} and is now {} ({})", option.key, shown(option, was),
                               shown(option, is), now.origin(option.key).to_string());
  }
  if (!differences.empty()) return refusal(saved, differences);
  return changes;
}

std::string changes_to_json(const std::vector<ChangedOption>& changes) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ChangedOption& c : changes) {
    json.push_back({{"step", c.step}, {"key", c.key}, {"before", c.before}, {"after", c.after}});
  }
  return json_text(json);
}

StatusOr<std::vector<ChangedOption>> changes_from_json(std::string_view text) {
  const auto json = json_from(text);
  std::vector<ChangedOption> changes;
  bool good = json.is_array();
  for (size_t i = 0; good && i < json.size(); ++i) {
    const auto& c = json[i];
    good = c.is_object() && c.value("step", nlohmann::json()).is_number_integer();
    for (const char* name : {"key", "before", "after"}) {
      good = good && c.value(name, nlohmann::json()).is_string();
    }
    if (good) changes.push_back({c["step"], c["key"], c["before"], c["after"]});
  }
  if (!good) return data_loss("the record of changed options is damaged");
  return changes;
}

}  // namespace raddle::runs
