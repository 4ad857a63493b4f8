// SPDX-License-Identifier: Apache-2.0
// Which kernel runs a problem: the first of the op's list that is not disabled and whose probe
// accepts. Every refusal is kept with its reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernels/kernel.h"

namespace raddle::plan {

struct Selection {
  int32_t kernel = -1;
  std::string kernel_name;
  bool is_reference = false;
  bool reference_was_asked_for = false;  // no better kernel was to be had on this device
  size_t scratch_bytes = 0;
  std::vector<std::string> refusals;
};

// A pattern is a kernel's name with at most one * for anything: "attention:cpu", "attention:*",
// "*:cpu".
bool is_disabled(std::string_view kernel_name, const std::vector<std::string>& patterns);

// The parts of select_kernel() that are the same for all ops.
// Whether a kernel is set aside before its probe is asked: by the user, or since the device is
// another. A refusal is noted.
bool is_set_aside(std::string_view name, kernels::RunsOn code, const device::DeviceCaps& caps,
                  const std::vector<std::string>& disabled, Selection& selection);
void note_refusal(std::string_view name, const std::string& why, Selection& selection);

template <class Args>
Selection select_kernel(kernels::KernelList<Args> list, const Args& args,
                        const device::DeviceCaps& caps, const std::vector<std::string>& disabled) {
  RADDLE_ASSERT(!list.empty());  // its last kernel is the reference
  Selection selection;
  size_t set_aside = 0;
  bool has_tuned_for_host = false;  // one that the reference, the last, stands in for
  for (size_t i = 0; i < list.size(); ++i) {
    const kernels::Kernel<Args>& kernel = *list[i];
    const bool is_last = i + 1 == list.size();
    if (!is_last && kernel.code != kernels::RunsOn::kCuda) has_tuned_for_host = true;
    if (is_set_aside(kernel.name, kernel.code, caps, disabled, selection)) {
      ++set_aside;
      continue;
    }
    const kernels::Verdict verdict = kernel.probe(args, caps);
    if (!verdict.accepted) {
      note_refusal(kernel.name, verdict.why_not, selection);
      continue;
    }
    selection.kernel = static_cast<int32_t>(i);
    selection.kernel_name = kernel.name;
    selection.is_reference = is_last && has_tuned_for_host;
    selection.reference_was_asked_for = set_aside == i;
    selection.scratch_bytes = kernel.scratch_bytes(args, caps);
    return selection;
  }
  return selection;
}

}  // namespace raddle::plan
