// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/finite.h"

#include <algorithm>
#include <cmath>

namespace raddle::session {

Status check_finite(std::span<const StateTensor> tensors) {
  for (const StateTensor& tensor : tensors) {
    if (tensor.name.starts_with("gradient/")) continue;
    // Counted rather than searched for: the loop without an exit is as fast as memory.
    int64_t bad = 0;
    for (const float value : tensor.values) bad += std::isfinite(value) ? 0 : 1;
    if (bad == 0) continue;
    const auto first = std::find_if(tensor.values.begin(), tensor.values.end(),
                                    [](float value) { return !std::isfinite(value); });
    return numeric_error(
        "{} of the {} values of {} are not finite (the first, at {}, is {}): the run has diverged "
        "and this state is not saved; go back to an earlier checkpoint and lower "
        "optimizer.learning_rate",
        bad, tensor.values.size(), tensor.name, first - tensor.values.begin(), *first);
  }
  return Status::ok();
}

Status check_logits(std::span<const float> logits, int64_t vocab_size) {
  for (size_t i = 0; i < logits.size(); ++i) {
    if (std::isfinite(logits[i])) continue;
    const auto vocab = static_cast<size_t>(vocab_size);
    return numeric_error(
        "the logit of token {} at row {} is {}: the model's weights are damaged or diverged; use "
        "an earlier checkpoint",
        i % vocab, i / vocab, logits[i]);
  }
  return Status::ok();
}

}  // namespace raddle::session
