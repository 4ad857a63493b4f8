// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/weights.h"

#include <algorithm>
#include <cmath>

#include "checkpoint/hf_directory.h"
#include "runtime/base/log.h"
#include "runtime/data/tokenizer_export.h"
#include "runtime/models/hf_config.h"
#include "runtime/models/hf_tensors.h"
#include "runtime/session/hf_match.h"

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

checkpoint::LogicalTensor saved_tensor(const Kind& kind, const ParameterInfo& info) {
  return {kind.prefix + info.name, DType::kF32, info.shape};
}

// What this rank has of a parameter, and of that what it writes: a master that all ranks have is
// written in shares.
struct Held {
  checkpoint::ElementRange here, saved;
};
Held held(const StateStore& store, int32_t parameter, Role role) {
  const exec::ElementRange here = store.record(parameter, role).shard;
  const exec::ElementRange saved =
      role == Role::kMaster ? store.layout().saved_master(parameter) : here;
  return {{here.begin, here.end}, {saved.begin, saved.end}};
}

// The part of a parameter that an HF tensor holds: rows of `columns` elements.
struct Part {
  int32_t parameter;
  int64_t first, rows, columns;  // its first element, of the parameter's
  int64_t elements() const { return rows * columns; }
};
Part part_of(const StateStore& store, const HfTensor& tensor) {
  const int32_t index = store.find(tensor.parameter);
  RADDLE_ASSERT(index >= 0);
  const ParameterInfo& info = store.parameters()[static_cast<size_t>(index)];
  const int64_t columns = info.shape.rank() < 2 ? 1 : info.shape.last();
  const Part part{index, tensor.row_begin * columns, tensor.row_count, columns};
  RADDLE_ASSERT(part.first >= 0 && part.first + part.elements() <= info.elements());
  return part;
}

// A warning, because a caller may want to look at such a model; what is computed with it fails.
Status warn_of_weights_not_finite(const std::string& where, const StateStore& store,
                                  const StopToken* stop) {
  std::vector<float> room;
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + where));
    RADDLE_ASSIGN_OR_RETURN(const std::span<const float> values,
                            store.view(static_cast<int32_t>(i), Role::kMaster, room));
    const auto bad = std::count_if(values.begin(), values.end(),
                                   [](float value) { return !std::isfinite(value); });
    if (bad == 0) continue;
    log_warning(
        "{}: {} of the {} values of {} are not finite: the model was saved after it had diverged, "
        "and nothing that it computes will be",
        where, bad, values.size(), store.parameters()[i].name);
    break;
  }
  return Status::ok();
}

void transpose(const float* from, int64_t rows, int64_t columns, float* to) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) to[c * rows + r] = from[r * columns + c];
  }
}

}  // namespace

std::vector<checkpoint::LogicalTensor> checkpoint_tensors(const StateStore& store) {
  std::vector<checkpoint::LogicalTensor> out;
  for (const Kind& kind : kKinds) {
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      if (!store.has(static_cast<int32_t>(i), kind.role)) continue;
      out.push_back(saved_tensor(kind, store.parameters()[i]));
    }
  }
  return out;
}

StatusOr<std::vector<checkpoint::SliceView>> checkpoint_slices(exec::HostTensors& tensors,
                                                               const StateStore& store) {
  const bool is_first = store.layout().options().rank == 0;
  std::vector<checkpoint::SliceView> out;
  for (const Kind& kind : kKinds) {
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      const ParameterInfo& info = store.parameters()[i];
      if (!store.has(parameter, kind.role)) continue;
      const auto [here, saved] = held(store, parameter, kind.role);
      // A tensor of no elements is written too, by one.
      if (saved.count() == 0 && !(info.elements() == 0 && is_first)) continue;
      RADDLE_ASSIGN_OR_RETURN(const auto values, tensors.read(parameter, kind.role));
      RADDLE_ASSERT(saved.begin >= here.begin && saved.end <= here.end);
      out.push_back({saved_tensor(kind, info), saved, values.data() + (saved.begin - here.begin)});
    }
  }
  return out;
}

StatusOr<std::vector<checkpoint::TensorView>> checkpoint_views(exec::HostTensors& tensors,
                                                               const StateStore& store) {
  RADDLE_ASSERT(store.layout().options().ranks == 1);
  RADDLE_ASSIGN_OR_RETURN(const auto slices, checkpoint_slices(tensors, store));
  std::vector<checkpoint::TensorView> out;
  for (const checkpoint::SliceView& slice : slices) {
    RADDLE_ASSERT(slice.range == checkpoint::whole_range(slice.tensor.shape));
    out.push_back({slice.tensor.name, slice.tensor.dtype, slice.tensor.shape, slice.data});
  }
  return out;
}

Status read_parameters(const std::string& path, StateStore& store, StopToken* stop) {
  exec::HostTensors tensors(store);
  std::vector<checkpoint::MutableTensor> wanted;
  for (size_t i = 0; i < store.parameters().size(); ++i) {
    const ParameterInfo& info = store.parameters()[i];
    const std::span<float> values = tensors.fill(static_cast<int32_t>(i), Role::kMaster);
    wanted.push_back({"param." + info.name, DType::kF32, info.shape, values.data()});
  }
  checkpoint::ReadOptions options;
  options.prefix = "param.";
  options.stop = stop;
  options.stops_half_way = true;
  RADDLE_RETURN_IF_ERROR(checkpoint::read(path, wanted, options).status());
  return tensors.write_back();
}

