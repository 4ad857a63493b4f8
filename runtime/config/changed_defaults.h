// SPDX-License-Identifier: Apache-2.0
// What becomes of runs whose recipe relied on a default that is another one today.
#pragma once

#include "runtime/config/config.h"

namespace raddle::config {

// Where nobody set an option whose default has changed, `config` takes what the run's `record` has:
// the same recipe then continues the same run.
Status keep_recorded_defaults(const Config& record, Config* config);

}  // namespace raddle::config
