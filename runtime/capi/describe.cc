// SPDX-License-Identifier: Apache-2.0
// What the machine offers and which kernels that gives: raddle_context_describe().
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "raddle/context.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/device/host_memory.h"
#include "runtime/exec/open_device.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::config::Config;
using Json = nlohmann::ordered_json;

namespace {

// Small models that together use every op that training has.
constexpr const char* kModels[] = {
    "model.family = \"gpt2\"",
    "model.family = \"llama\"\nmodel.virtual_width.m = 4\nmodel.virtual_width.n = 8\n"
    "model.mtp.heads = 1",
    "model.family = \"qwen3\"",
};
constexpr const char* kSmall =
    "\nmodel.layers = 1\nmodel.width = 64\nmodel.heads = 2\nmodel.context = 64\n"
    "train.micro_batch_tokens = 64\ntrain.steps = 1\n";

// Op to the kernel that it gets, with the reasons why better ones were refused.
StatusOr<Json> kernels() {
  std::map<std::string, Json> by_op;
  for (const char* model : kModels) {
    Config config;
    RADDLE_RETURN_IF_ERROR(config.load_toml_text(std::string(model) + kSmall, "doctor"));
    RADDLE_ASSIGN_OR_RETURN(const auto program, raddle::session::plan_training(config, nullptr));
    for (const auto& instruction : program.instructions) {
      if (instruction.kernel < 0) continue;
      std::string text = instruction.kernel_name;
      for (const std::string& refusal : instruction.refusals) text += "; not " + refusal;
      by_op[instruction.name.substr(0, instruction.name.find(' '))] = text;
    }
  }
  Json json = Json::object();
  for (const auto& [op, text] : by_op) json[op] = text;
  return json;
}

}  // namespace

raddle_status_t raddle_context_describe(raddle_context_t* context, char** out_json) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(out_json)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const auto caps, raddle::exec::device_caps({}));
    const auto memory = raddle::device::host_memory();
    const auto& tightest = memory.tightest();
    RADDLE_ASSIGN_OR_RETURN(const Json chosen, kernels());
    const Json json = {
        {"processor", caps.name},
        {"cores", caps.threads},
        {"instruction_sets", {{"avx2", caps.has_avx2}, {"avx512", caps.has_avx512}}},
        {"memory",
         {{"total_bytes", memory.total_bytes},
          {"available_bytes", tightest.room_bytes},
          {"limit", tightest.name},
          {"limit_bytes", tightest.limit_bytes}}},
        {"matrix_library", caps.matrix_library_name},
        {"kernels", chosen},
    };
    *out_json = raddle::capi::copy_text(json.dump(2, ' ', false, Json::error_handler_t::replace));
    return Status::ok();
  });
}
