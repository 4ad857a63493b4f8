// SPDX-License-Identifier: Apache-2.0
// The families of ops, a file each: what op_table.cc puts together.
#pragma once

#include "runtime/graph/op_table.h"

namespace raddle::graph {

std::span<const OpInfo> linear_ops();
std::span<const OpInfo> norm_ops();
std::span<const OpInfo> attention_ops();
std::span<const OpInfo> elementwise_ops();
std::span<const OpInfo> layout_ops();
std::span<const OpInfo> loss_ops();
std::span<const OpInfo> hyper_connection_ops();

}  // namespace raddle::graph
