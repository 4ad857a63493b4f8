// SPDX-License-Identifier: Apache-2.0
// The coordinator's decisions: who may join, when all are there, who is lost. Pure: what happened
// comes as events with their time, what is to be done goes as actions; sockets and clock are the
// caller's. It runs in rank 0's process, where rank 0 is a member like any other.
//
// Strangers cost a bounded number of connections for a bounded time. Until its hello is proven, a
// connection gets one message from here, and one at most is taken from it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/control/messages.h"
#include "runtime/control/rules.h"
#include "runtime/control/wire.h"

namespace raddle::control {

using ConnectionId = uint64_t;  // counted up, never used again

struct CoordinatorEvent {
  enum class Kind { kOpened, kBytes, kClosed, kTick, kHostLeaves };
  Kind kind = Kind::kTick;
  ConnectionId connection = 0;
  std::string_view bytes{};  // kOpened: a nonce
};

struct CoordinatorAction {
  enum class Kind {
    kSend,
    kClose,     // when what was sent has gone; nothing more of it is wanted
    kFinished,  // rank 0 has left and nobody needs the coordinator
  };
  Kind kind = Kind::kSend;
  ConnectionId connection = 0;
  std::shared_ptr<const std::string> bytes{};
};
using CoordinatorActions = std::vector<CoordinatorAction>;

struct CoordinatorState {
  enum class Phase { kGathering, kRunning, kBroken, kFailed };

  struct Connection {
    FrameReader reader;
    std::string nonce;
    int64_t opened = 0;  // by the clock
    int64_t heard = 0;   // by the awake clock
    int64_t rank = -1;   // of a proven hello
  };
  struct Seat {
    Member member;
    std::string nonce;
    ConnectionId connection = 0;  // 0: none now
    bool left = false;
  };

  Rules rules;
  Phase phase = Phase::kGathering;
  int64_t began = 0;
  AwakeClock clock;
  std::map<ConnectionId, Connection> connections;
  std::vector<std::optional<Seat>> seats;  // by rank
  Word end;                                // why it is broken or has failed
  std::set<int64_t> told;                  // ranks that know that the job was refused
  int64_t turned_away = 0;
  int64_t host_left_at = -1;
  bool finished = false;
};

CoordinatorState make_coordinator(Rules rules, int64_t now);
void step(CoordinatorState* state, const CoordinatorEvent& event, int64_t now,
          CoordinatorActions* actions);

// How many connections without proof there may be at a time; the oldest goes for one more.
size_t stranger_limit(int64_t size);

}  // namespace raddle::control
