// SPDX-License-Identifier: Apache-2.0
// Which tensor of a Hugging Face file holds which part of which parameter, for import and export.
// Parameters of multi-token prediction are in no such file. A tied output matrix is left out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/shape.h"
#include "runtime/models/model_config.h"

namespace raddle::models {

// The file's tensor `hf_name` holds rows [row_begin, row_begin + row_count) of `parameter`,
// transposed for GPT-2's matrices, which its files keep as (in, out). A vector's rows are its
// elements.
struct HfTensor {
  std::string hf_name;
  std::string parameter;
  int64_t row_begin = 0, row_count = 0;
  bool transpose = false;
  Shape hf_shape;
};

// Covers every element of every parameter but those of multi-token prediction exactly once, in the
// order of the model. The config must be valid.
std::vector<HfTensor> hf_tensors(const ModelConfig& model);

}  // namespace raddle::models
