// SPDX-License-Identifier: Apache-2.0
// What we use of Highway's shared library, which is what chooses among the instruction sets, for a
// library of ours that is linked without it: Debian has no static one.
#include <atomic>

#include "hwy/highway.h"

namespace hwy {
namespace {

std::atomic<int64_t> only{0};  // 0: whatever the processor has

// What the code of each set is compiled with, which is more than its name says.
int64_t detected() {
  int64_t targets = HWY_STATIC_TARGET;
#if defined(__x86_64__)
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                    __builtin_cpu_supports("f16c") && __builtin_cpu_supports("lzcnt") &&
                    __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("aes");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
  targets |= (avx2 ? HWY_AVX2 : 0) | (avx512 ? HWY_AVX3 : 0);
#endif
  return targets;
}

}  // namespace

int64_t SupportedTargets() {
  static const int64_t kDetected = detected();
  const int64_t limit = only.load(std::memory_order_relaxed);
  return limit == 0 ? kDetected : limit;
}

void SetSupportedTargetsForTest(int64_t targets) { only.store(targets); }

ChosenTarget& GetChosenTarget() {
  static ChosenTarget chosen;
  return chosen;
}

}  // namespace hwy
