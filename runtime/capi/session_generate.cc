// SPDX-License-Identifier: Apache-2.0
// Sessions: logits, generation.
#include <string>

#include "raddle/session.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/session_values.h"

using raddle::invalid_argument;
using raddle::Status;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::session::GenerateOptions;

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

}  // namespace

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
