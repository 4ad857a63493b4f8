// SPDX-License-Identifier: Apache-2.0
// What coordinator and members go by. Times are nanoseconds of whatever clock `now` is of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

namespace raddle::control {

inline constexpr int64_t kMillisecond = 1'000'000;

struct Timing {
  int64_t join = 60'000 * kMillisecond;     // until all ranks are there
  int64_t hello = 5'000 * kMillisecond;     // from a connection to its proof
  int64_t beat = 50 * kMillisecond;         // between signs of life; also how often ticks come
  int64_t silence = 500 * kMillisecond;     // without a sign, then a rank is lost
  int64_t grace = 2'000 * kMillisecond;     // to end one's own work after another rank left
  int64_t farewell = 1'000 * kMillisecond;  // for the answer to a leave
  int64_t first_retry = 20 * kMillisecond, last_retry = 1'000 * kMillisecond;
};

struct Rules {
  int64_t size = 1;
  uint64_t epoch = 0;
  std::string secret;
  std::string agreement;  // lines, of this rank
  Timing timing;
};

// Time in which this process ran. A tick that comes late says that it did not run in between (it
// was stopped, or the machine was suspended or overloaded), so it could not hear anybody either:
// of such a time only two beats count.
class AwakeClock {
 public:
  void tick(int64_t now, int64_t beat) {
    if (last_ >= 0) awake_ += std::clamp<int64_t>(now - last_, 0, 2 * beat);
    last_ = now;
  }
  int64_t awake() const { return awake_; }

 private:
  int64_t last_ = -1, awake_ = 0;
};

}  // namespace raddle::control
