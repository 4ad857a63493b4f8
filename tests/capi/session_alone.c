/* SPDX-License-Identifier: Apache-2.0 */
/* session.h once had in it what is in generate.h and tensors.h now. A program that includes it
 * alone still has all of that; this one only has to compile. */
#include "raddle/session.h"

raddle_status_t raddle_session_alone(raddle_session_t* session);

raddle_status_t raddle_session_alone(raddle_session_t* session) {
  const int32_t prompt = 1;
  float logits[2];
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  raddle_token_callback_t callback = NULL;
  raddle_tensor_info_t info = RADDLE_TENSOR_INFO_INIT;
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  raddle_dl_versioned_t* shared = NULL;
  raddle_status_t status = raddle_session_logits(session, &prompt, 1, NULL, logits, 2);
  if (status == NULL) {
    status = raddle_session_generate(session, &prompt, 1, &options, NULL, &result, callback, NULL);
  }
  if (status == NULL) status = raddle_session_get_tensor_info(session, 0, &info);
  if (status == NULL) status = raddle_session_get_tensor(session, info.name, &view);
  if (status == NULL) status = raddle_session_export_dlpack(session, view.name, &shared);
  if (status == NULL) shared->deleter(shared);
  return status;
}
