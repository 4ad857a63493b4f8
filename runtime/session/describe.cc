// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/describe.h"

#include <map>
#include <nlohmann/json.hpp>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/config/config.h"
#include "runtime/device/host_memory.h"
#include "runtime/exec/open_device.h"
#include "runtime/models/family.h"
#include "runtime/session/session.h"

namespace raddle::session {
namespace {

using OrderedJson = nlohmann::ordered_json;

// Small models that together use every op that training has.
std::vector<std::string> small_models() {
  std::vector<std::string> texts = {
      "model.virtual_width.m = 4\nmodel.virtual_width.n = 8\nmodel.mtp.heads = 1\n"};
  for (const models::Family* family : models::families()) {
    texts.push_back(fmt::format("model.family = \"{}\"\n", family->name));
  }
  for (std::string& text : texts) {
    text +=
        "model.layers = 1\nmodel.width = 64\nmodel.heads = 2\nmodel.context = 64\n"
        "train.micro_batch_tokens = 64\ntrain.steps = 1\n";
  }
  return texts;
}

// Op to the kernel that it gets, with the reasons why better ones were refused.
StatusOr<OrderedJson> kernels_by_op() {
  std::map<std::string, OrderedJson> by_op;
  for (const std::string& model : small_models()) {
    config::Config config;
    RADDLE_RETURN_IF_ERROR(config.load_toml_text(model, "doctor"));
    RADDLE_ASSIGN_OR_RETURN(const plan::Program program, plan_training(config, nullptr));
    for (const auto& instruction : program.instructions) {
      if (instruction.kernel < 0) continue;
      std::string text = instruction.kernel_name;
      for (const std::string& refusal : instruction.refusals) text += "; not " + refusal;
      by_op[instruction.name.substr(0, instruction.name.find(' '))] = text;
    }
  }
  OrderedJson json = OrderedJson::object();
  for (const auto& [op, text] : by_op) json[op] = text;
  return json;
}

// The GPU that runtime.device = cuda would take, or why there is none.
OrderedJson cuda_device() {
  const auto caps = exec::device_caps({.name = "cuda"});
  if (!caps.is_ok()) return {{"usable", false}, {"why", caps.status().message()}};
  return {{"usable", true},
          {"name", caps->name},
          {"compute_capability",
           fmt::format("{}.{}", caps->compute_capability / 10, caps->compute_capability % 10)},
          {"multiprocessors", caps->multiprocessors},
          {"shared_memory_bytes", caps->shared_memory_bytes},
          {"memory_bytes", caps->memory_bytes},
          {"cublaslt", caps->cublaslt_name}};
}

}  // namespace

StatusOr<std::string> describe_machine() {
  RADDLE_ASSIGN_OR_RETURN(const auto caps, exec::device_caps({}));
  const auto memory = device::host_memory();
  const auto& tightest = memory.tightest();
  RADDLE_ASSIGN_OR_RETURN(const OrderedJson chosen, kernels_by_op());
  const OrderedJson json = {
      {"processor", caps.name},
      {"cores", caps.threads},
      {"instruction_sets", {{"avx2", caps.has_avx2}, {"avx512", caps.has_avx512}}},
      {"memory",
       {{"total_bytes", memory.total_bytes},
        {"available_bytes", tightest.room_bytes},
        {"limit", tightest.name},
        {"limit_bytes", tightest.limit_bytes}}},
      {"matrix_library", caps.matrix_library_name},
      {"cuda", cuda_device()},
      {"kernels", chosen},
  };
  return json_text(json, 2);
}

}  // namespace raddle::session
