// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "raddle/bench.h"
#include "runtime/base/json.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"
#include "runtime/session/kernel_bench.h"
#include "runtime/session/step_bench.h"

using raddle::Status;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::session::KernelBench;
using raddle::session::StepBench;

namespace {

nlohmann::ordered_json to_json(const KernelBench& bench) {
  auto kernels = nlohmann::ordered_json::array();
  for (const auto& time : bench.kernels) {
    nlohmann::ordered_json one = {{"kernel", time.kernel},
                                  {"count", time.count},
                                  {"ms", time.ms},
                                  {"gb_per_second", 1e-6 * time.bytes / time.ms}};
    if (time.flops > 0) one["tflops"] = 1e-9 * time.flops / time.ms;
    kernels.push_back(std::move(one));
  }
  return {{"device", bench.device},
          {"copy_gb_per_second", bench.copy_gb_per_second},
          {"product_tflops", bench.product_tflops},
          {"kernels", std::move(kernels)}};
}

}  // namespace

raddle_status_t raddle_bench_step(raddle_context_t* context, const raddle_config_t* config,
                                  int64_t batch, int64_t sequence, int64_t warmup, int64_t steps,
                                  raddle_stop_t* stop, raddle_step_bench_t* out_bench) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_bench)},
      [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_bench", out_bench));
        CallStop call(stop);
        RADDLE_ASSIGN_OR_RETURN(const StepBench found,
                                raddle::session::bench_step(
                                    config->config, {batch, sequence, warmup, steps}, &call.token));
        const raddle_step_bench_t result = {
            sizeof(raddle_step_bench_t), found.steps,          found.tokens_per_step,
            found.parameter_elements,    found.flops_per_step, found.peak_rss_bytes,
            found.step_ms_median,        found.step_ms_min,    found.step_ms_max,
            found.first_step_ms,         found.plan_ms,        found.create_ms,
            found.tokens_per_second};
        raddle::capi::write_struct(out_bench, result);
        return Status::ok();
      });
}

raddle_status_t raddle_bench_kernels(raddle_context_t* context, const raddle_config_t* config,
                                     int64_t batch, int64_t sequence, int64_t repeats,
                                     raddle_stop_t* stop, char** out_json) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_json)},
      [&]() -> Status {
        CallStop call(stop);
        RADDLE_ASSIGN_OR_RETURN(const KernelBench bench,
                                raddle::session::bench_kernels(
                                    config->config, {batch, sequence, 0, repeats}, &call.token));
        *out_json = raddle::capi::copy_text(raddle::json_text(to_json(bench), 2));
        return Status::ok();
      });
}
