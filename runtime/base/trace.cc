// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/trace.h"

#include <fmt/format.h>

#include <iterator>

namespace raddle {

std::string TraceRecorder::to_json() const {
  std::string out = std::string(kTraceHead) + "\"traceEvents\":[\n";
  const int64_t origin = events_.empty() ? 0 : events_.front().begin_ns;
  for (size_t i = 0; i < events_.size(); ++i) {
    const Event& e = events_[i];
    fmt::format_to(std::back_inserter(out),
                   "{{\"name\":\"{}\",\"cat\":\"{}\",\"ph\":\"X\",\"pid\":0,\"tid\":0,"
                   "\"ts\":{:.3f},\"dur\":{:.3f}}}{}\n",
                   e.name, e.category, static_cast<double>(e.begin_ns - origin) * 1e-3,
                   static_cast<double>(e.end_ns - e.begin_ns) * 1e-3,
                   i + 1 < events_.size() ? "," : "");
  }
  fmt::format_to(std::back_inserter(out), "],\"otherData\":{{\"dropped_events\":{}}}}}\n",
                 dropped_);
  return out;
}

}  // namespace raddle
