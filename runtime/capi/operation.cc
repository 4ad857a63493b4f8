// SPDX-License-Identifier: Apache-2.0
// Operations: training and generating that is polled.
#include "raddle/operation.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/session_values.h"
#include "runtime/session/operation.h"

using raddle::failed_precondition;
using raddle::Status;
using raddle::capi::border;
using raddle::capi::check_output_struct;
using raddle::capi::EventForCaller;
using raddle::session::Operation;
using raddle::session::StoredEvent;

struct raddle_operation : raddle::capi::Lockable {
  raddle::capi::Lease lease;             // of the session, while it runs
  std::unique_ptr<StoredEvent> stored;   // what `given` points to
  std::optional<EventForCaller> given;   // lent by raddle_operation_poll()
  std::unique_ptr<Operation> operation;  // goes first: it gives the lease back

  // For the core: what it runs on and what stops it.
  Operation::Surroundings surroundings(raddle_session_t* session, const raddle_stop_t* stop) {
    return {*session->session, stop == nullptr ? nullptr : stop->token, &session->ending,
            [this] { lease.release(); }};
  }

 private:
  void interrupt() override { operation->cancel(); }
};

namespace {

// Not held for the call but until what it starts has ended.
raddle::capi::Argument leased(raddle_session_t* session) {
  return {"session", static_cast<const void*>(session)};
}

}  // namespace

raddle_status_t raddle_session_train_start(raddle_session_t* session, raddle_stop_t* stop,
                                           raddle_operation_t** out_operation) {
  return border(__func__, {leased(session), RADDLE_ARGUMENT(out_operation)}, [&]() -> Status {
    auto made = std::make_unique<raddle_operation>();
    RADDLE_RETURN_IF_ERROR(made->lease.acquire(session, "session", "raddle_session_train_start"));
    RADDLE_ASSIGN_OR_RETURN(made->operation, Operation::train(made->surroundings(session, stop)));
    *out_operation = made.release();
    return Status::ok();
  });
}

raddle_status_t raddle_session_generate_start(raddle_session_t* session, const int32_t* prompt,
                                              int64_t prompt_count,
                                              const raddle_generate_options_t* options,
                                              raddle_stop_t* stop,
                                              raddle_operation_t** out_operation) {
  return border(
      __func__, {leased(session), RADDLE_ARGUMENT(prompt), RADDLE_ARGUMENT(out_operation)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto read, raddle::capi::read_generate_options(options));
        auto made = std::make_unique<raddle_operation>();
        RADDLE_RETURN_IF_ERROR(
            made->lease.acquire(session, "session", "raddle_session_generate_start"));
        const int64_t most = session->session->info().context_tokens;
        if (most == 0) {
          return failed_precondition(
              "generation needs a ready-made model; the session was made from a graph");
        }
        if (prompt_count < 1 || prompt_count > most) {
          return raddle::invalid_argument("prompt_count is {}, expected 1 to {}", prompt_count,
                                          most);
        }
        RADDLE_ASSIGN_OR_RETURN(made->operation,
                                Operation::generate(made->surroundings(session, stop),
                                                    {prompt, prompt + prompt_count}, read));
        *out_operation = made.release();
        return Status::ok();
      });
}

namespace {

Status check_process(const Operation& operation) {
  if (operation.is_in_this_process()) return Status::ok();
  return failed_precondition(
      "this process is a fork of the one that started the operation, whose thread is not here; "
      "destroy it and start one in the process that waits for it");
}

}  // namespace

raddle_status_t raddle_operation_poll(raddle_operation_t* operation, int64_t timeout_ms,
                                      const raddle_event_t** out_event) {
  return border(__func__, {RADDLE_ARGUMENT(operation), RADDLE_ARGUMENT(out_event)},
                [&]() -> Status {
                  RADDLE_RETURN_IF_ERROR(check_process(*operation->operation));
                  std::unique_ptr<StoredEvent> next;
                  const Operation::Polled polled = operation->operation->poll(timeout_ms, &next);
                  if (polled == Operation::Polled::kEvent) {
                    operation->given.emplace(next->event());
                  } else {
                    operation->given.emplace(raddle::session::Event{});
                    operation->given->event.kind =
                        polled == Operation::Polled::kEnd ? RADDLE_EVENT_END : RADDLE_EVENT_NONE;
                  }
                  operation->stored = std::move(next);
                  *out_event = &operation->given->event;
                  return Status::ok();
                });
}

raddle_status_t raddle_operation_join(raddle_operation_t* operation,
                                      raddle_train_result_t* out_trained,
                                      raddle_generate_result_t* out_generated) {
  return border(__func__, {RADDLE_ARGUMENT(operation)}, [&]() -> Status {
    Operation& core = *operation->operation;
    if (core.trains() ? out_generated != nullptr : out_trained != nullptr) {
      return failed_precondition("the operation {}, so it has no result of the other kind",
                                 core.trains() ? "trains" : "generates");
    }
    if (out_trained != nullptr) {
      RADDLE_RETURN_IF_ERROR(check_output_struct("out_trained", out_trained));
    }
    if (out_generated != nullptr) {
      RADDLE_RETURN_IF_ERROR(check_output_struct("out_generated", out_generated));
    }
    RADDLE_RETURN_IF_ERROR(check_process(core));
    RADDLE_RETURN_IF_ERROR(core.join());
    if (out_trained != nullptr) {
      raddle::capi::write_struct(out_trained, raddle::capi::to_c(*core.trained()));
    }
    if (out_generated != nullptr) {
      raddle::capi::write_struct(out_generated, raddle::capi::to_c(*core.generated()));
    }
    return Status::ok();
  });
}

void raddle_operation_destroy(raddle_operation_t** operation) {
  if (operation == nullptr) return;
  raddle_operation_t* const mine = std::exchange(*operation, nullptr);
  // In a fork nobody is there to wait for, and its locks may be held for ever: it is left.
  if (mine != nullptr && !mine->operation->is_in_this_process()) return;
  raddle::capi::destroy(mine);
}
