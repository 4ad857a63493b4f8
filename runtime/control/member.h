// SPDX-License-Identifier: Apache-2.0
// A member's decisions: when to connect, whether the coordinator is that of this job, what the job
// hears of how this rank ends, and when this rank must take the job for lost. Pure, as the
// coordinator's (coordinator.h).
#pragma once

#include <string>
#include <vector>

#include "runtime/control/messages.h"
#include "runtime/control/rules.h"
#include "runtime/control/wire.h"

namespace raddle::control {

struct MemberEvent {
  enum class Kind { kConnected, kConnectFailed, kBytes, kClosed, kTick, kLeave };
  Kind kind = Kind::kTick;
  std::string_view bytes{};  // kConnectFailed: why
  Word word{};               // kLeave: how this rank ends
};

struct MemberAction {
  enum class Kind {
    kConnect,
    kSend,
    kClose,   // when what was sent has gone
    kJoined,  // state.members are there
    kFailed,  // to join, with `status`
    kLost,    // after joining: the job is lost, with `status`; once
    kOver,    // this rank has left
  };
  Kind kind = Kind::kConnect;
  std::string bytes{};
  Status status{};
};
using MemberActions = std::vector<MemberAction>;

struct MemberState {
  enum class Phase { kApart, kConnecting, kConnected, kWaiting, kJoined, kLost, kLeaving, kOver };

  Rules rules;
  Hello hello;
  std::string where;  // "host:port" of the coordinator, for messages
  Phase phase = Phase::kApart;
  bool connected = false;
  FrameReader reader{1};
  std::vector<Member> members;  // by rank, once joined
  AwakeClock clock;
  int64_t began = 0, next_try = 0, retry = 0;
  int64_t connected_at = 0;   // or since when it is tried
  int64_t heard = 0;          // by the awake clock
  std::string last_trouble;   // of the last attempt to connect
  int64_t left_rank = -1;     // the first other rank that left in good order
  int64_t left_at = 0;        // when, by the awake clock
  int64_t leaving_since = 0;  // by the awake clock
};

MemberState make_member(Rules rules, Hello hello, std::string where, int64_t now);
void step(MemberState* state, const MemberEvent& event, int64_t now, MemberActions* actions);

}  // namespace raddle::control
