// SPDX-License-Identifier: Apache-2.0
// UCX, opened when it is first wanted and never linked: what its library does to a process when it
// is loaded (handlers for five signals, patched calls of libc) is kept from happening.
#pragma once

#include <ucp/api/ucp.h>

#include "runtime/base/status.h"

namespace raddle::comm {

// Its functions, as its header declares them.
struct Ucx {
  decltype(&::ucp_config_read) config_read;
  decltype(&::ucp_config_modify) config_modify;
  decltype(&::ucp_config_release) config_release;
  decltype(&::ucp_init_version) init_version;
  decltype(&::ucp_cleanup) cleanup;
  decltype(&::ucp_worker_create) worker_create;
  decltype(&::ucp_worker_destroy) worker_destroy;
  decltype(&::ucp_worker_get_address) worker_get_address;
  decltype(&::ucp_worker_release_address) worker_release_address;
  decltype(&::ucp_worker_get_efd) worker_get_efd;
  decltype(&::ucp_worker_arm) worker_arm;
  decltype(&::ucp_worker_progress) worker_progress;
  decltype(&::ucp_ep_create) ep_create;
  decltype(&::ucp_ep_close_nbx) ep_close_nbx;
  decltype(&::ucp_tag_send_nbx) tag_send_nbx;
  decltype(&::ucp_tag_recv_nbx) tag_recv_nbx;
  decltype(&::ucp_tag_probe_nb) tag_probe_nb;
  decltype(&::ucp_tag_msg_recv_nbx) tag_msg_recv_nbx;
  decltype(&::ucp_request_check_status) request_check_status;
  decltype(&::ucp_request_cancel) request_cancel;
  decltype(&::ucp_request_free) request_free;
  decltype(&::ucs_status_string) status_string;
};

// The same for as long as the process lives. UNAVAILABLE: it is not installed, or is too old; says
// what to install. While it is being opened, three variables of the environment are set.
StatusOr<const Ucx*> ucx_library();

}  // namespace raddle::comm
