// SPDX-License-Identifier: Apache-2.0
// This process as one of a job's ranks: joins the others, then hears within a second if one of them
// is lost, and tells them how it ended itself. Rank 0's process hosts the coordinator. All of it
// runs on a thread of its own; nothing of the host program is changed (signals, environment).
//
//   RADDLE_ASSIGN_OR_RETURN(auto job, Job::join(options));
//   job->watch([&](const Status& why) { communicator->abort(why); });
//   ... use job->members() ...
//   job->leave(status_of_the_run);
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/control/messages.h"
#include "runtime/control/rules.h"

namespace raddle::control {

struct JoinOptions {
  int64_t rank = 0, size = 1;
  std::string coordinator;  // "host:port"; not looked at for a job of one
  int listen_fd = -1;       // of rank 0: a socket that listens there already; stays the caller's
  std::string secret;
  uint64_t epoch = 0;
  std::vector<std::string> agreement;  // "key = value" lines that must be equal on all ranks
  std::string address;                 // of this rank's transports, at most 4 KiB; others get it
  StopToken* stop = nullptr;
  Timing timing{};
};

class Job {
 public:
  // INVALID_ARGUMENT: a rank, size or address that cannot be.
  static Status check(const JoinOptions& options);
  // Until all ranks are there. FAILED_PRECONDITION: this rank, or another, was refused; says which
  // and why. UNAVAILABLE: not all were there in time, no coordinator was reached, or its port is
  // taken. CANCELLED: `stop` was set. INVALID_ARGUMENT: options that cannot be.
  static StatusOr<std::unique_ptr<Job>> join(const JoinOptions& options);
  ~Job();  // leaves in good order
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  int64_t rank() const { return rank_; }
  int64_t size() const { return static_cast<int64_t>(members_.size()); }
  const std::vector<Member>& members() const { return members_; }

  // Calls `on_loss` once, on the control thread, when another rank is lost, ended with an error, or
  // ended in good order while this one goes on working; at once if that has happened. It must not
  // leave or destroy the job. The last one counts.
  void watch(std::function<void(const Status&)> on_loss);
  // The same, for whoever would rather ask; OK so far.
  Status loss() const;

  // Tells the others how this rank ends: OK, or the error that they will name. Returns when they
  // have been told, after three seconds at the most; nothing is watched from then on.
  void leave(const Status& how);

 private:
  class Thread;
  Job(int64_t rank, std::vector<Member> members);

  int64_t rank_;
  std::vector<Member> members_;
  std::unique_ptr<Thread> thread_;  // null: a job of one, or it has left
};

}  // namespace raddle::control
