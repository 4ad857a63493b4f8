// SPDX-License-Identifier: Apache-2.0
// A session's tensors of state by name.
#pragma once

#include "runtime/capi/handle.h"

namespace raddle::capi {

// What it is and what of it is here.
raddle_tensor_info_t describe_tensor(const exec::StateStore& store,
                                     const session::StateTensor& tensor);

// NOT_FOUND names the nearest. Lives as long as the session.
StatusOr<const session::StateTensor*> find_tensor(const raddle_session_t* session,
                                                  const char* text);

}  // namespace raddle::capi
