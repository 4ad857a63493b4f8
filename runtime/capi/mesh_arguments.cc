// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/mesh_arguments.h"

#include <string>

#include "runtime/balance/cost_file.h"
#include "runtime/base/file_system.h"

namespace raddle::capi {

StatusOr<std::span<const int64_t>> lengths_of(const int64_t* lengths, int64_t length_count) {
  if (length_count < 1) {
    return invalid_argument("length_count is {}, expected at least 1", length_count);
  }
  return std::span(lengths, static_cast<size_t>(length_count));
}

StatusOr<balance::CostModel> cost_model_at(const char* path) {
  RADDLE_ASSIGN_OR_RETURN(const std::string text, file_system().read_all(path));
  return balance::cost_model_from_json(text, path);
}

}  // namespace raddle::capi
