// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_tensors.h"

#include "runtime/models/hf_tensor_list.h"

namespace raddle::models {

void HfTensorList::conv1d(const std::string& hf_name, const std::string& parameter, int64_t out,
                          int64_t in) {
  out_.push_back({hf_name + ".weight", parameter + ".weight", 0, out, true, {in, out}});
  vector(hf_name + ".bias", parameter + ".bias", out);
}

void HfTensorList::layer_norm(const std::string& hf_name, const std::string& parameter) {
  vector(hf_name + ".weight", parameter + ".weight", model_.width);
  vector(hf_name + ".bias", parameter + ".bias", model_.width);
}

void HfTensorList::table(std::string hf_name, std::string parameter, int64_t rows) {
  const VirtualWidth& v = model_.virtual_width;
  const bool wide = v.enabled() && v.embedding == WideEmbedding::kTable;
  matrix(std::move(hf_name), std::move(parameter), rows, wide ? model_.wide_width() : model_.width);
}

void HfTensorList::site(const std::string& parameter) {
  const VirtualWidth& v = model_.virtual_width;
  if (!v.enabled()) return;
  const int64_t q = 2 * v.m + v.n, d = model_.slot_width();
  const std::string hf_name = "raddle." + parameter;
  matrix(hf_name + ".c0", parameter + ".c0", v.n, q);
  if (!v.dynamic) return;
  matrix(hf_name + ".s", parameter + ".s", v.n, q);
  matrix(hf_name + ".w", parameter + ".w", d, q);
  vector(hf_name + ".norm.weight", parameter + ".norm.weight", d);
}

void HfTensorList::expand() {
  const VirtualWidth& v = model_.virtual_width;
  if (!v.enabled() || v.embedding != WideEmbedding::kExpand) return;
  matrix("raddle.virtual_width.expand.weight", "virtual_width.expand.weight", model_.wide_width(),
         model_.width);
}

void HfTensorList::reduce() {
  const VirtualWidth& v = model_.virtual_width;
  if (!v.enabled() || v.reduce != WideReduce::kLearned) return;
  matrix("raddle.virtual_width.reduce.weight", "virtual_width.reduce.weight", model_.width,
         model_.wide_width());
}

void HfTensorList::head() {
  if (model_.tie_embeddings) return;
  matrix("lm_head.weight", "lm_head.weight", model_.vocab_size, model_.width);
}

std::vector<HfTensor> hf_tensors(const ModelConfig& model) {
  RADDLE_ASSERT(validate(model).is_ok());
  HfTensorList list(model);
  model.family->list_tensors(model, &list);
  return list.take();
}

}  // namespace raddle::models
