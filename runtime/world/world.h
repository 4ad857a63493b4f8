// SPDX-License-Identifier: Apache-2.0
// World: this process as one of the ranks that train together. It has joined the job, knows the
// others, and has a communicator with them whose waits end when one of them is lost.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "runtime/base/status.h"
#include "runtime/base/stop_token.h"
#include "runtime/control/job.h"
#include "runtime/launch/place.h"

namespace raddle::world {

struct WorldOptions {
  launch::Place place;
  std::vector<std::string> agreement;  // "key = value" lines that must be equal on all ranks
  uint64_t epoch = 0;
  StopToken* stop = nullptr;
};

class World {
 public:
  // Until all ranks are there. Errors as those of control::Job::join() and of Transports;
  // FAILED_PRECONDITION: the place is that of a process that is to start several ranks.
  static StatusOr<std::unique_ptr<World>> join(const WorldOptions& options);
  ~World();  // leaves in good order
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int64_t rank() const { return job_->rank(); }
  int64_t size() const { return job_->size(); }
  const std::vector<control::Member>& members() const { return job_->members(); }
  // Null in a world of one.
  comm::Communicator* communicator() { return communicator_.get(); }

  // OK until another rank is lost, or ended; then which and how.
  Status loss() const { return job_->loss(); }
  // What there is to say to whoever wants to begin something in it: loss(), or FAILED_PRECONDITION
  // once this rank has left.
  Status check() const;
  // Tells the others how this rank ends, and ends all waits of the communicator. From any thread,
  // at any time; only the first call counts.
  void leave(const Status& how);

 private:
  World() = default;

  std::unique_ptr<control::Job> job_;
  std::unique_ptr<comm::Communicator> communicator_;
  std::atomic<bool> has_left_{false};
};

}  // namespace raddle::world
