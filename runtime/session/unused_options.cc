// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/unused_options.h"

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/log.h"
#include "runtime/session/data_pipeline.h"

namespace raddle::session {
namespace {

class Unused {
 public:
  Unused(const config::Config& config, bool resumed) : config_(config), resumed_(resumed) {}

  void warn(std::string_view key, std::string_view why) const {
    const config::Origin& origin = config_.origin(key);
    const bool set =
        origin.rank != config::OriginRank::kDefault && origin.detail != config::kOfTheRunSoFar;
    const bool kept = resumed_ && config::find_option(key)->change == config::OptionChange::kModel;
    if (!set || kept || config_.get_text(key) == defaults_.get_text(key)) return;
    log_warning("{} is {} ({}), but {}, so it changes nothing", key, config_.get_text(key),
                origin.to_string(), why);
  }

 private:
  const config::Config& config_;
  const config::Config defaults_;
  bool resumed_;
};

void warn_of_virtual_width(const Unused& unused, const models::VirtualWidth& v) {
  if (!v.enabled()) {
    for (const char* name :
         {"decay_scale", "dynamic", "embedding", "fused", "group_norm", "reduce", "scale_init"}) {
      unused.warn(fmt::format("model.virtual_width.{}", name),
                  "model.virtual_width.m and .n are 0: there is no virtual width");
    }
  } else if (!v.dynamic) {
    for (const char* key : {"model.virtual_width.decay_scale", "model.virtual_width.scale_init"}) {
      unused.warn(key, "static connections have no scale S");
    }
  }
}

}  // namespace

void warn_of_unused_options(const config::Config& config, const models::ModelConfig& model,
                            bool resumed) {
  const Unused unused(config, resumed);
  warn_of_virtual_width(unused, model.virtual_width);
  if (!model.family->rotary) {
    unused.warn("model.rope_theta", fmt::format("{} learns its positions", model.family->name));
  }
  if (model.mtp_heads == 0) unused.warn("model.mtp.weight", "model.mtp.heads is 0");
  const auto spec = tokenizer_spec(config);
  if (spec.is_ok() && *spec != "bpe") {
    unused.warn("data.vocab_size",
                fmt::format("the tokenizer is {}: only bpe trains one of that size", *spec));
  }
  if (config.get_string("data.format") == "tokens") {
    unused.warn("data.prompt_field", "token files have the weights that they were written with");
  }
  const bool validates = !config.get_list("data.validation_path").empty() ||
                         config.get_double("data.validation_fraction") > 0;
  if (!validates && !config.get_list("data.path").empty()) {
    unused.warn("train.eval_interval",
                "data.validation_fraction is 0 and data.validation_path is empty: there is nothing "
                "to evaluate on");
  }
}

}  // namespace raddle::session
