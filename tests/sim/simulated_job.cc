// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/simulated_job.h"

#include <algorithm>

#include "runtime/control/secret.h"

namespace raddle::control {

SimulatedJob::SimulatedJob(int64_t size, uint64_t seed) : draws_(seed, 0x73696D) {
  rules.size = size;
  rules.secret = "of this job";
  rules.agreement = "build = 1\n";
  for (int64_t rank = 0; rank < size; ++rank) processes.push_back(std::make_unique<Process>());
}

int64_t SimulatedJob::delay() {
  return static_cast<int64_t>(draws_.below(20'000'000));  // up to 20 ms
}

void SimulatedJob::at(int64_t when, std::function<void()> what) {
  events_.emplace(std::pair(std::max(when, now_), ++sequence_), std::move(what));
}

void SimulatedJob::run_until(int64_t when) {
  while (!events_.empty() && events_.begin()->first.first <= when) {
    auto event = events_.extract(events_.begin());
    now_ = event.key().first;
    event.mapped()();
  }
  now_ = when;
}

void SimulatedJob::deliver(size_t index, std::function<void()> what) {
  Process& to = process(index);
  if (!to.alive) return;
  if (to.stopped) {
    to.held.push_back(std::move(what));
  } else {
    what();
  }
}

void SimulatedJob::start(size_t rank, int64_t when, const Change& change) {
  if (rank == 0 && when == 0) coordinator_ = make_coordinator(rules, 0);
  at(when, [this, rank, change] {
    if (rank == 0 && !coordinator_) coordinator_ = make_coordinator(rules, now_);
    Rules own = rules;
    const auto number = static_cast<int64_t>(rank);
    std::string nonce(kNonceBytes, 'n');
    for (char& byte : nonce) byte = static_cast<char>(draws_.below(256));
    Hello hello{nonce,
                rules.size,
                {number, "host" + std::to_string(rank), 100 + number, "at"},
                rules.agreement};
    if (change) change(&own, &hello);
    process(rank).member = make_member(std::move(own), std::move(hello), "there:1", now_);
    process(rank).started = true;
    schedule_tick(rank, now_);
  });
}

size_t SimulatedJob::start_another(size_t rank, int64_t when, const Change& change) {
  const size_t index = processes.size();
  processes.push_back(std::make_unique<Process>());
  start(index, when, [rank, change](Rules* own, Hello* hello) {
    hello->member.rank = static_cast<int64_t>(rank);
    if (change) change(own, hello);
  });
  return index;
}

void SimulatedJob::schedule_tick(size_t index, int64_t when) {
  at(when, [this, index] {
    Process& own = process(index);
    if (!own.alive || (own.over && (index != 0 || coordinator_over_))) return;
    if (own.stopped) {
      own.tick_due = true;
    } else {
      tick(index);
    }
  });
}

void SimulatedJob::tick(size_t index) {
  process(index).tick_due = false;
  if (index == 0) step_coordinator({CoordinatorEvent::Kind::kTick});
  if (!process(index).over) step_member(index, {MemberEvent::Kind::kTick});
  schedule_tick(index, now_ + rules.timing.beat);
}

// As an event loop does it: the clock first, then what lies in the sockets.
void SimulatedJob::resume(size_t index) {
  Process& own = process(index);
  own.stopped = false;
  if (own.tick_due) tick(index);
  std::vector<std::function<void()>> held;
  held.swap(own.held);
  for (const auto& what : held) what();
}

void SimulatedJob::kill(size_t index) {
  process(index).alive = false;
  for (auto& [id, link] : links_) {
    const ConnectionId closed = id;
    if (index == 0 && link.server_open) {
      down(closed, "", true);
    } else if (link.process == index) {
      close_by_client(closed);
    }
  }
}

void SimulatedJob::break_connection(size_t index) {
  const ConnectionId id = process(index).connection;
  if (id == 0) return;
  up(id, "", true);
  down(id, "", true);
}

void SimulatedJob::leave(size_t index, Code code, const std::string& text) {
  deliver(index, [this, index, code, text] {
    if (process(index).over) return;
    const auto rank = process(index).member->hello.member.rank;
    step_member(index, {MemberEvent::Kind::kLeave, {}, {rank, code, text}});
  });
}

bool SimulatedJob::is_cut(const Link& link) const {
  return processes[0]->cut || (link.process != kStranger && processes[link.process]->cut);
}

void SimulatedJob::step_member(size_t index, const MemberEvent& event) {
  Process& own = process(index);
  MemberActions actions;
  step(&*own.member, event, now_, &actions);
  for (MemberAction& action : actions) {
    switch (action.kind) {
      case MemberAction::Kind::kConnect:
        connect(index);
        break;
      case MemberAction::Kind::kSend:
        if (own.connection != 0) up(own.connection, std::move(action.bytes), false);
        break;
      case MemberAction::Kind::kClose:
        if (own.connection != 0) close_by_client(own.connection);
        own.connection = 0;
        break;
      case MemberAction::Kind::kJoined:
        own.joined = true;
        break;
      case MemberAction::Kind::kLost:
        own.loss = action.status;
        own.lost_at = now_;
        break;
      case MemberAction::Kind::kFailed:
      case MemberAction::Kind::kOver:
        own.failure = action.status;
        own.over = true;
        own.ended_at = now_;
        if (index == 0) step_coordinator({CoordinatorEvent::Kind::kHostLeaves});
        break;
    }
  }
}

void SimulatedJob::step_coordinator(const CoordinatorEvent& event) {
  if (!coordinator_ || coordinator_over_) return;
  CoordinatorActions actions;
  step(&*coordinator_, event, now_, &actions);
  for (const CoordinatorAction& action : actions) {
    if (action.kind == CoordinatorAction::Kind::kFinished) {
      coordinator_over_ = true;
    } else if (action.kind == CoordinatorAction::Kind::kSend) {
      down(action.connection, *action.bytes, false);
    } else {
      links_.at(action.connection).server_open = false;
      down(action.connection, "", true);
    }
  }
}

void SimulatedJob::connect(size_t index) {
  const ConnectionId id = ++last_id_;
  at(now_ + delay(), [this, index, id] {
    if (process(index).cut || processes[0]->cut) return;
    // A stopped process's system still accepts for it.
    const bool listens = processes[0]->alive && coordinator_ && !coordinator_over_;
    if (!listens) {
      deliver(index, [this, index] {
        step_member(index, {MemberEvent::Kind::kConnectFailed, "connection refused"});
      });
      return;
    }
    links_[id].process = index;
    process(index).connection = id;
    deliver(index, [this, index] { step_member(index, {MemberEvent::Kind::kConnected}); });
    deliver(0, [this, id] {
      std::string nonce(kNonceBytes, '\0');
      for (char& byte : nonce) byte = static_cast<char>(draws_.below(256));
      step_coordinator({CoordinatorEvent::Kind::kOpened, id, nonce});
    });
  });
}

ConnectionId SimulatedJob::connect_stranger() {
  const ConnectionId id = ++last_id_;
  links_[id] = Link();
  const std::string nonce(kNonceBytes, 'x');
  deliver(0, [this, id, nonce] { step_coordinator({CoordinatorEvent::Kind::kOpened, id, nonce}); });
  return id;
}

void SimulatedJob::say(ConnectionId connection, const std::string& bytes) {
  up(connection, bytes, false);
}

void SimulatedJob::up(ConnectionId id, std::string bytes, bool last) {
  Link& link = links_.at(id);
  if (is_cut(link)) return;
  // In pieces, since that is how a stream comes.
  const size_t half = bytes.empty() ? 0 : static_cast<size_t>(draws_.below(bytes.size() + 1));
  for (std::string piece : {bytes.substr(0, half), bytes.substr(half)}) {
    if (piece.empty()) continue;
    link.last_up = std::max(link.last_up, now_ + delay());
    at(link.last_up, [this, id, piece] {
      deliver(0, [this, id, piece] {
        if (links_.at(id).server_open) {
          step_coordinator({CoordinatorEvent::Kind::kBytes, id, piece});
        }
      });
    });
  }
  if (!last) return;
  link.last_up = std::max(link.last_up, now_ + delay());
  at(link.last_up, [this, id] {
    deliver(0, [this, id] {
      if (!std::exchange(links_.at(id).server_open, false)) return;
      step_coordinator({CoordinatorEvent::Kind::kClosed, id});
    });
  });
}

void SimulatedJob::down(ConnectionId id, std::string bytes, bool last) {
  Link& link = links_.at(id);
  if (is_cut(link) || !link.client_open) return;
  if (link.process == kStranger) {
    stranger_heard_[id] += bytes;
    return;
  }
  link.last_down = std::max(link.last_down, now_ + delay());
  at(link.last_down, [this, id, bytes, last] {
    const size_t index = links_.at(id).process;
    deliver(index, [this, id, index, bytes, last] {
      if (!links_.at(id).client_open || process(index).over) return;
      if (!last) {
        step_member(index, {MemberEvent::Kind::kBytes, bytes});
        return;
      }
      links_.at(id).client_open = false;
      if (process(index).connection == id) process(index).connection = 0;
      step_member(index, {MemberEvent::Kind::kClosed});
    });
  });
}

void SimulatedJob::close_by_client(ConnectionId id) {
  links_.at(id).client_open = false;
  up(id, "", true);
}

}  // namespace raddle::control
