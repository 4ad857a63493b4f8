// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/changed_defaults.h"

namespace raddle::config {

namespace {

constexpr std::string_view kChanged[] = {"model.virtual_width.embedding",
                                         "model.virtual_width.reduce"};

}  // namespace

Status keep_recorded_defaults(const Config& record, Config* config) {
  for (const std::string_view key : kChanged) {
    if (config->origin(key).rank != OriginRank::kDefault) continue;
    RADDLE_RETURN_IF_ERROR(
        config->set(key, record.get_text(key), {OriginRank::kRecipe, std::string(kOfTheRunSoFar)}));
  }
  return Status::ok();
}

}  // namespace raddle::config
