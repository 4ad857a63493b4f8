// SPDX-License-Identifier: Apache-2.0
// For what ranks compute together of a sequence, which is no instruction of the plan.
#pragma once

#include <algorithm>

#include "runtime/plan/select.h"

namespace raddle::exec {

// The first kernel of a list that takes the largest of its problems; the scratch for that is kept
// in `scratch_bytes` if it is the most so far. UNAVAILABLE: there is none.
template <class Args>
Status choose_kernel(kernels::KernelList<Args> list, const Args& largest,
                     const device::DeviceCaps& caps, const kernels::Kernel<Args>** kernel,
                     size_t* scratch_bytes) {
  const plan::Selection chosen = plan::select_kernel(list, largest, caps, {});
  if (chosen.kernel < 0) return unavailable("no kernel computes attention of several ranks");
  *kernel = list[static_cast<size_t>(chosen.kernel)];
  *scratch_bytes = std::max(*scratch_bytes, chosen.scratch_bytes);
  return Status::ok();
}

}  // namespace raddle::exec
