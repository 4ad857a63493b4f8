// SPDX-License-Identifier: Apache-2.0
// What happens to a computation when another thread calls exit(). Exit handlers of the matrix
// libraries free the code that they have compiled, and a thread that is running it crashes. So
// computations pass through a gate: an exit handler that runs before those closes it and waits
// until nobody is inside, and whoever comes later is told to return.
#pragma once

namespace raddle {

class ExitGate {
 public:
  // One short piece of work: an instruction, not a step.
  class Pass {
   public:
    Pass() noexcept;
    ~Pass();
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    // False: the process is ending; do not begin.
    bool is_open() const { return open_; }

   private:
    bool open_;
  };

  // Exit handlers run in the reverse order of their registration, and libraries register some with
  // their first use. Call this after anything that may have done so.
  static void come_before_handlers_so_far();

  // What the exit handler does. Waits for passes of other threads, but never longer than seconds.
  static void close() noexcept;
};

}  // namespace raddle
