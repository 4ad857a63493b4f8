// SPDX-License-Identifier: Apache-2.0
// "key=value,key=value": how attributes cross the ABI. Commas inside parentheses belong to a value.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::capi {

using TextAttribute = std::pair<std::string_view, std::string_view>;

// Views into `text`, which may be null (no attributes). INVALID_ARGUMENT: an entry without '=', an
// empty key, a key that comes twice.
StatusOr<std::vector<TextAttribute>> parse_attributes(const char* text);

}  // namespace raddle::capi
