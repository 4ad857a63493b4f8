// SPDX-License-Identifier: Apache-2.0
// HfTensorList: a family lists the tensors of its Hugging Face files with it, in the order of the
// model. What virtual width adds is the same in every family.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/models/hf_tensors.h"

namespace raddle::models {

class HfTensorList {
 public:
  explicit HfTensorList(const ModelConfig& model) : model_(model) {}

  void vector(std::string hf_name, std::string parameter, int64_t size, int64_t begin = 0) {
    out_.push_back({std::move(hf_name), std::move(parameter), begin, size, false, {size}});
  }
  void matrix(std::string hf_name, std::string parameter, int64_t rows, int64_t columns,
              int64_t begin = 0) {
    out_.push_back({std::move(hf_name), std::move(parameter), begin, rows, false, {rows, columns}});
  }
  // A projection as GPT-2 has it: (in, out) in the file, and a bias.
  void conv1d(const std::string& hf_name, const std::string& parameter, int64_t out, int64_t in);
  void layer_norm(const std::string& hf_name, const std::string& parameter);
  // A table whose rows become the state: as wide as that is with virtual_width.embedding = table.
  void table(std::string hf_name, std::string parameter, int64_t rows);
  // Connections of virtual width: a site, what widens and narrows; nothing without it.
  void site(const std::string& parameter);
  void expand();
  void reduce();
  // The output matrix, unless it is the embedding's.
  void head();

  std::vector<HfTensor> take() { return std::move(out_); }

 private:
  const ModelConfig& model_;
  std::vector<HfTensor> out_;
};

}  // namespace raddle::models
