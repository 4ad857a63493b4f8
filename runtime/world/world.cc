// SPDX-License-Identifier: Apache-2.0
#include "runtime/world/world.h"

#include <utility>

#include "comm/shm/world.h"
#include "runtime/base/log.h"

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

// Shared memory is all there is between ranks so far.
Status check_hosts(const std::vector<control::Member>& members) {
  for (const control::Member& member : members) {
    if (member.host == members[0].host) continue;
    return unimplemented(
        "{} and {} are on different hosts; a world of several hosts is not there yet: start all "
        "ranks "
        "on one",
        control::name_of(members[0]), control::name_of(member));
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

  std::unique_ptr<comm::ShmEndpoint> endpoint;
  if (place.size > 1) {
    RADDLE_ASSIGN_OR_RETURN(endpoint, comm::ShmEndpoint::open(static_cast<int32_t>(place.rank),
                                                              static_cast<int32_t>(place.size)));
    join.address = endpoint->address();
    warn_without_secret(place);
  }
  std::unique_ptr<World> world(new World);
  RADDLE_ASSIGN_OR_RETURN(world->job_, control::Job::join(join));
  if (!endpoint) return world;

  std::vector<std::string> addresses;
  for (const control::Member& member : world->members()) addresses.push_back(member.address);
  Status status = check_hosts(world->members());
  if (status.is_ok()) {
    auto connected = comm::connect_shm(std::move(endpoint), addresses);
    if (connected.is_ok()) {
      world->communicator_ = std::move(*connected);
    } else {
      status = connected.status();
    }
  }
  if (!status.is_ok()) {
    world->leave(status);
    return status;
  }
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
