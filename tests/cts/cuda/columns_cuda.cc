// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kernel_column.h"

namespace raddle::test {

std::span<const Column> columns() {
  static constexpr Column kColumns[] = {Column::kCuda};
  return kColumns;
}

}  // namespace raddle::test
