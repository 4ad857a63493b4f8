// SPDX-License-Identifier: Apache-2.0
// Sessions: create, look at.
#include "raddle/session.h"

#include <memory>
#include <string>
#include <utility>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::session::Session;
using raddle::session::SessionOptions;

namespace {

StatusOr<SessionOptions> read_options(const raddle_session_options_t* options,
                                      raddle::StopToken* stop) {
  const raddle_session_options_t defaults = RADDLE_SESSION_OPTIONS_INIT;
  RADDLE_ASSIGN_OR_RETURN(const auto given,
                          raddle::capi::read_struct("options", options, defaults));
  const auto text = [](const char* field) { return std::string(field == nullptr ? "" : field); };
  return SessionOptions{text(given.run_directory), text(given.resume), text(given.trace_path),
                        stop};
}

StatusOr<std::unique_ptr<Session>> create(const raddle_config_t& config,
                                          const raddle_graph_t* graph,
                                          const SessionOptions& options) {
  if (graph == nullptr) return Session::create(config.config, options);
  if (!graph->finished.has_value()) {
    return raddle::failed_precondition(
        "the graph is not finished; call raddle_graph_finish() first");
  }
  return Session::create_from_graph(config.config, *graph->finished, options);
}

raddle_session_t* make_handle(std::unique_ptr<Session> session) {
  auto handle = std::make_unique<raddle_session>();
  if (auto tokenizer = session->tokenizer()) {
    handle->tokenizer = new raddle_tokenizer;
    handle->tokenizer->tokenizer = std::move(tokenizer);
  }
  handle->session = std::move(session);
  return handle.release();
}

}  // namespace

raddle_status_t raddle_session_create(raddle_context_t* context, const raddle_config_t* config,
                                      const raddle_session_options_t* options, raddle_stop_t* stop,
                                      raddle_session_t** out_session) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_session)},
      [&]() -> Status {
        CallStop call(stop);
        RADDLE_ASSIGN_OR_RETURN(const SessionOptions given, read_options(options, &call.token));
        RADDLE_ASSIGN_OR_RETURN(auto session, create(*config, nullptr, given));
        *out_session = make_handle(std::move(session));
        return Status::ok();
      });
}

raddle_status_t raddle_session_create_from_graph(
    raddle_context_t* context, const raddle_config_t* config, const raddle_graph_t* graph,
    const raddle_session_options_t* options, raddle_stop_t* stop, raddle_session_t** out_session) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(graph),
                 RADDLE_ARGUMENT(out_session)},
                [&]() -> Status {
                  CallStop call(stop);
                  RADDLE_ASSIGN_OR_RETURN(const SessionOptions given,
                                          read_options(options, &call.token));
                  RADDLE_ASSIGN_OR_RETURN(auto session, create(*config, graph, given));
                  *out_session = make_handle(std::move(session));
                  return Status::ok();
                });
}

raddle_status_t raddle_session_create_in_world(raddle_context_t* context, raddle_world_t* world,
                                               const raddle_config_t* config,
                                               const raddle_graph_t* graph,
                                               const raddle_session_options_t* options,
                                               raddle_stop_t* stop,
                                               raddle_session_t** out_session) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(world), RADDLE_ARGUMENT(config),
                 RADDLE_OPTIONAL_ARGUMENT(graph), RADDLE_ARGUMENT(out_session)},
                [&]() -> Status {
                  CallStop call(stop);
                  RADDLE_ASSIGN_OR_RETURN(SessionOptions given, read_options(options, &call.token));
                  RADDLE_RETURN_IF_ERROR(world->world->check());
                  given.communicator = world->world->communicator();
                  RADDLE_ASSIGN_OR_RETURN(auto session, create(*config, graph, given));
                  *out_session = make_handle(std::move(session));
                  (*out_session)->world = world->world;
                  return Status::ok();
                });
}

raddle_status_t raddle_session_open(raddle_context_t* context, const char* path,
                                    const raddle_config_t* config, raddle_stop_t* stop,
                                    raddle_session_t** out_session) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(path), RADDLE_OPTIONAL_ARGUMENT(config),
                 RADDLE_ARGUMENT(out_session)},
                [&]() -> Status {
                  CallStop call(stop);
                  const auto* overrides = config == nullptr ? nullptr : &config->config;
                  RADDLE_ASSIGN_OR_RETURN(auto session,
                                          Session::open(path, overrides, &call.token));
                  *out_session = make_handle(std::move(session));
                  return Status::ok();
                });
}

void raddle_session_destroy(raddle_session_t** session) {
  if (session == nullptr) return;
  raddle::capi::destroy(std::exchange(*session, nullptr));
}

raddle_status_t raddle_session_get_info(const raddle_session_t* session,
                                        raddle_session_info_t* out_info) {
  // The core computes some of it when first asked.
  return border(__func__, {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(out_info)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_info", out_info));
                  const auto info = session->session->info();
                  raddle_session_info_t result = RADDLE_SESSION_INFO_INIT;
                  result.parameter_elements = info.parameter_elements;
                  result.vocab_size = info.vocab_size;
                  result.context_tokens = info.context_tokens;
                  result.micro_batch_tokens = info.micro_batch_tokens;
                  result.micro_batches = info.micro_batches;
                  result.steps_done = info.steps_done;
                  result.steps_total = info.steps_total;
                  result.tokens_done = info.tokens_done;
                  result.flops_per_token = info.flops_per_token;
                  result.memory_bytes = info.memory_bytes;
                  result.threads = info.threads;
                  raddle::capi::write_struct(out_info, result);
                  return Status::ok();
                });
}

const raddle_tokenizer_t* raddle_session_get_tokenizer(const raddle_session_t* session) {
  return session == nullptr ? nullptr : session->tokenizer;
}
