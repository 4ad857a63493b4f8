// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/coordinator.h"

#include "runtime/control/coordinator_messages.h"

namespace raddle::control {

namespace {

using Phase = CoordinatorState::Phase;
using Connection = CoordinatorState::Connection;

void on_opened(const Turn& turn, ConnectionId id, std::string_view nonce) {
  auto& connections = turn.state->connections;
  size_t strangers = 0;
  ConnectionId oldest = 0;
  for (const auto& [other, connection] : connections) {
    if (connection.rank >= 0) continue;
    if (++strangers == 1) oldest = other;
  }
  if (strangers >= stranger_limit(turn.state->rules.size)) {
    ++turn.state->turned_away;
    turn.close(oldest);
  }
  connections.emplace(id, Connection{FrameReader(turn.state->rules.size), std::string(nonce),
                                     turn.now, turn.state->clock.awake(), -1});
  turn.send(id, Type::kChallenge, std::string(nonce));
}

void on_bytes(const Turn& turn, ConnectionId id, std::string_view bytes) {
  const auto it = turn.state->connections.find(id);
  if (it == turn.state->connections.end()) return;
  Connection& connection = it->second;
  connection.reader.feed(bytes);
  connection.heard = turn.state->clock.awake();
  Frame frame;
  int got = 0;
  while ((got = connection.reader.next(&frame)) == 1) {
    if (!on_frame(turn, id, frame)) return;
  }
  if (got == 0) return;
  const Status error = connection.reader.error();
  if (connection.rank >= 0) {
    const int64_t rank = connection.rank;
    turn.close(id);
    on_member_gone(turn, rank, error.message());
    return;
  }
  ++turn.state->turned_away;
  if (error.code() == Code::kFailedPrecondition) {
    turn.refuse(id, error.code(), "this process was refused: " + error.message());
  } else {
    turn.close(id);
  }
}

void on_closed(const Turn& turn, ConnectionId id) {
  const auto it = turn.state->connections.find(id);
  if (it == turn.state->connections.end()) return;
  const int64_t rank = it->second.rank;
  turn.state->connections.erase(it);
  if (rank < 0) return;
  on_member_gone(turn, rank,
                 "its connection was closed without a word, so its process ended or was killed");
}

std::string missing_ranks(const CoordinatorState& state) {
  constexpr int kShown = 8;
  std::string text;
  int count = 0;
  for (size_t rank = 0; rank < state.seats.size(); ++rank) {
    if (state.seats[rank] || ++count > kShown) continue;
    text += fmt::format("{}{}", count > 1 ? ", " : "", rank);
  }
  if (count > kShown) text += fmt::format(" and {} more", count - kShown);
  return (count == 1 ? "rank " : "ranks ") + text;
}

void check_join_time(const Turn& turn) {
  const CoordinatorState& state = *turn.state;
  if (state.phase != Phase::kGathering || turn.now - state.began < state.rules.timing.join) return;
  std::string why = fmt::format(
      "{} of {} did not join within {} s; see whether they were started and reach the coordinator",
      missing_ranks(state), state.rules.size, state.rules.timing.join / (1000 * kMillisecond));
  if (state.turned_away > 0) {
    why += fmt::format("; {} connections that did not prove to be of this job were turned away",
                       state.turned_away);
  }
  turn.fail_all(Code::kUnavailable, std::move(why));
}

void check_silence(const Turn& turn) {
  CoordinatorState& state = *turn.state;
  const Timing& timing = state.rules.timing;
  std::vector<ConnectionId> late;
  int64_t silent_rank = -1, silent_for = 0;
  for (const auto& [id, connection] : state.connections) {
    if (connection.rank < 0) {
      if (turn.now - connection.opened >= timing.hello) late.push_back(id);
    } else if (state.phase == Phase::kRunning && silent_rank < 0 &&
               state.clock.awake() - connection.heard >= timing.silence) {
      silent_rank = connection.rank;
      silent_for = state.clock.awake() - connection.heard;
    }
  }
  for (const ConnectionId id : late) {
    ++state.turned_away;
    turn.close(id);
  }
  if (silent_rank < 0) return;
  turn.lose(
      silent_rank,
      fmt::format("nothing was heard of it for {} ms: it is stopped or cut off, or its host is",
                  silent_for / kMillisecond));
}

void check_finished(const Turn& turn) {
  CoordinatorState& state = *turn.state;
  if (state.host_left_at < 0 || state.finished) return;
  bool members = false;
  for (const auto& [id, connection] : state.connections) members |= connection.rank >= 0;
  // Whoever is late to a job that was refused is told why as well: it would find nobody here.
  const bool has_late = state.phase == Phase::kFailed &&
                        state.end.code == Code::kFailedPrecondition &&
                        std::ssize(state.told) < state.rules.size;
  const bool waits = ((state.phase == Phase::kRunning && members) || has_late) &&
                     turn.now - state.host_left_at < state.rules.timing.grace;
  if (waits) return;
  while (!state.connections.empty()) turn.close(state.connections.begin()->first);
  state.finished = true;
  turn.actions->push_back({CoordinatorAction::Kind::kFinished});
}

void on_tick(const Turn& turn) {
  turn.state->clock.tick(turn.now, turn.state->rules.timing.beat);
  check_join_time(turn);
  check_silence(turn);
  turn.send_to_members(Type::kBeat, "");
}

}  // namespace

size_t stranger_limit(int64_t size) { return 64 + 2 * static_cast<size_t>(size); }

CoordinatorState make_coordinator(Rules rules, int64_t now) {
  CoordinatorState state;
  state.seats.resize(static_cast<size_t>(rules.size));
  state.rules = std::move(rules);
  state.began = now;
  return state;
}

void step(CoordinatorState* state, const CoordinatorEvent& event, int64_t now,
          CoordinatorActions* actions) {
  const Turn turn{state, now, actions};
  switch (event.kind) {
    case CoordinatorEvent::Kind::kOpened:
      on_opened(turn, event.connection, event.bytes);
      break;
    case CoordinatorEvent::Kind::kBytes:
      on_bytes(turn, event.connection, event.bytes);
      break;
    case CoordinatorEvent::Kind::kClosed:
      on_closed(turn, event.connection);
      break;
    case CoordinatorEvent::Kind::kTick:
      on_tick(turn);
      break;
    case CoordinatorEvent::Kind::kHostLeaves:
      if (state->host_left_at < 0) state->host_left_at = now;
      break;
  }
  check_finished(turn);
}

}  // namespace raddle::control
