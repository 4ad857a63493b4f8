// SPDX-License-Identifier: Apache-2.0
#include "raddle/config.h"

#include <string_view>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/capi/border.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"
#include "runtime/config/config.h"
#include "runtime/session/init_source.h"

using raddle::Status;
using raddle::capi::border;
using raddle::capi::border_value;
using raddle::config::OriginRank;

static_assert(RADDLE_ORIGIN_DEFAULT == static_cast<int32_t>(OriginRank::kDefault));
static_assert(RADDLE_ORIGIN_RECIPE == static_cast<int32_t>(OriginRank::kRecipe));
static_assert(RADDLE_ORIGIN_ENVIRONMENT == static_cast<int32_t>(OriginRank::kEnvironment));
static_assert(RADDLE_ORIGIN_SET == static_cast<int32_t>(OriginRank::kSet));
static_assert(RADDLE_ORIGIN_CALL == static_cast<int32_t>(OriginRank::kCall));

raddle_status_t raddle_config_create(raddle_config_t** out_config) {
  return border(__func__, {RADDLE_ARGUMENT(out_config)}, [&]() -> Status {
    *out_config = new raddle_config;
    return Status::ok();
  });
}

void raddle_config_destroy(raddle_config_t** config) {
  if (config == nullptr) return;
  raddle::capi::destroy(std::exchange(*config, nullptr));
}

raddle_status_t raddle_config_set(raddle_config_t* config, const char* key, const char* value) {
  return border(__func__, {RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(key), RADDLE_ARGUMENT(value)},
                [&]() -> Status { return config->config.set(key, value); });
}

raddle_status_t raddle_config_set_from(raddle_config_t* config, const char* key, const char* value,
                                       raddle_origin_t origin, const char* detail) {
  return border(
      __func__, {RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(key), RADDLE_ARGUMENT(value)},
      [&]() -> Status {
        if (origin < RADDLE_ORIGIN_RECIPE || origin > RADDLE_ORIGIN_CALL) {
          return raddle::invalid_argument(
              "origin {} is none that a value can be set from; it takes {} to {}", origin,
              static_cast<int>(RADDLE_ORIGIN_RECIPE), static_cast<int>(RADDLE_ORIGIN_CALL));
        }
        return config->config.set(
            key, value, {static_cast<OriginRank>(origin), detail == nullptr ? "" : detail});
      });
}

raddle_status_t raddle_config_load_file(raddle_config_t* config, const char* path) {
  return border(__func__, {RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(path)},
                [&]() -> Status { return config->config.load_toml_file(path); });
}

raddle_status_t raddle_config_load_text(raddle_config_t* config, const char* text,
                                        size_t text_bytes, const char* name) {
  return border(__func__, {RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(text)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const auto given, raddle::capi::long_text(text, text_bytes));
    return config->config.load_toml_text(given, name == nullptr ? "text" : name);
  });
}

raddle_status_t raddle_config_load_environment(raddle_config_t* config) {
  return border(__func__, {RADDLE_ARGUMENT(config)}, [&]() -> Status {
    RADDLE_ASSIGN_OR_RETURN(const auto warnings, config->config.apply_environment(
                                                     raddle::config::process_environment()));
    for (const std::string& warning : warnings) raddle::log_warning("{}", warning);
    return Status::ok();
  });
}

raddle_status_t raddle_config_get(const raddle_config_t* config, const char* key,
                                  const char** out_value) {
  return border(__func__,
                {RADDLE_ARGUMENT_ALONE(config), RADDLE_ARGUMENT(key), RADDLE_ARGUMENT(out_value)},
                [&]() -> Status {
                  if (raddle::config::find_option(key) == nullptr) {
                    return raddle::config::unknown_key(key);
                  }
                  std::string& lent = config->values[key];
                  lent = config->config.get_text(key);
                  *out_value = lent.c_str();
                  return Status::ok();
                });
}

raddle_status_t raddle_config_get_origin(const raddle_config_t* config, const char* key,
                                         const char** out_origin) {
  return border(__func__,
                {RADDLE_ARGUMENT_ALONE(config), RADDLE_ARGUMENT(key), RADDLE_ARGUMENT(out_origin)},
                [&]() -> Status {
                  if (raddle::config::find_option(key) == nullptr) {
                    return raddle::config::unknown_key(key);
                  }
                  std::string& lent = config->origins[key];
                  lent = config->config.origin(key).to_string();
                  *out_origin = lent.c_str();
                  return Status::ok();
                });
}

raddle_status_t raddle_config_validate(const raddle_config_t* config) {
  return border(__func__, {RADDLE_ARGUMENT(config)},
                [&]() -> Status { return config->config.validate(); });
}

raddle_status_t raddle_config_fill_model(raddle_config_t* config) {
  return border(__func__, {RADDLE_ARGUMENT(config)},
                [&]() -> Status { return raddle::session::fill_model(&config->config); });
}

raddle_status_t raddle_config_to_toml(const raddle_config_t* config, char** out_toml) {
  return border(__func__, {RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_toml)}, [&]() -> Status {
    *out_toml = raddle::capi::copy_text(config->config.to_toml());
    return Status::ok();
  });
}

uint64_t raddle_config_hash(const raddle_config_t* config) {
  if (config == nullptr) return 0;
  return border_value<uint64_t>(0, __func__, {"config", config}, [&] {
    return config->config.hash(raddle::config::OptionScope::kCluster);
  });
}
