// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/hf_match.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>

#include "checkpoint/convert.h"
#include "runtime/base/log.h"

namespace raddle::session {
namespace {

using checkpoint::SafetensorsSet;
using checkpoint::StoredTensor;
using models::HfTensor;
using models::ModelConfig;

constexpr const char* kHead = "lm_head.weight";

// Masks and tables of positions that older releases saved beside the weights.
bool is_buffer(std::string_view name) {
  constexpr std::string_view kEnds[] = {".attn.bias", ".attn.masked_bias", "rotary_emb.inv_freq",
                                        "rotary_emb.cos_cached", "rotary_emb.sin_cached"};
  return std::any_of(std::begin(kEnds), std::end(kEnds),
                     [&](std::string_view end) { return name.ends_with(end); });
}

// What torch.compile and data-parallel wrappers put before the names of all tensors; "": nothing.
std::string wrapper_of(const SafetensorsSet& weights) {
  const auto tensors = weights.tensors();
  std::string all;
  for (bool more = !tensors.empty(); more;) {
    more = false;
    for (const std::string_view prefix : {"_orig_mod.", "module."}) {
      const std::string longer = all + std::string(prefix);
      const bool common = std::all_of(tensors.begin(), tensors.end(), [&](const auto& view) {
        return view.name.starts_with(longer);
      });
      if (!common) continue;
      all = longer;
      more = true;
    }
  }
  return all;
}

// Bare models leave out the prefix that the language model's tensors have.
StatusOr<StoredTensor> find(const SafetensorsSet& weights, const std::string& name) {
  const std::string wrapper = wrapper_of(weights);
  auto found = weights.find(wrapper + name);
  for (const std::string_view prefix : {"transformer.", "model."}) {
    if (found.is_ok() || !name.starts_with(prefix)) continue;
    auto bare = weights.find(wrapper + name.substr(prefix.size()));
    if (bare.is_ok()) return bare;
  }
  return found;
}

// Of tied matrices a file may hold either.
StatusOr<StoredTensor> find_part(const SafetensorsSet& weights, const HfTensor& part,
                                 const ModelConfig& model) {
  auto found = find(weights, part.hf_name);
  const bool tied = model.tie_embeddings && part.parameter == "embedding.weight";
  if (!tied || found.status().code() != Code::kNotFound) return found;
  auto head = find(weights, kHead);
  return head.is_ok() ? std::move(head) : std::move(found);
}

StatusOr<bool> equal_values(const StoredTensor& a, const StoredTensor& b) {
  if (!(a.shape == b.shape) || !checkpoint::can_convert(a.dtype, DType::kF32) ||
      !checkpoint::can_convert(b.dtype, DType::kF32)) {
    return false;
  }
  // Part by part: a whole table may be large.
  const auto elements = static_cast<size_t>(a.shape.elements());
  std::vector<float> left(std::min(elements, size_t{1} << 18)), right(left.size());
  for (size_t at = 0; at < elements; at += left.size()) {
    const size_t now = std::min(left.size(), elements - at);
    RADDLE_RETURN_IF_ERROR(checkpoint::read_as_f32(a, at, std::span(left).first(now)));
    RADDLE_RETURN_IF_ERROR(checkpoint::read_as_f32(b, at, std::span(right).first(now)));
    if (std::memcmp(left.data(), right.data(), now * sizeof(float)) != 0) return false;
  }
  return true;
}

// The name of the embedding beside which the files hold an output matrix that differs.
StatusOr<std::optional<std::string>> own_head(const checkpoint::HfDirectory& files,
                                              const ModelConfig& model) {
  std::optional<std::string> none;
  const auto head = find(files.weights, kHead);
  if (!model.tie_embeddings || !head.is_ok()) return none;
  const auto embedding = find(files.weights, models::hf_tensors(model).front().hf_name);
  if (!embedding.is_ok()) return none;
  RADDLE_ASSIGN_OR_RETURN(const bool equal, equal_values(*embedding, *head));
  return equal ? none : std::optional(embedding->name);
}

// What is wrong with a directory's tensors, by kind.
struct Findings {
  std::vector<std::string> missing, misshapen, unreadable, extra;

