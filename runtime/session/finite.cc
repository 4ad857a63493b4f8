// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/finite.h"

#include <algorithm>
#include <cmath>

namespace raddle::session {

namespace {

Status check_finite(const std::string& name, std::span<const float> values) {
  // Counted rather than searched for: the loop without an exit is as fast as memory.
  int64_t bad = 0;
  for (const float value : values) bad += std::isfinite(value) ? 0 : 1;
  if (bad == 0) return Status::ok();
  const auto first =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  return numeric_error(
      "{} of the {} values of {} are not finite (the first, at {}, is {}): the run has diverged "
      "and this state is not saved; go back to an earlier checkpoint and lower "
      "optimizer.learning_rate",
      bad, values.size(), name, first - values.begin(), *first);
}

}  // namespace

Status check_finite(const exec::StateStore& store, const StopToken* stop) {
  std::vector<float> room;
  for (const auto& [prefix, role] : kStateKinds) {
    // Gradients are made anew, and copies say what their masters say.
    if (role == exec::Role::kGradient || role == exec::Role::kCompute) continue;
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      if (!store.has(parameter, role)) continue;
      RADDLE_RETURN_IF_ERROR(check_stop(stop, "looking for values that are not finite"));
      RADDLE_ASSIGN_OR_RETURN(const std::span<const float> values,
                              store.view(parameter, role, room));
      RADDLE_RETURN_IF_ERROR(check_finite(prefix + store.parameters()[i].name, values));
    }
  }
  return Status::ok();
}

Status check_logits(std::span<const float> logits, int64_t vocab_size) {
  RADDLE_ASSERT(vocab_size > 0 && logits.size() % static_cast<size_t>(vocab_size) == 0);
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
