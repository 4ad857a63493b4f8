// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/job.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "runtime/control/agreement.h"
#include "runtime/control/job_thread.h"
#include "runtime/control/secret.h"

namespace raddle::control {

namespace {

std::string host_name() {
  std::array<char, kHostLimit + 1> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

}  // namespace

Status Job::check(const JoinOptions& options) {
  if (options.size < 1 || options.size > kMostRanks) {
    return invalid_argument("a job of {} ranks, expected 1 to {}", options.size, kMostRanks);
  }
  if (options.rank < 0 || options.rank >= options.size) {
    return invalid_argument("rank {} of a job of {} ranks, expected 0 to {}", options.rank,
                            options.size, options.size - 1);
  }
  if (options.address.size() > kAddressLimit) {
    return invalid_argument("the address of a rank has {} bytes, expected at most {}",
                            options.address.size(), kAddressLimit);
  }
  return Status::ok();
}

Job::Job(int64_t rank, std::vector<Member> members) : rank_(rank), members_(std::move(members)) {}

Job::~Job() { leave(Status::ok()); }

StatusOr<std::unique_ptr<Job>> Job::join(const JoinOptions& options) {
  RADDLE_RETURN_IF_ERROR(check(options));
  RADDLE_ASSIGN_OR_RETURN(std::string agreement, join_lines(options.agreement));
  const Member self{options.rank, host_name(), getpid(), options.address};
  if (options.size == 1) return std::unique_ptr<Job>(new Job(0, {self}));

  RADDLE_ASSIGN_OR_RETURN(const HostPort where, parse_host_port(options.coordinator));
  Thread::Setup setup;
  setup.rules = {options.size, options.epoch, options.secret, agreement, options.timing};
  setup.hello = {make_nonce(), options.size, self, std::move(agreement)};
  setup.where = options.coordinator;
  setup.coordinator = where;
  if (options.rank == 0) {
    RADDLE_ASSIGN_OR_RETURN(setup.listener, options.listen_fd >= 0
                                                ? adopt_listener(options.listen_fd)
                                                : listen_at(where));
  }
  RADDLE_ASSIGN_OR_RETURN(std::unique_ptr<Thread> thread, Thread::start(std::move(setup)));
  StatusOr<std::vector<Member>> members = thread->wait_until_joined(options.stop);
  if (!members.is_ok()) {
    thread->wait_until_over();
    return members.status();
  }
  std::unique_ptr<Job> job(new Job(options.rank, std::move(*members)));
  job->thread_ = std::move(thread);
  return job;
}

void Job::watch(std::function<void(const Status&)> on_loss) {
  if (thread_) thread_->watch(std::move(on_loss));
}

Status Job::loss() const { return thread_ ? thread_->loss() : Status::ok(); }

void Job::leave(const Status& how) {
  if (!thread_) return;
  thread_->leave({rank_, how.code(), how.message()});
  thread_->wait_until_over();
  thread_.reset();
}

}  // namespace raddle::control
