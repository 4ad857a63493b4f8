// SPDX-License-Identifier: Apache-2.0
#include "raddle/checkpoint.h"

#include <string>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/runs/checkpoints.h"

using raddle::Status;
using raddle::capi::border;
using raddle::capi::CallStop;

raddle_status_t raddle_session_save(raddle_session_t* session, const char* path,
                                    raddle_stop_t* stop, char** out_path) {
  return border(__func__, {RADDLE_ARGUMENT_INSIDE(session)}, [&]() -> Status {
    CallStop call(stop, &session->ending);
    RADDLE_ASSIGN_OR_RETURN(const std::string saved,
                            session->session->save(path == nullptr ? "" : path, &call.token));
    if (out_path != nullptr) *out_path = raddle::capi::copy_text(saved);
    return Status::ok();
  });
}

raddle_status_t raddle_session_restore(raddle_session_t* session, const char* path,
                                       raddle_stop_t* stop) {
  return border(__func__, {RADDLE_ARGUMENT(session), RADDLE_ARGUMENT(path)}, [&]() -> Status {
    CallStop call(stop, &session->ending);
    return session->session->restore(path, &call.token);
  });
}

raddle_status_t raddle_checkpoint_list(raddle_context_t* context, const char* directory,
                                       raddle_checkpoint_callback_t callback, void* user_data) {
  return border(__func__,
                {RADDLE_ARGUMENT(context),
                 RADDLE_ARGUMENT(directory),
                 {"callback", reinterpret_cast<const void*>(callback)}},
                [&]() -> Status {
                  RADDLE_ASSIGN_OR_RETURN(const auto list,
                                          raddle::runs::list_checkpoints(directory));
                  for (const auto& checkpoint : list) {
                    raddle_checkpoint_info_t info = {};
                    info.struct_size = sizeof(info);
                    info.path = checkpoint.path.c_str();
                    info.step = checkpoint.step;
                    info.bytes = checkpoint.bytes;
                    info.good = checkpoint.good ? 1 : 0;
                    info.problem = checkpoint.problem.c_str();
                    info.branch = checkpoint.branch.c_str();
                    info.in_force = checkpoint.in_force ? 1 : 0;
                    info.half_written = checkpoint.half_written ? 1 : 0;
                    if (callback(user_data, &info) != 0) break;
                  }
                  return Status::ok();
                });
}

raddle_status_t raddle_checkpoint_verify(raddle_context_t* context, const char* path,
                                         raddle_stop_t* stop, char** out_json) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(path)}, [&]() -> Status {
    CallStop call(stop);
    RADDLE_ASSIGN_OR_RETURN(const std::string json,
                            raddle::runs::verify_checkpoint(path, &call.token));
    if (out_json != nullptr) *out_json = raddle::capi::copy_text(json);
    return Status::ok();
  });
}

raddle_status_t raddle_checkpoint_export(raddle_context_t* context, const char* from,
                                         const char* format, const char* to, raddle_stop_t* stop) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(from), RADDLE_ARGUMENT(format),
                 RADDLE_ARGUMENT(to)},
                [&]() -> Status {
                  CallStop call(stop);
                  return raddle::session::export_checkpoint(from, format, to, &call.token);
                });
}
