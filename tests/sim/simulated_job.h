// SPDX-License-Identifier: Apache-2.0
// A job of many processes in one thread: the coordinator's and the members' decisions, under a
// clock that jumps from event to event and a network with random delays. Connections deliver bytes
// in order, in pieces of any size; different connections overtake each other. Processes can be
// killed, stopped and continued, links can be cut. A run is a function of its seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/control/coordinator.h"
#include "runtime/control/member.h"

namespace raddle::control {

class SimulatedJob {
 public:
  struct Process {
    std::optional<MemberState> member;
    bool started = false, alive = true, stopped = false, cut = false;
    bool tick_due = false;                    // while it was stopped
    std::vector<std::function<void()>> held;  // what else happened then
    ConnectionId connection = 0;              // its own; 0: none
    bool joined = false, over = false;
    Status failure, loss;
    int64_t lost_at = -1, ended_at = -1;
  };
  using Change = std::function<void(Rules*, Hello*)>;

  SimulatedJob(int64_t size, uint64_t seed);

  Rules rules;  // of all; to be changed before they start
  std::vector<std::unique_ptr<Process>> processes;
  Process& process(size_t index) { return *processes[index]; }
  CoordinatorState& coordinator() { return *coordinator_; }
  int64_t now() const { return now_; }

  // The process of `rank` starts; `change` makes it another one than it should be.
  void start(size_t rank, int64_t when, const Change& change = nullptr);
  // One more process that takes itself for `rank`; returns its index.
  size_t start_another(size_t rank, int64_t when, const Change& change = nullptr);
  void at(int64_t when, std::function<void()> what);
  void run_until(int64_t when);

  void kill(size_t index);
  void stop(size_t index) { process(index).stopped = true; }
  void resume(size_t index);
  void cut(size_t index) { process(index).cut = true; }  // and nobody is told
  void break_connection(size_t index);                   // and both ends are told
  void leave(size_t index, Code code, const std::string& text);

  // Somebody who is none of the job.
  ConnectionId connect_stranger();
  void say(ConnectionId connection, const std::string& bytes);
  bool is_open(ConnectionId id) const { return links_.contains(id) && links_.at(id).server_open; }
  std::string& heard_by(ConnectionId connection) { return stranger_heard_[connection]; }

 private:
  static constexpr size_t kStranger = ~size_t{0};
  struct Link {
    size_t process = kStranger;
    int64_t last_up = 0, last_down = 0;  // arrivals so far: order is kept
    bool server_open = true, client_open = true;
  };

  int64_t delay();
  void deliver(size_t index, std::function<void()> what);
  void schedule_tick(size_t index, int64_t when);
  void tick(size_t index);
  void step_member(size_t index, const MemberEvent& event);
  void step_coordinator(const CoordinatorEvent& event);
  void connect(size_t index);
  void up(ConnectionId id, std::string bytes, bool last);
  void down(ConnectionId id, std::string bytes, bool last);
  void close_by_client(ConnectionId id);
  bool is_cut(const Link& link) const;

  RandomStream draws_;
  int64_t now_ = 0;
  uint64_t sequence_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> events_;
  std::optional<CoordinatorState> coordinator_;
  bool coordinator_over_ = false;
  ConnectionId last_id_ = 0;
  std::map<ConnectionId, Link> links_;
  std::map<ConnectionId, std::string> stranger_heard_;
};

}  // namespace raddle::control
