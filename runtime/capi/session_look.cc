// SPDX-License-Identifier: Apache-2.0
// Sessions: logits, generation, tensors.
#include <memory>
#include <string>
#include <vector>

#include "raddle/session.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/session_values.h"
#include "runtime/capi/tensors.h"
#include "runtime/capi/text.h"
#include "runtime/config/nearest.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::session::GenerateOptions;
using raddle::session::StateTensor;

namespace {

Status check_tokens(const raddle_session_t* session, int64_t token_count) {
  const int64_t most = session->session->info().context_tokens;
  if (most == 0) {
    return raddle::failed_precondition(
        "this needs a ready-made model; the session was made from a graph");
  }
  if (token_count >= 1 && token_count <= most) return Status::ok();
  return invalid_argument("token_count is {}, expected 1 to the model's context of {}", token_count,
                          most);
}

// What keeps an exported tensor alive: its own shape and the session's state.
struct Exported {
  DLManagedTensor managed;
  std::vector<int64_t> dims, strides;
  std::shared_ptr<raddle::exec::StateStore> state;
};

void delete_exported(DLManagedTensor* self) { delete static_cast<Exported*>(self->manager_ctx); }

}  // namespace

namespace raddle::capi {

StatusOr<const StateTensor*> find_tensor(const raddle_session_t* session, const char* text) {
  RADDLE_ASSIGN_OR_RETURN(const std::string_view name, short_text("name", text));
  std::vector<std::string_view> names;
  for (const StateTensor& tensor : session->session->state_tensors()) {
    if (tensor.name == name) return &tensor;
    names.push_back(tensor.name);
  }
  const auto nearest = config::nearest_match(name, names);
  return not_found("the session has no tensor '{}'{}", name,
                   nearest ? fmt::format("; did you mean '{}'?", names[*nearest]) : "");
}

}  // namespace raddle::capi

raddle_status_t raddle_session_logits(raddle_session_t* session, const int32_t* tokens,
                                      int64_t token_count, raddle_stop_t* stop, float* out_logits,
                                      int64_t capacity) {
  return border(
      __func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(tokens), RADDLE_ARGUMENT(out_logits)},
      [&]() -> Status {
        RADDLE_RETURN_IF_ERROR(check_tokens(session, token_count));
        const int64_t needed = token_count * session->session->info().vocab_size;
        if (capacity < needed) {
          return invalid_argument("out_logits has room for {} floats and needs {}", capacity,
                                  needed);
        }
        CallStop call(stop, &session->ending);
        return session->session->logits({tokens, static_cast<size_t>(token_count)},
                                        {out_logits, static_cast<size_t>(needed)}, &call.token);
      });
}

raddle_status_t raddle_session_write_logits(raddle_session_t* session, const int32_t* tokens,
                                            int64_t token_count, const char* path,
                                            raddle_stop_t* stop) {
  return border(__func__,
                {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(tokens), RADDLE_ARGUMENT(path)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(check_tokens(session, token_count));
                  CallStop call(stop, &session->ending);
                  return session->session->write_logits({tokens, static_cast<size_t>(token_count)},
                                                        path, &call.token);
                });
}

raddle_status_t raddle_session_generate(raddle_session_t* session, const int32_t* prompt,
                                        int64_t prompt_count,
                                        const raddle_generate_options_t* options,
                                        raddle_stop_t* stop, raddle_generate_result_t* out_result,
                                        raddle_token_callback_t callback, void* user_data) {
  return border(
      __func__, {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(prompt)}, [&]() -> Status {
        if (out_result != nullptr) {
          RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_result", out_result));
        }
        RADDLE_ASSIGN_OR_RETURN(const GenerateOptions read,
                                raddle::capi::read_generate_options(options));
        if (prompt_count < 1) return invalid_argument("the prompt has no tokens");
        const auto sink = [&](int32_t token, std::string_view text) {
          return callback == nullptr || callback(user_data, token, text.data(), text.size()) == 0;
        };
        CallStop call(stop, &session->ending);
        RADDLE_ASSIGN_OR_RETURN(
            const auto done, session->session->generate({prompt, static_cast<size_t>(prompt_count)},
                                                        read, sink, &call.token));
        if (out_result != nullptr) raddle::capi::write_struct(out_result, raddle::capi::to_c(done));
        return Status::ok();
      });
}

int64_t raddle_session_tensor_count(const raddle_session_t* session) {
  if (session == nullptr) return 0;
  return static_cast<int64_t>(session->session->state_tensors().size());
}

const char* raddle_session_tensor_name(const raddle_session_t* session, int64_t index) {
  if (index < 0 || index >= raddle_session_tensor_count(session)) return nullptr;
  return session->session->state_tensors()[static_cast<size_t>(index)].name.c_str();
}

raddle_status_t raddle_session_get_tensor(raddle_session_t* session, const char* name,
                                          raddle_tensor_view_t* out_view) {
  return border(__func__,
                {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_view)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_view", out_view));
                  RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor,
                                          raddle::capi::find_tensor(session, name));
                  RADDLE_ASSIGN_OR_RETURN(const auto values, session->session->memory_of(*tensor));
                  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
                  view.name = tensor->name.c_str();
                  view.data = values.data();
                  view.dtype = RADDLE_F32;
                  view.rank = tensor->shape.rank();
                  for (int i = 0; i < tensor->shape.rank(); ++i) view.dims[i] = tensor->shape[i];
                  raddle::capi::write_struct(out_view, view);
                  return Status::ok();
                });
}

raddle_status_t raddle_session_export_tensor(raddle_session_t* session, const char* name,
                                             DLManagedTensor** out_tensor) {
  return border(
      __func__,
      {RADDLE_ARGUMENT_INSIDE(session), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tensor)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const StateTensor* tensor,
                                raddle::capi::find_tensor(session, name));
        RADDLE_ASSIGN_OR_RETURN(const auto values, session->session->memory_of(*tensor));
        auto exported = std::make_unique<Exported>();
        exported->state = session->session->state();
        exported->dims.assign(tensor->shape.dims().begin(), tensor->shape.dims().end());
        exported->strides.resize(exported->dims.size());
        int64_t stride = 1;
        for (size_t i = exported->dims.size(); i-- > 0;) {
          exported->strides[i] = stride;
          stride *= exported->dims[i];
        }
        DLTensor& dl = exported->managed.dl_tensor;
        dl.data = values.data();
        dl.device = {kDLCPU, 0};
        dl.ndim = tensor->shape.rank();
        dl.dtype = {kDLFloat, 32, 1};
        dl.shape = exported->dims.data();
        dl.strides = exported->strides.data();
        dl.byte_offset = 0;
        exported->managed.deleter = &delete_exported;
        exported->managed.manager_ctx = exported.get();
        *out_tensor = &exported.release()->managed;
        return Status::ok();
      });
}
