// SPDX-License-Identifier: Apache-2.0
// Worlds: join, look at, leave.
#include "raddle/world.h"

#include <memory>
#include <string>
#include <utility>

#include "raddle/base.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/config/config.h"
#include "runtime/launch/place.h"
#include "runtime/world/agreement_lines.h"
#include "runtime/world/place_json.h"
#include "runtime/world/world.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::launch::Place;
using raddle::world::World;
using raddle::world::WorldOptions;

namespace {

StatusOr<Place> place_of_environment() {
  return raddle::launch::find_place(
      raddle::launch::environment_from(raddle::config::process_environment()));
}

StatusOr<Place> place_of(const raddle_world_options_t& options) {
  Place place;
  if (options.rank < 0) {
    RADDLE_ASSIGN_OR_RETURN(place, place_of_environment());
  } else {
    place.source = "options";
    place.rank = options.rank;
    place.size = options.size;
  }
  if (options.coordinator != nullptr) {
    place.coordinator = options.coordinator;
    place.coordinator_fd = -1;
  }
  if (options.secret != nullptr) place.secret = options.secret;
  return place;
}

}  // namespace

raddle_status_t raddle_world_join(raddle_context_t* context, const raddle_config_t* config,
                                  const raddle_world_options_t* options, raddle_stop_t* stop,
                                  raddle_world_t** out_world) {
  return border(
      __func__,
      {RADDLE_ARGUMENT(context), RADDLE_OPTIONAL_ARGUMENT(config), RADDLE_ARGUMENT(out_world)},
      [&]() -> Status {
        CallStop call(stop);
        const raddle_world_options_t defaults = RADDLE_WORLD_OPTIONS_INIT;
        RADDLE_ASSIGN_OR_RETURN(const auto given,
                                raddle::capi::read_struct("options", options, defaults));
        WorldOptions join;
        RADDLE_ASSIGN_OR_RETURN(join.place, place_of(given));
        join.agreement = raddle::world::agreement_lines(
            config == nullptr ? nullptr : &config->config, raddle_build_info());
        join.stop = &call.token;
        RADDLE_ASSIGN_OR_RETURN(auto world, World::join(join));
        auto handle = std::make_unique<raddle_world>();
        handle->world = std::move(world);
        *out_world = handle.release();
        return Status::ok();
      });
}

void raddle_world_destroy(raddle_world_t** world) {
  if (world == nullptr) return;
  raddle::capi::destroy(std::exchange(*world, nullptr));
}

raddle_status_t raddle_world_leave(raddle_world_t* world, raddle_code_t code, const char* message) {
  return border(__func__, {RADDLE_ARGUMENT(world)}, [&]() -> Status {
    if (code < RADDLE_OK || code > RADDLE_INTERNAL) {
      return raddle::invalid_argument("code is {}, expected one of raddle_code_t", code);
    }
    Status how;
    if (code != RADDLE_OK) {
      how =
          Status(static_cast<raddle::Code>(code), message == nullptr ? "no reason given" : message);
    }
    world->world->leave(how);
    return Status::ok();
  });
}

int64_t raddle_world_rank(const raddle_world_t* world) {
  return world == nullptr ? 0 : world->world->rank();
}

int64_t raddle_world_size(const raddle_world_t* world) {
  return world == nullptr ? 1 : world->world->size();
}

raddle_status_t raddle_world_place_json(raddle_context_t* context, char** out_json) {
  return border(__func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(out_json)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const Place place, place_of_environment());
    *out_json = raddle::capi::copy_text(raddle::world::place_json(place));
    return Status::ok();
  });
}
