// SPDX-License-Identifier: Apache-2.0
#include "raddle/status.h"

#include "runtime/capi/border.h"

raddle_code_t raddle_status_code(raddle_status_t status) {
  return status == nullptr ? RADDLE_OK : static_cast<raddle_code_t>(status->status.code());
}

raddle_scope_t raddle_status_scope(raddle_status_t status) {
  return status == nullptr ? RADDLE_SCOPE_CALL
                           : static_cast<raddle_scope_t>(status->status.scope());
}

const char* raddle_status_message(raddle_status_t status) {
  return status == nullptr ? "" : status->status.message().c_str();
}

void raddle_status_destroy(raddle_status_t* status) {
  if (status == nullptr) return;
  if (!raddle::capi::is_static(*status)) delete *status;
  *status = nullptr;
}

const char* raddle_code_name(raddle_code_t code) {
  if (code < RADDLE_OK || code > RADDLE_INTERNAL) return "UNKNOWN";
  return raddle::code_name(static_cast<raddle::Code>(code)).data();
}

const char* raddle_scope_name(raddle_scope_t scope) {
  if (scope < RADDLE_SCOPE_CALL || scope > RADDLE_SCOPE_JOB) return "unknown";
  return raddle::scope_name(static_cast<raddle::Scope>(scope)).data();
}
