// SPDX-License-Identifier: Apache-2.0
// Stop: how a call that lasts is stopped, and how far it is.
#pragma once

#include <raddle/stop.h>

#include <memory>

#include "raddle/cpp/calls/stop.hpp"
#include "raddle/cpp/context.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// A request to stop, made now or later. Copies are the same request; they may be given to any
// number of calls, also at the same time. It stays set. Any thread.
class Stop : public StopCalls<Stop>, public StopMakers<Stop> {
 public:
  // Asks for nothing yet. It fails, as Result::value() does, only when memory is short.
  Stop() : Stop(create().value()) {}
  // Takes over a handle of the C ABI.
  explicit Stop(raddle_stop_t* taken, const Context& = {})
      : stop_(taken, [](raddle_stop_t* stop) { raddle_stop_destroy(&stop); }) {}

  // The C handle, lent.
  raddle_stop_t* c() const noexcept { return stop_.get(); }

 private:
  std::shared_ptr<raddle_stop_t> stop_;
};

// A parameter that is a Stop or nothing: nobody stops the call.
class StopRef {
 public:
  constexpr StopRef() noexcept = default;
  StopRef(const Stop& stop) noexcept : stop_(stop.c()) {}
  raddle_stop_t* c() const noexcept { return stop_; }

 private:
  raddle_stop_t* stop_ = nullptr;
};

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
