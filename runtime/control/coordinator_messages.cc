// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/coordinator_messages.h"

#include "runtime/control/agreement.h"
#include "runtime/control/secret.h"

namespace raddle::control {

using Phase = CoordinatorState::Phase;
using Connection = CoordinatorState::Connection;
using Seat = CoordinatorState::Seat;

namespace {

std::shared_ptr<const std::string> frame_bytes(const Turn& turn, Type type, std::string body) {
  return std::make_shared<const std::string>(
      encode({type, turn.state->rules.epoch, std::move(body)}));
}

}  // namespace

void Turn::send(ConnectionId to, Type type, std::string body) const {
  actions->push_back(
      {CoordinatorAction::Kind::kSend, to, frame_bytes(*this, type, std::move(body))});
}

void Turn::close(ConnectionId id) const {
  const auto it = state->connections.find(id);
  if (it == state->connections.end()) return;
  if (it->second.rank >= 0) {
    std::optional<Seat>& seat = state->seats[static_cast<size_t>(it->second.rank)];
    if (seat && seat->connection == id) seat->connection = 0;
  }
  state->connections.erase(it);
  actions->push_back({CoordinatorAction::Kind::kClose, id});
}

void Turn::send_to_members(Type type, const std::string& body) const {
  const auto bytes = frame_bytes(*this, type, body);
  for (const auto& [id, connection] : state->connections) {
    if (connection.rank < 0) continue;
    actions->push_back({CoordinatorAction::Kind::kSend, id, bytes});
  }
}

void Turn::refuse(ConnectionId id, Code code, std::string why) const {
  send(id, Type::kRefuse, write_word({-1, code, std::move(why)}));
  close(id);
}

void Turn::fail_all(Code code, std::string why) const {
  if (state->phase != Phase::kGathering) return;
  state->phase = Phase::kFailed;
  state->end = {-1, code, std::move(why)};
  send_to_members(Type::kRefuse, write_word(state->end));
  std::vector<ConnectionId> members;
  for (const auto& [id, connection] : state->connections) {
    if (connection.rank < 0) continue;
    members.push_back(id);
    state->told.insert(connection.rank);
  }
  for (const ConnectionId id : members) close(id);
}

void Turn::lose(int64_t rank, const std::string& why) const {
  if (state->phase != Phase::kRunning) return;
  state->phase = Phase::kBroken;
  state->end = {rank, Code::kUnavailable, why};
  send_to_members(Type::kLoss, write_word(state->end));
}

void on_member_gone(const Turn& turn, int64_t rank, const std::string& why) {
  std::optional<Seat>& seat = turn.state->seats[static_cast<size_t>(rank)];
  if (!seat) return;
  // Before the job begins whoever started it may start it again.
  if (turn.state->phase == Phase::kGathering) {
    seat.reset();
    return;
  }
  seat->connection = 0;
  if (!seat->left) turn.lose(rank, why);
}

void begin_when_all_are_there(const Turn& turn) {
  CoordinatorState& state = *turn.state;
  std::vector<Member> members;
  for (const std::optional<Seat>& seat : state.seats) {
    if (!seat) return;
    members.push_back(seat->member);
  }
  state.phase = Phase::kRunning;
  const std::string body = write_members(members), digest = digest_of(body);
  for (const std::optional<Seat>& seat : state.seats) {
    state.connections.at(seat->connection).heard = state.clock.awake();
    turn.send(seat->connection, Type::kWelcome,
              make_proof(state.rules.secret, "welcome", seat->nonce, digest) + body);
  }
}

namespace {

// Why a member that proved to be of this job has no place in it; "" where it has.
std::string objection(const CoordinatorState& state, const Hello& hello) {
  const Rules& rules = state.rules;
  const std::string name = name_of(hello.member);
  if (hello.size != rules.size) {
    return fmt::format("{} was started as one of {} ranks, rank 0 as one of {}", name, hello.size,
                       rules.size);
  }
  if (hello.member.rank < 0 || hello.member.rank >= rules.size) {
    return fmt::format("{} is none of a job of {} ranks", name, rules.size);
  }
  const std::string differs = difference(rules.agreement, hello.agreement);
  if (differs.empty()) return "";
  return fmt::format(
      "{} differs from rank 0 in what all ranks must have in common: {}; start all with the same "
      "build, recipe and options",
      name, differs);
}

void take_seat(const Turn& turn, ConnectionId id, Hello hello) {
  std::optional<Seat>& seat = turn.state->seats[static_cast<size_t>(hello.member.rank)];
  if (seat && seat->nonce != hello.nonce) {
    turn.refuse(
        id, Code::kAlreadyExists,
        fmt::format("{} was refused: that place is taken by {}; see whether a process of an "
                    "earlier start is left, or two have the same rank",
                    name_of(hello.member), name_of(seat->member)));
    return;
  }
  // The same process again: its earlier connection was cut.
  if (seat && seat->connection != 0) {
    turn.state->connections.at(seat->connection).rank = -1;
    turn.close(seat->connection);
  }
  turn.state->connections.at(id).rank = hello.member.rank;
  seat = Seat{std::move(hello.member), std::move(hello.nonce), id, false};
  begin_when_all_are_there(turn);
}

void on_hello(const Turn& turn, ConnectionId id, const Frame& frame) {
  CoordinatorState& state = *turn.state;
  const std::string nonce = state.connections.at(id).nonce;
  const std::string_view all = frame.body;
  const std::string_view proof = all.substr(0, std::min(all.size(), kProofBytes));
  const std::string_view body = all.substr(proof.size());
  // Nothing of the body is looked at before.
  if (!is_proof(proof, state.rules.secret, "hello", nonce, body)) {
    ++state.turned_away;
    turn.refuse(id, Code::kFailedPrecondition,
                "this process was refused: it does not know the secret of the job that the "
                "coordinator is of; all ranks need the same RADDLE_JOB_SECRET");
    return;
  }
  std::optional<Hello> hello = read_hello(body);
  if (!hello) {
    turn.refuse(id, Code::kDataLoss, "this process was refused: its first message is damaged");
    return;
  }
  if (frame.epoch != state.rules.epoch) {
    turn.refuse(id, Code::kFailedPrecondition,
                fmt::format("{} was refused: it is of epoch {} of the job, which is in epoch {}",
                            name_of(hello->member), frame.epoch, state.rules.epoch));
    return;
  }
  const std::string why = objection(state, *hello);
  if (state.phase == Phase::kFailed) {
    state.told.insert(hello->member.rank);
    turn.refuse(id, state.end.code, state.end.text);
  } else if (state.phase != Phase::kGathering) {
    turn.refuse(
        id, Code::kFailedPrecondition,
        fmt::format("{} was refused: the job has begun without it", name_of(hello->member)));
  } else if (!why.empty()) {
    turn.refuse(id, Code::kFailedPrecondition, why);
    state.told.insert(hello->member.rank);
    turn.fail_all(Code::kFailedPrecondition, why);
  } else {
    take_seat(turn, id, std::move(*hello));
  }
}

void on_leave(const Turn& turn, ConnectionId id, const Word& word) {
  CoordinatorState& state = *turn.state;
  const int64_t rank = state.connections.at(id).rank;
  Seat& seat = *state.seats[static_cast<size_t>(rank)];
  const std::string name = name_of(seat.member);
  seat.left = true;
  turn.close(id);
  if (state.phase == Phase::kGathering) {
    const std::string how = word.code == Code::kOk
                                ? "left"
                                : fmt::format("ended with {}: {}", code_name(word.code), word.text);
    state.seats[static_cast<size_t>(rank)].reset();
    turn.fail_all(Code::kUnavailable, fmt::format("{} {} before all had joined", name, how));
  } else if (word.code == Code::kOk) {
    turn.send_to_members(Type::kLeft, write_word({rank, Code::kOk, ""}));
  } else {
    turn.lose(rank, fmt::format("it ended with {}: {}", code_name(word.code), word.text));
  }
}

}  // namespace

bool on_frame(const Turn& turn, ConnectionId id, const Frame& frame) {
  const int64_t rank = turn.state->connections.at(id).rank;
  if (rank < 0) {
    if (frame.type == Type::kHello) {
      on_hello(turn, id, frame);
    } else {
      ++turn.state->turned_away;
      turn.close(id);
    }
  } else if (frame.type == Type::kLeave) {
    const std::optional<Word> word = read_word(frame.body);
    on_leave(turn, id, word.value_or(Word{rank, Code::kDataLoss, "a damaged farewell"}));
  } else if (frame.type != Type::kBeat) {
    turn.close(id);
    on_member_gone(turn, rank, "it sent what only the coordinator sends");
  }
  return turn.state->connections.contains(id);
}

}  // namespace raddle::control