Status read_checkpoint(const std::string& path, std::span<const char> was_frozen, StateStore& store,
                       StopToken* stop) {
  RADDLE_ASSERT(was_frozen.empty() || was_frozen.size() == store.parameters().size());
  exec::HostTensors tensors(store);
  std::vector<checkpoint::MutableSlice> wanted;
  std::vector<std::span<float>> begun;  // moments that start here
  checkpoint::ReadOptions options;
  options.stop = stop;
  for (const Kind& kind : kKinds) {
    for (size_t i = 0; i < store.parameters().size(); ++i) {
      const auto parameter = static_cast<int32_t>(i);
      const checkpoint::LogicalTensor tensor = saved_tensor(kind, store.parameters()[i]);
      const bool is_there = kind.role == Role::kMaster || was_frozen.empty() || was_frozen[i] == 0;
      if (!store.has(parameter, kind.role)) {
        if (is_there) options.ignored.push_back(tensor.name);
        continue;
      }
      const std::span<float> values = tensors.fill(parameter, kind.role);
      if (is_there) {
        wanted.push_back({tensor, held(store, parameter, kind.role).here, values.data()});
      } else {
        begun.push_back(values);
      }
    }
  }
  RADDLE_RETURN_IF_ERROR(checkpoint::read_slices(path, wanted, options).status());
  for (const std::span<float> moments : begun) std::fill(moments.begin(), moments.end(), 0.0f);
  return tensors.write_back();
}

Status import_hf(const checkpoint::HfDirectory& files, const models::ModelConfig& model,
                 StateStore& store, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto sources, match_hf_tensors(files, model));
  int64_t bytes = 0;
  for (const HfSource& source : sources) {
    bytes += part_of(store, source.part).elements() *
             static_cast<int64_t>(dtype_bytes(source.view.dtype));
  }
  begin_work(stop, bytes);
  std::vector<float> values, turned;
  for (const HfSource& source : sources) {
    const Part part = part_of(store, source.part);
    const auto count = static_cast<size_t>(part.elements());
    if (store.is_host() && !source.part.transpose) {
      const std::span<float> all = store.values(part.parameter, Role::kMaster);
      RADDLE_RETURN_IF_ERROR(checkpoint::read_as_f32(
          source.view, 0, all.subspan(static_cast<size_t>(part.first), count), stop));
      continue;
    }
    values.resize(count);
    RADDLE_RETURN_IF_ERROR(checkpoint::read_as_f32(source.view, 0, values, stop));
    if (source.part.transpose) {
      turned.resize(count);
      transpose(values.data(), part.columns, part.rows, turned.data());
      values.swap(turned);
    }
    RADDLE_RETURN_IF_ERROR(store.write(part.parameter, Role::kMaster, part.first, values));
  }
  RADDLE_RETURN_IF_ERROR(store.round_copies());
  return warn_of_weights_not_finite(files.path, store, stop);
}

Status export_hf(const std::string& directory, const models::ModelConfig& model, StateStore& store,
                 const data::Tokenizer* tokenizer, StopToken* stop) {
  exec::HostTensors tensors(store);
  std::vector<std::vector<float>> turned;  // transposed copies, alive until written
  std::vector<checkpoint::TensorView> views;
  for (const HfTensor& tensor : models::hf_tensors(model)) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "the export"));
    const Part part = part_of(store, tensor);
    RADDLE_ASSIGN_OR_RETURN(const std::span<const float> values,
                            tensors.read(part.parameter, Role::kMaster));
    const float* data = values.data() + part.first;
    if (tensor.transpose) {
      turned.emplace_back(static_cast<size_t>(part.elements()));
      transpose(data, part.rows, part.columns, turned.back().data());
      data = turned.back().data();
    }
    views.push_back({tensor.hf_name, DType::kF32, tensor.hf_shape, data});
  }
  const auto warning = model.family->export_warning;
  const std::string trouble = warning != nullptr ? warning(model) : "";
  if (!trouble.empty()) log_warning("{}: {}", directory, trouble);
  checkpoint::HfContents contents;
  contents.config = models::to_hf_config(model);
  contents.generation_config = models::to_hf_generation_config(
      model, tokenizer != nullptr ? tokenizer->special().stops : std::vector<int32_t>());
  if (tokenizer != nullptr) {
    RADDLE_ASSIGN_OR_RETURN(data::TokenizerExport files, data::export_tokenizer(*tokenizer));
    contents.tokenizer = std::move(files.tokenizer);
    contents.tokenizer_config = std::move(files.tokenizer_config);
    contents.special_tokens_map = std::move(files.special_tokens_map);
  }
  contents.tensors = views;
  contents.stop = stop;
  return checkpoint::write_hf_directory(file_system(), directory, contents);
}

}  // namespace raddle::session
