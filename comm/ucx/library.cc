// SPDX-License-Identifier: Apache-2.0
#include "comm/ucx/library.h"

#include <cstdarg>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "runtime/base/dynamic_library.h"

namespace raddle::comm {
namespace {

constexpr const char* kName = "libucp.so.0";

// A variable for as long as this lives, unless the user has set it.
class TemporaryVariable {
 public:
  TemporaryVariable(const char* name, const char* value)
      : name_(std::getenv(name) == nullptr ? name : nullptr) {
    if (name_ != nullptr) setenv(name_, value, 0);
  }
  ~TemporaryVariable() {
    if (name_ != nullptr) unsetenv(name_);
  }
  TemporaryVariable(const TemporaryVariable&) = delete;
  TemporaryVariable& operator=(const TemporaryVariable&) = delete;

 private:
  const char* name_;
};

// UCX writes to standard output, which is the program's. What matters comes back as a status.
int say_nothing(const char*, unsigned, const char*, int, const void*, const char*, va_list) {
  return 0;  // UCS_LOG_FUNC_RC_STOP
}

StatusOr<DynamicLibrary> open_quietly() {
  // Its constructors read these: no signal handlers, no signal for its debug log, no code of libc
  // rewritten to follow memory (which registered memory of network cards would need).
  const TemporaryVariable handlers("UCX_HANDLE_ERRORS", "none"), log("UCX_DEBUG_SIGNO", "0"),
      memory("UCX_MEM_EVENTS", "n");
  auto library = DynamicLibrary::open(kName);
  if (library.is_ok()) return library;
  return unavailable("{}; ranks of different hosts need UCX (Debian package libucx0)",
                     library.status().message());
}

StatusOr<const Ucx*> open_library() {
  RADDLE_ASSIGN_OR_RETURN(auto opened, open_quietly());
  // Never closed: threads of its own run in it.
  static const auto* const library = new DynamicLibrary(std::move(opened));
  static Ucx ucx;
  Status missing;
  const auto find = [&](auto& function, const char* name) {
    using Function = std::remove_reference_t<decltype(function)>;
    auto found = library->function<Function>(name);
    if (found.is_ok()) {
      function = *found;
    } else {
      missing = found.status();
    }
  };
#define RADDLE_FIND(name) find(ucx.name, "ucp_" #name)
  RADDLE_FIND(config_read);
  RADDLE_FIND(config_modify);
  RADDLE_FIND(config_release);
  RADDLE_FIND(init_version);
  RADDLE_FIND(cleanup);
  RADDLE_FIND(worker_create);
  RADDLE_FIND(worker_destroy);
  RADDLE_FIND(worker_get_address);
  RADDLE_FIND(worker_release_address);
  RADDLE_FIND(worker_get_efd);
  RADDLE_FIND(worker_arm);
  RADDLE_FIND(worker_progress);
  RADDLE_FIND(ep_create);
  RADDLE_FIND(ep_close_nbx);
  RADDLE_FIND(tag_send_nbx);
  RADDLE_FIND(tag_recv_nbx);
  RADDLE_FIND(tag_probe_nb);
  RADDLE_FIND(tag_msg_recv_nbx);
  RADDLE_FIND(request_check_status);
  RADDLE_FIND(request_cancel);
  RADDLE_FIND(request_free);
#undef RADDLE_FIND
  find(ucx.status_string, "ucs_status_string");
  void (*push_handler)(decltype(&say_nothing)) = nullptr;
  find(push_handler, "ucs_log_push_handler");
  if (!missing.is_ok()) {
    return std::move(missing).with_context("UCX is too old, 1.13 or later is needed");
  }
  if (std::getenv("UCX_LOG_LEVEL") == nullptr) push_handler(say_nothing);
  return static_cast<const Ucx*>(&ucx);
}

}  // namespace

StatusOr<const Ucx*> ucx_library() {
  static const StatusOr<const Ucx*> library = open_library();
  return library;
}

}  // namespace raddle::comm
