// SPDX-License-Identifier: Apache-2.0
// Context: the process's Raddle, and Object: what the owners of handles have in common.
#pragma once

#include <raddle/context.h>

#include <memory>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>

#include "raddle/cpp/calls/context.hpp"
#include "raddle/cpp/convert.hpp"
#include "raddle/cpp/version.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Where the log goes, and what the machine offers. A shared handle: copies are the same context,
// which ends with the last of them and of what was made with it. Any thread.
class Context : public ContextCalls<Context> {
 public:
  Context() noexcept = default;  // none

  // Without a log.
  static Result<Context> create() {
    auto state = std::make_shared<State>();
    return make(std::move(state), nullptr);
  }

  // log(LogLevel, std::string_view) receives messages from `level` on, without newlines, on any
  // thread, one at a time; it must not call into Raddle. The text is valid during the call. An
  // exception in it comes out of the next call on something that was made with this context.
  template <typename Log>
  static Result<Context> create(LogLevel level, Log&& log) {
    using Kept = Logging<std::decay_t<Log>>;
    auto state = std::make_shared<State>();
    auto logging = std::make_shared<Kept>(Kept{std::forward<Log>(log), state.get()});
    raddle_context_options_t options;
    detail::init(&options);
    options.log_level = static_cast<raddle_log_level_t>(level);
    options.log_callback = &Kept::run;
    options.log_user_data = logging.get();
    state->log = std::move(logging);
    return make(std::move(state), &options);
  }

  // The C handle, lent; NULL for none.
  raddle_context_t* c() const noexcept { return state_ == nullptr ? nullptr : state_->context; }

  // Takes over what a call of C on something that was made with this context returned.
  Status check(raddle_status_t taken) const {
    Status status(taken);
    if (state_ != nullptr) state_->rethrow();
    return status;
  }

 private:
  struct State {
    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { raddle_context_destroy(&context); }  // before the log that it calls goes
    void rethrow() {
      const std::lock_guard<std::mutex> lock(mutex);
      caught.rethrow();
    }

    raddle_context_t* context = nullptr;
    std::shared_ptr<void> log;
    std::mutex mutex;  // of `caught`: the log's thread keeps, a caller's takes
    detail::Caught caught;
  };

  template <typename Log>
  struct Logging {
    static void run(void* user_data, raddle_log_level_t level, const char* message) {
      auto& self = *static_cast<Logging*>(user_data);
      detail::Caught caught;
      detail::guarded(caught, [&] {
        self.log(static_cast<LogLevel>(level), std::string_view(message));
        return 0;
      });
      const std::lock_guard<std::mutex> lock(self.state->mutex);
      self.state->caught.keep(std::move(caught));
    }

    Log log;
    State* state;
  };

  static Result<Context> make(std::shared_ptr<State> state,
                              const raddle_context_options_t* options) {
    if (Status status = check_version(); !status.ok()) return status;
    Status status(raddle_context_create(options, &state->context));
    if (!status.ok()) return status;
    Context context;
    context.state_ = std::move(state);
    return context;
  }

  std::shared_ptr<State> state_;
};

namespace detail {

// An owned handle of the C ABI, and the context that must outlive it.
template <typename Handle, void (*destroy)(Handle**)>
class Object {
 public:
  // Takes over a handle that C made with the context.
  explicit Object(Handle* taken, Context context = {}) noexcept
      : context_(std::move(context)), handle_(taken) {}
  // The C handle, lent; NULL once this was moved from.
  Handle* c() const noexcept { return handle_.get(); }
  const Context& context() const noexcept { return context_; }
  // Takes over what a call of C returned.
  Status check(raddle_status_t taken) const { return context_.check(taken); }

 private:
  struct Destroy {
    void operator()(Handle* handle) const noexcept { destroy(&handle); }
  };
  Context context_;
  std::unique_ptr<Handle, Destroy> handle_;
};

}  // namespace detail
}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
