// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/weights.h"

#include <algorithm>
#include <map>

#include "checkpoint/hf_directory.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/hf_tensors.h"

namespace raddle::session {
namespace {

using exec::ParameterInfo;
using exec::Role;
using exec::StateStore;
using models::HfTensor;

struct Kind {
  const char* prefix;
  Role role;
};
constexpr Kind kKinds[] = {
    {"param.", Role::kMaster}, {"adam_m.", Role::kMoment1}, {"adam_v.", Role::kMoment2}};

// The part of a parameter that an HF tensor holds: rows of `columns` elements.
struct Part {
  float* data;
  int64_t rows, columns;
};
Part part_of(StateStore& store, const HfTensor& tensor) {
  const int32_t index = store.find(tensor.parameter);
  RADDLE_ASSERT(index >= 0);
  const ParameterInfo& info = store.parameters()[static_cast<size_t>(index)];
  const int64_t columns = info.shape.rank() < 2 ? 1 : info.shape.last();
  return {store.values(index, Role::kMaster).data() + tensor.row_begin * columns, tensor.row_count,
          columns};
}

void transpose(const float* from, int64_t rows, int64_t columns, float* to) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  }
}

// Names of other tools' files that hold no weights of the model.
bool is_ignorable(std::string_view name) {
  return name.ends_with(".attn.bias") || name.ends_with(".attn.masked_bias") ||
         name.ends_with("rotary_emb.inv_freq") || name == "lm_head.weight";
}

std::string hf_name_in_file(const checkpoint::SafetensorsSet& weights, const std::string& name) {
  // Bare GPT-2 files leave out the "transformer." that the language model's have, and some bare
  // models the "model.".
  for (const std::string_view prefix : {"transformer.", "model."}) {
    if (name.starts_with(prefix) && !weights.find(name).is_ok() &&
        weights.find(name.substr(prefix.size())).is_ok()) {
      return name.substr(prefix.size());
    }
  }
  return name;
}

Status check_hf_tensors(const std::string& directory, const checkpoint::SafetensorsSet& weights,
                        std::span<const HfTensor> expected) {
  std::vector<std::string> names;
  for (const HfTensor& tensor : expected) {
    names.push_back(hf_name_in_file(weights, tensor.hf_name));
    RADDLE_ASSIGN_OR_RETURN(const checkpoint::TensorView view, weights.find(names.back()));
    if (!(view.shape == tensor.hf_shape)) {
      return invalid_argument("{}: tensor {} has shape {}, the config asks for {}", directory,
                              names.back(), view.shape.to_string(), tensor.hf_shape.to_string());
    }
  }
  std::sort(names.begin(), names.end());
  for (const checkpoint::TensorView& view : weights.tensors()) {
    if (!std::binary_search(names.begin(), names.end(), view.name) && !is_ignorable(view.name)) {
      return invalid_argument("{}: tensor {} belongs to no part of this model", directory,
                              view.name);
    }
  }
  return Status::ok();
}

}  // namespace

std::vector<checkpoint::MutableTensor> checkpoint_destinations(StateStore& store) {
  std::vector<checkpoint::MutableTensor> out;
  for (const Kind& kind : kKinds) {
    if (kind.role != Role::kMaster && !store.has_optimizer()) continue;
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      const ParameterInfo& info = store.parameters()[i];
      out.push_back({kind.prefix + info.name, DType::kF32, info.shape,
                     store.values(static_cast<int32_t>(i), kind.role).data()});
    }
  }
  return out;
}

std::vector<checkpoint::TensorView> checkpoint_views(const StateStore& store) {
  std::vector<checkpoint::TensorView> out;
  for (auto& tensor : checkpoint_destinations(const_cast<StateStore&>(store))) {
    out.push_back({std::move(tensor.name), tensor.dtype, tensor.shape, tensor.data});
  }
  return out;
}

Status import_hf(const std::string& directory, const models::ModelConfig& model,
                 StateStore& store) {
  RADDLE_ASSIGN_OR_RETURN(const checkpoint::HfDirectory files,
                          checkpoint::open_hf_directory(directory));
  const std::vector<HfTensor> tensors = models::hf_tensors(model);
  RADDLE_RETURN_IF_ERROR(check_hf_tensors(directory, files.weights, tensors));
  std::vector<float> turned;
  for (const HfTensor& tensor : tensors) {
    const Part part = part_of(store, tensor);
    const auto bytes = static_cast<size_t>(part.rows * part.columns) * sizeof(float);
    const std::string name = hf_name_in_file(files.weights, tensor.hf_name);
    if (!tensor.transpose) {
      RADDLE_RETURN_IF_ERROR(files.weights.read_into(name, DType::kF32, part.data, bytes));
      continue;
    }
    turned.resize(static_cast<size_t>(part.rows * part.columns));
    RADDLE_RETURN_IF_ERROR(files.weights.read_into(name, DType::kF32, turned.data(), bytes));
    transpose(turned.data(), part.columns, part.rows, part.data);
  }
  return Status::ok();
}

Status export_hf(const std::string& directory, const models::ModelConfig& model,
                 const StateStore& store, const data::Tokenizer* tokenizer) {
  std::vector<std::vector<float>> turned;  // transposed copies, alive until written
  std::vector<checkpoint::TensorView> views;
  for (const HfTensor& tensor : models::hf_tensors(model)) {
    const Part part = part_of(const_cast<StateStore&>(store), tensor);
    const float* data = part.data;
    if (tensor.transpose) {
      turned.emplace_back(static_cast<size_t>(part.rows * part.columns));
      transpose(part.data, part.rows, part.columns, turned.back().data());
      data = turned.back().data();
    }
    views.push_back({tensor.hf_name, DType::kF32, tensor.hf_shape, data});
  }
  checkpoint::HfContents contents;
  contents.config = models::to_hf_config(model);
  contents.generation_config = models::to_hf_generation_config(model);
  if (tokenizer != nullptr) contents.tokenizer = tokenizer->to_json();
  contents.tensors = views;
  return checkpoint::write_hf_directory(posix_file_system(), directory, contents);
}

}  // namespace raddle::session
