// SPDX-License-Identifier: Apache-2.0
// All families, a line each.
#pragma once

#include "runtime/models/family.h"

namespace raddle::models {

extern const Family kGpt2;
extern const Family kLlama;
extern const Family kQwen3;

}  // namespace raddle::models
