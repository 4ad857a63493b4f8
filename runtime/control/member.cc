// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/member.h"

#include <algorithm>

#include "runtime/control/secret.h"

namespace raddle::control {

namespace {

using MemberPhase = MemberState::Phase;
using Kind = MemberAction::Kind;

struct MemberTurn {
  MemberState* state;
  int64_t now;
  MemberActions* actions;

  void act(Kind kind, Status status = Status::ok()) const {
    actions->push_back({kind, "", std::move(status)});
  }
  void send(Type type, std::string body) const {
    actions->push_back({Kind::kSend, encode({type, state->rules.epoch, std::move(body)})});
  }
};

void hang_up(const MemberTurn& turn) {
  MemberState& state = *turn.state;
  if (state.connected || state.phase == MemberPhase::kConnecting) turn.act(Kind::kClose);
  state.connected = false;
}

// Not joined yet, and the connection is of no use: another after a while, longer each time. Ranks
// wait differently long, so that they do not all come at once.
void try_later(const MemberTurn& turn, std::string trouble) {
  MemberState& state = *turn.state;
  const Timing& timing = state.rules.timing;
  hang_up(turn);
  state.last_trouble = std::move(trouble);
  state.retry = std::clamp(2 * state.retry, timing.first_retry, timing.last_retry);
  state.next_try = turn.now + state.retry * (8 + state.hello.member.rank % 8) / 12;
  state.phase = MemberPhase::kApart;
}

void fail(const MemberTurn& turn, Code code, const std::string& why) {
  hang_up(turn);
  turn.state->phase = MemberPhase::kOver;
  turn.act(Kind::kFailed, Status(code, why, Scope::kJob));
}

void lose(const MemberTurn& turn, int64_t rank, const std::string& why) {
  MemberState& state = *turn.state;
  if (state.phase != MemberPhase::kJoined) return;
  state.phase = MemberPhase::kLost;
  const bool own = rank == state.hello.member.rank;
  turn.act(Kind::kLost,
           Status(Code::kUnavailable,
                  own ? fmt::format("the job goes on without this process, {}: {}",
                                    name_of(state.hello.member), why)
                      : fmt::format("{} is lost: {}",
                                    name_of(state.members[static_cast<size_t>(rank)]), why),
                  Scope::kPeer));
}

void over(const MemberTurn& turn) {
  turn.state->phase = MemberPhase::kOver;
  turn.act(Kind::kOver);
}

void on_challenge(const MemberTurn& turn, const Frame& frame) {
  MemberState& state = *turn.state;
  if (state.phase != MemberPhase::kConnected || frame.body.size() != kNonceBytes) {
    try_later(turn, "what listens there is no coordinator");
    return;
  }
  const std::string body = write_hello(state.hello);
  turn.send(Type::kHello, make_proof(state.rules.secret, "hello", frame.body, body) + body);
  state.phase = MemberPhase::kWaiting;
}

void on_welcome(const MemberTurn& turn, const Frame& frame) {
  MemberState& state = *turn.state;
  const std::string_view all = frame.body;
  const std::string_view proof = all.substr(0, std::min(all.size(), kProofBytes));
  const std::string_view body = all.substr(proof.size());
  if (!is_proof(proof, state.rules.secret, "welcome", state.hello.nonce, digest_of(body))) {
    fail(turn, Code::kFailedPrecondition,
         fmt::format("what listens at {} does not know the secret of this job", state.where));
    return;
  }
  auto members = read_members(body, state.rules.size);
  if (!members || frame.epoch != state.rules.epoch) {
    fail(turn, Code::kDataLoss,
         fmt::format("the coordinator at {} sent a damaged list of members", state.where));
    return;
  }
  state.members = std::move(*members);
  state.phase = MemberPhase::kJoined;
  state.heard = state.clock.awake();
  turn.act(Kind::kJoined);
}

void on_word(const MemberTurn& turn, const Frame& frame) {
  MemberState& state = *turn.state;
  const std::optional<Word> word = read_word(frame.body);
  if (!word ||
      (frame.type != Type::kRefuse && (word->rank < 0 || word->rank >= state.rules.size))) {
    lose(turn, 0, "it sent a damaged message");
  } else if (frame.type == Type::kRefuse) {
    if (state.phase == MemberPhase::kConnected || state.phase == MemberPhase::kWaiting) {
      fail(turn, word->code == Code::kOk ? Code::kDataLoss : word->code, word->text);
    }
  } else if (frame.type == Type::kLoss) {
    lose(turn, word->rank, word->text);
  } else if (state.left_rank < 0 && word->rank != state.hello.member.rank) {
    state.left_rank = word->rank;
    state.left_at = state.clock.awake();
  }
}

void on_frame(const MemberTurn& turn, const Frame& frame) {
  const MemberPhase phase = turn.state->phase;
  switch (frame.type) {
    case Type::kChallenge:
      if (phase == MemberPhase::kConnected || phase == MemberPhase::kWaiting)
        on_challenge(turn, frame);
      break;
    case Type::kWelcome:
      if (phase == MemberPhase::kWaiting) on_welcome(turn, frame);
      break;
    case Type::kRefuse:
    case Type::kLoss:
    case Type::kLeft:
      on_word(turn, frame);
      break;
    case Type::kBeat:
      break;
    case Type::kHello:
    case Type::kLeave:
      lose(turn, 0, "it sent what only members send");
      break;
  }
}

void on_bytes(const MemberTurn& turn, std::string_view bytes) {
  MemberState& state = *turn.state;
  if (!state.connected) return;
  state.heard = state.clock.awake();
  state.reader.feed(bytes);
  Frame frame;
  int got = 0;
  while (state.connected && (got = state.reader.next(&frame)) == 1) on_frame(turn, frame);
  if (got != -1 || !state.connected) return;
  const Status error = state.reader.error();
  if (state.phase == MemberPhase::kConnected || state.phase == MemberPhase::kWaiting) {
    if (error.code() == Code::kFailedPrecondition) {
      fail(turn, error.code(),
           fmt::format("the coordinator at {}: {}", state.where, error.message()));
    } else {
      try_later(turn, "what listens there is no coordinator");
    }
  } else {
    lose(turn, 0, error.message());
  }
}

// What became of a rank that left in good order while this one is at work.
std::string left_text(int64_t rank) {
  return fmt::format(
      "it left in good order, and will take part in nothing more, while this rank was still at "
      "work{}",
      rank == 0 ? "; the coordinator went with it" : "");
}

void on_closed(const MemberTurn& turn) {
  MemberState& state = *turn.state;
  state.connected = false;
  switch (state.phase) {
    case MemberPhase::kConnected:
    case MemberPhase::kWaiting:
      try_later(turn, "the coordinator closed the connection");
      break;
    case MemberPhase::kJoined:
      if (state.left_rank == 0) {
        lose(turn, 0, left_text(0));
      } else {
        lose(turn, 0,
             "its connection was closed without a word, so its process ended or was killed");
      }
      break;
    case MemberPhase::kLeaving:
      over(turn);
      break;
    default:
      break;
  }
}

void on_leave(const MemberTurn& turn, const Word& word) {
  MemberState& state = *turn.state;
  if (state.phase == MemberPhase::kOver || state.phase == MemberPhase::kLeaving) return;
  const bool known = state.phase == MemberPhase::kWaiting || state.phase == MemberPhase::kJoined ||
                     state.phase == MemberPhase::kLost;
  if (!known || !state.connected) {
    hang_up(turn);
    over(turn);
    return;
  }
  turn.send(Type::kLeave, write_word(word));
  state.phase = MemberPhase::kLeaving;
  state.leaving_since = state.clock.awake();
}

void check_join_time(const MemberTurn& turn) {
  MemberState& state = *turn.state;
  const Timing& timing = state.rules.timing;
  // The coordinator, if it is reached, gives up first: it knows who is missing.
  if (turn.now - state.began >= timing.join + timing.grace) {
    fail(turn, Code::kUnavailable,
         state.phase == MemberPhase::kWaiting
             ? fmt::format("the coordinator at {} did not answer within {} s", state.where,
                           timing.join / (1000 * kMillisecond))
             : fmt::format(
                   "no coordinator of this job at {} within {} s: {}; see whether rank 0 was "
                   "started and is reached there",
                   state.where, timing.join / (1000 * kMillisecond), state.last_trouble));
  } else if (state.phase == MemberPhase::kApart && turn.now >= state.next_try) {
    state.phase = MemberPhase::kConnecting;
    state.connected_at = turn.now;
    turn.act(Kind::kConnect);
  } else if ((state.phase == MemberPhase::kConnecting || state.phase == MemberPhase::kConnected) &&
             turn.now - state.connected_at >= timing.hello) {
    try_later(turn, state.phase == MemberPhase::kConnecting ? "nothing answers there"
                                                            : "what listens there says nothing");
  }
}

void on_tick(const MemberTurn& turn) {
  MemberState& state = *turn.state;
  const Timing& timing = state.rules.timing;
  state.clock.tick(turn.now, timing.beat);
  const int64_t awake = state.clock.awake();
  switch (state.phase) {
    case MemberPhase::kOver:
      return;
    case MemberPhase::kJoined:
      if (awake - state.heard >= timing.silence) {
        lose(turn, 0,
             fmt::format("nothing was heard of it for {} ms: it is stopped or cut off, or its host "
                         "is",
                         (awake - state.heard) / kMillisecond));
      } else if (state.left_rank >= 0 && awake - state.left_at >= timing.grace) {
        lose(turn, state.left_rank, left_text(state.left_rank));
      }
      [[fallthrough]];
    case MemberPhase::kLost:
    case MemberPhase::kWaiting:
      turn.send(Type::kBeat, "");
      if (state.phase == MemberPhase::kWaiting) check_join_time(turn);
      return;
    case MemberPhase::kLeaving:
      if (awake - state.leaving_since < timing.farewell) return;
      hang_up(turn);
      over(turn);
      return;
    default:
      check_join_time(turn);
  }
}

}  // namespace

MemberState make_member(Rules rules, Hello hello, std::string where, int64_t now) {
  MemberState state;
  state.rules = std::move(rules);
  state.hello = std::move(hello);
  state.where = std::move(where);
  state.last_trouble = "nothing was tried";
  state.began = state.next_try = now;
  return state;
}

void step(MemberState* state, const MemberEvent& event, int64_t now, MemberActions* actions) {
  const MemberTurn turn{state, now, actions};
  switch (event.kind) {
    case MemberEvent::Kind::kConnected:
      if (state->phase != MemberPhase::kConnecting) break;
      state->phase = MemberPhase::kConnected;
      state->connected = true;
      state->connected_at = now;
      state->reader = FrameReader(state->rules.size);
      break;
    case MemberEvent::Kind::kConnectFailed:
      if (state->phase != MemberPhase::kConnecting) break;
      state->phase = MemberPhase::kApart;  // there is nothing to hang up
      try_later(turn, std::string(event.bytes));
      break;
    case MemberEvent::Kind::kBytes:
      on_bytes(turn, event.bytes);
      break;
    case MemberEvent::Kind::kClosed:
      on_closed(turn);
      break;
    case MemberEvent::Kind::kTick:
      on_tick(turn);
      break;
    case MemberEvent::Kind::kLeave:
      on_leave(turn, event.word);
      break;
  }
}

}  // namespace raddle::control
