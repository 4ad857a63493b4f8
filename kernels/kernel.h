// SPDX-License-Identifier: Apache-2.0
// The kernel contract. A kernel does arithmetic on buffers that it is given: it allocates nothing,
// keeps no state, does no I/O, knows no graph. Each op has a header in ops/ (its Args: shapes,
// numerics), an ordered list in lists/ (best first, reference last), a plain reference in ref/ and
// tuned versions in cpu/ (later cuda/).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/device/caps.h"
#include "runtime/device/stream.h"

namespace raddle::kernels {

using device::DeviceCaps;

// Whether a kernel takes a problem; a refusal says why ("needs head_dim <= 256, got 512").
struct Verdict {
  bool accepted = true;
  std::string why_not;
  static Verdict yes() { return {}; }
  static Verdict no(std::string why) { return {false, std::move(why)}; }
};

// What a launch gets beside its Args. Borrowed; valid for the call.
struct Launch {
  device::Stream& stream;
  std::span<std::byte>
      scratch;  // scratch_bytes() of the kernel, 64-byte aligned, content undefined
};

// Where a kernel's code runs. A CPU kernel spreads its tasks over the stream's pool; plain host
// code runs on whatever thread launches it, so it serves every device whose memory that thread may
// open. Code for a GPU is queued by whoever launches it.
enum class RunsOn : uint8_t { kCpu, kHostCode, kCuda };

constexpr bool runs_on(RunsOn code, device::Kind kind) {
  switch (kind) {
    case device::Kind::kCpu:
      return code != RunsOn::kCuda;
    case device::Kind::kGuarded:
      return code == RunsOn::kHostCode;
    case device::Kind::kCuda:
      return code == RunsOn::kCuda;
  }
  return false;
}

// All functions are pure but `launch`. The planner calls the others before any buffer exists:
// pointers in Args then only say present (not null) or absent (null) and must not be followed.
template <class Args>
struct Kernel {
  std::string_view name;  // "rms_norm:cpu", "rms_norm:ref"
  Verdict (*probe)(const Args&, const DeviceCaps&);
  size_t (*scratch_bytes)(const Args&, const DeviceCaps&);  // booked by the memory plan
  Status (*launch)(const Args&, const Launch&);
  RunsOn code = RunsOn::kCpu;
  // What the first launch with these arguments would have to allocate or choose is done here, when
  // a program is bound to its buffers. The content of buffers is not read or written. Null:
  // nothing.
  Status (*prepare)(const Args&, const Launch&) = nullptr;
};

// An ordered list: the whole selection policy of an op. The last entry is the reference.
template <class Args>
using KernelList = std::span<const Kernel<Args>* const>;

// Pieces that most kernels share.
template <class Args>
Verdict accept_any(const Args&, const DeviceCaps&) {
  return Verdict::yes();
}
template <class Args>
size_t no_scratch(const Args&, const DeviceCaps&) {
  return 0;
}

}  // namespace raddle::kernels
