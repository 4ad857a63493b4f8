// SPDX-License-Identifier: Apache-2.0
// What data.* says, in the terms of the data layer.
#pragma once

#include <string>

#include "runtime/base/status.h"
#include "runtime/config/config.h"
#include "runtime/data/source.h"

namespace raddle::capi {

StatusOr<data::SourceOptions> source_options(const config::Config& config);

// Whether `path` holds tokens: data.format says so, or it is "auto" and the file begins as one
// does.
StatusOr<bool> holds_tokens(const config::Config& config, const std::string& path);

// data.path; INVALID_ARGUMENT if it is empty.
StatusOr<std::vector<std::string>> input_paths(const config::Config& config);

}  // namespace raddle::capi
