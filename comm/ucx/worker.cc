// SPDX-License-Identifier: Apache-2.0
#include "comm/ucx/worker.h"

#include <cstdlib>

namespace raddle::comm {
namespace {

// A prefix for variables that are meant for ranks of Raddle alone: RADDLE_UCX_TLS, and so on.
constexpr const char* kPrefix = "RADDLE";

struct Setting {
  const char *name, *value;
};
constexpr Setting kSettings[] = {
    // A message is sent at once, and whatever is longer when its receiver asks for it.
    {"RNDV_THRESH", "8192"},
    // Making an end does not wait for a host that does not answer.
    {"CONN_NB", "y"},
};

bool is_set(const char* name) {
  return std::getenv(name) != nullptr ||
         std::getenv((std::string(kPrefix) + "_" + name).c_str()) != nullptr;
}

}  // namespace

Status UcxWorker::of(ucs_status_t status, const char* what) const {
  if (status == UCS_OK) return Status::ok();
  return unavailable("UCX: {}: {}", what, ucx_->status_string(status));
}

Status UcxWorker::begin_context() {
  ucp_config_t* config = nullptr;
  RADDLE_RETURN_IF_ERROR(of(ucx_->config_read(kPrefix, nullptr, &config), "its settings"));
  for (const Setting& setting : kSettings) {
    ucx_->config_modify(config, setting.name, setting.value);
  }
  // Its shared memory can be blocked by a process that is killed, and a peer that has stopped is
  // never noticed; ranks of one host have a better one.
  if (!is_set("UCX_TLS")) ucx_->config_modify(config, "TLS", "tcp");
  ucp_params_t params = {};
  params.field_mask = UCP_PARAM_FIELD_FEATURES;
  params.features = UCP_FEATURE_TAG | UCP_FEATURE_WAKEUP;
  const ucs_status_t status =
      ucx_->init_version(UCP_API_MAJOR, UCP_API_MINOR, &params, config, &context_);
  ucx_->config_release(config);
  return of(status, "its start");
}

Status UcxWorker::begin() {
  RADDLE_RETURN_IF_ERROR(begin_context());
  ucp_worker_params_t params = {};
  params.field_mask = UCP_WORKER_PARAM_FIELD_THREAD_MODE;
  params.thread_mode = UCS_THREAD_MODE_SERIALIZED;
  RADDLE_RETURN_IF_ERROR(of(ucx_->worker_create(context_, &params, &worker_), "its worker"));
  ucp_address_t* address = nullptr;
  size_t bytes = 0;
  RADDLE_RETURN_IF_ERROR(of(ucx_->worker_get_address(worker_, &address, &bytes), "its address"));
  address_.assign(reinterpret_cast<const char*>(address), bytes);
  ucx_->worker_release_address(worker_, address);
  return of(ucx_->worker_get_efd(worker_, &fd_), "its bell");
}

StatusOr<std::unique_ptr<UcxWorker>> UcxWorker::open() {
  RADDLE_ASSIGN_OR_RETURN(const Ucx* ucx, ucx_library());
  std::unique_ptr<UcxWorker> worker(new UcxWorker(ucx));
  RADDLE_RETURN_IF_ERROR(worker->begin());
  return worker;
}

UcxWorker::~UcxWorker() {
  if (worker_ != nullptr) ucx_->worker_destroy(worker_);
  if (context_ != nullptr) ucx_->cleanup(context_);
}

}  // namespace raddle::comm
