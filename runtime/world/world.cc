// SPDX-License-Identifier: Apache-2.0
#include "runtime/world/world.h"

#include <utility>

#include "runtime/base/log.h"
#include "runtime/world/transports.h"

namespace raddle::world {

namespace {

Status check_place(const launch::Place& place) {
  if (place.ranks_to_start > 1) {
    return failed_precondition(
        "{} starts one process a node and wants {} ranks of each: start them with `raddle launch "
        "-- "
        "train ...` in place of `raddle train ...`",
        place.source, place.ranks_to_start);
  }
  if (place.size > 1 && place.coordinator.empty()) {
    return invalid_argument(
        "{} says rank {} of {}, but not where rank 0 is: set RADDLE_COORDINATOR=HOST:PORT, the "
        "same "
        "for all ranks, with the host of rank 0 and a free port of it",
        place.source, place.rank, place.size);
  }
  return Status::ok();
}

void warn_without_secret(const launch::Place& place) {
  if (!place.secret.empty() || place.rank != 0) return;
  log_warning(
      "this job has no secret: whoever reaches {} can join it; set RADDLE_JOB_SECRET, the same for "
      "all ranks",
      place.coordinator);
}

}  // namespace

StatusOr<std::unique_ptr<World>> World::join(const WorldOptions& options) {
  const launch::Place& place = options.place;
  RADDLE_RETURN_IF_ERROR(check_place(place));
  control::JoinOptions join;
  join.rank = place.rank;
  join.size = place.size;
  join.coordinator = place.coordinator;
  join.listen_fd = place.coordinator_fd;
  join.secret = place.secret;
  join.epoch = options.epoch;
  join.agreement = options.agreement;
  join.stop = options.stop;

  RADDLE_RETURN_IF_ERROR(control::Job::check(join));

  std::unique_ptr<World> world(new World);
  if (place.size == 1) {
    RADDLE_ASSIGN_OR_RETURN(world->job_, control::Job::join(join));
    return world;
  }
  RADDLE_ASSIGN_OR_RETURN(Transports transports, Transports::open(place));
  join.address = transports.address();
  warn_without_secret(place);
  RADDLE_ASSIGN_OR_RETURN(world->job_, control::Job::join(join));
  auto connected = transports.connect(world->members());
  if (!connected.is_ok()) {
    world->leave(connected.status());
    return connected.status();
  }
  world->communicator_ = std::move(*connected);
  world->job_->watch(
      [communicator = world->communicator()](const Status& why) { communicator->abort(why); });
  return world;
}

Status World::check() const {
  if (has_left_.load()) return failed_precondition("this rank has left the world; join another");
  return loss();
}

World::~World() {
  if (job_) leave(Status::ok());  // none: it was never joined
}

void World::leave(const Status& how) {
  if (has_left_.exchange(true)) return;
  if (communicator_) communicator_->leave(how);
  job_->leave(how);
}

}  // namespace raddle::world