  bool none() const {
    return missing.empty() && misshapen.empty() && unreadable.empty() && extra.empty();
  }
  static std::string line(const char* what, const std::vector<std::string>& names) {
    constexpr size_t kShown = 8;
    if (names.empty()) return "";
    const size_t shown = std::min(names.size(), kShown);
    const std::string more =
        shown == names.size() ? "" : fmt::format(" and {} more", names.size() - shown);
    return fmt::format("\n  {}: {}{}", what,
                       fmt::join(names.begin(), names.begin() + static_cast<long>(shown), ", "),
                       more);
  }
};

// Wrappers put their name before all others.
std::string hint(const SafetensorsSet& weights, const Findings& found, const ModelConfig& model) {
  for (const std::string_view prefix : {"base_model.model.", "_fsdp_wrapped_module."}) {
    const auto tensors = weights.tensors();
    if (!tensors.empty() && std::all_of(tensors.begin(), tensors.end(), [&](const auto& view) {
          return view.name.starts_with(prefix);
        })) {
      return fmt::format("\nAll names begin with {}: a wrapper was saved; save the model in it.",
                         prefix);
    }
  }
  for (const std::string_view twice : {"model.model.", "transformer.transformer."}) {
    const auto tensors = weights.tensors();
    const auto begins = [&](const auto& view) { return view.name.starts_with(twice); };
    if (std::any_of(tensors.begin(), tensors.end(), begins)) {
      return fmt::format("\nNames begin with {}: a wrapper was saved; save the model in it.",
                         twice);
    }
  }
  if (!model.tie_embeddings && found.missing == std::vector<std::string>{kHead}) {
    return "\nIf the output matrix is the embedding, set tie_word_embeddings to true in "
           "config.json.";
  }
  return "\nThe files must be those of this config.json: download the whole model again, or mend "
         "the keys that these shapes follow from.";
}

}  // namespace

StatusOr<std::vector<HfSource>> match_hf_tensors(const checkpoint::HfDirectory& files,
                                                 const ModelConfig& model) {
  Findings found;
  std::vector<HfSource> sources;
  std::set<std::string, std::less<>> used;
  RADDLE_ASSIGN_OR_RETURN(const auto embedding, own_head(files, model));
  if (embedding.has_value()) {
    return invalid_argument(
        "{}: {} differs from {}, but the model ties the two; set model.tie_embeddings=false (in "
        "config.json: tie_word_embeddings) to use it, or remove it from the file",
        files.path, kHead, *embedding);
  }
  if (model.tie_embeddings) used.insert(wrapper_of(files.weights) + kHead);
  for (HfTensor& part : models::hf_tensors(model)) {
    auto view = find_part(files.weights, part, model);
    if (!view.is_ok()) {
      const bool missing = view.status().code() == Code::kNotFound;
      (missing ? found.missing : found.unreadable).push_back(part.hf_name);
      continue;
    }
    used.insert(view->name);
    if (!checkpoint::can_convert(view->dtype, DType::kF32)) {
      found.unreadable.push_back(fmt::format("{} ({})", view->name, dtype_name(view->dtype)));
    } else if (!(view->shape == part.hf_shape)) {
      found.misshapen.push_back(fmt::format("{} is {}, expected {}", view->name,
                                            view->shape.to_string(), part.hf_shape.to_string()));
    } else {
      sources.push_back({std::move(part), *std::move(view)});
    }
  }
  for (const StoredTensor& view : files.weights.tensors()) {
    if (!used.contains(view.name) && !is_buffer(view.name)) found.extra.push_back(view.name);
  }
  if (found.none()) {
    RADDLE_ASSERT(sources.size() == models::hf_tensors(model).size());
    return sources;
  }
  return invalid_argument(
      "{}: the tensors are not those of the model that config.json describes{}{}{}{}{}", files.path,
      Findings::line("missing", found.missing), Findings::line("of another shape", found.misshapen),
      Findings::line("of a type that Raddle does not read, expected F32, BF16, F16 or F64",
                     found.unreadable),
      Findings::line("of no part of the model", found.extra), hint(files.weights, found, model));
}

Status adopt_own_head(const checkpoint::HfDirectory& files, ModelConfig* model) {
  RADDLE_ASSIGN_OR_RETURN(const auto embedding, own_head(files, *model));
  if (!embedding.has_value()) return Status::ok();
  log_warning(
      "{}: tie_word_embeddings is true, but {} differs from {}: each is used as it is, as in "
      "transformers 5 (before, {} was dropped); set tie_word_embeddings to false in config.json, "
      "or remove {} from the file",
      files.path, kHead, *embedding, kHead, kHead);
  model->tie_embeddings = false;
  return models::validate(*model);
}

}  // namespace raddle::session
