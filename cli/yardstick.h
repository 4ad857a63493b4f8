// SPDX-License-Identifier: Apache-2.0
// R: how fast the best matrix library of this machine runs the products of a training step. Each
// library is measured in a process of its own, so that thread pools never fight.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "cli/api.h"

namespace raddle::cli {

struct YardstickResult {
  double best_gflops = 0;  // best library per shape, weighted by the step's operations
  std::vector<std::pair<std::string, double>> libraries;  // each alone, weighted the same way
};

// Failure(kExitUnavailable) if no library could be measured.
YardstickResult measure_yardstick(const Context& context, const Config& config, int threads);

}  // namespace raddle::cli
