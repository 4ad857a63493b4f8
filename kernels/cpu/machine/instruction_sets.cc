// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/machine/instruction_sets.h"

#include <cstdlib>
#include <mutex>
#include <string_view>

#include "hwy/highway.h"

namespace raddle::kernels {

Status limit_instruction_sets(device::DeviceCaps& caps) {
  const char* text = std::getenv("RADDLE_INSTRUCTION_SET");
  if (text == nullptr || *text == '\0') return Status::ok();
  const std::string_view wanted = text;
  const bool avx512 = wanted == "avx512", avx2 = wanted == "avx2";
  if (!avx512 && !avx2 && wanted != "portable") {
    return invalid_argument("RADDLE_INSTRUCTION_SET is \"{}\"; it can be avx512, avx2 or portable",
                            wanted);
  }
  if ((avx512 && !caps.has_avx512) || (avx2 && !caps.has_avx2)) {
    return unavailable("RADDLE_INSTRUCTION_SET is {}, which this processor ({}) lacks", wanted,
                       caps.name);
  }
  static std::once_flag once;
  std::call_once(once, [&] {
    if (avx512) return;
    hwy::SetSupportedTargetsForTest(HWY_STATIC_TARGET | (avx2 ? HWY_AVX2 : 0));
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  });
  caps.has_avx512 = avx512;
  caps.has_avx2 = avx512 || avx2;
  return Status::ok();
}

}  // namespace raddle::kernels
