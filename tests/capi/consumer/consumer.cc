// SPDX-License-Identifier: Apache-2.0
// A user's C++ program: the same headers, with owners of its own around the handles.
#include <raddle/raddle.h>

#include <cstdio>
#include <memory>
#include <string>

namespace {

struct Destroy {
  void operator()(raddle_config_t* config) const { raddle_config_destroy(&config); }
};

}  // namespace

int main() {
  raddle_config_t* made = nullptr;
  raddle_status_t status = raddle_config_create(&made);
  const std::unique_ptr<raddle_config_t, Destroy> config(made);
  const std::string recipe = "[train]\nsteps = 7\n";
  if (status == nullptr) {
    status = raddle_config_load_text(config.get(), recipe.data(), recipe.size(), "recipe");
  }
  const char* value = nullptr;
  if (status == nullptr) status = raddle_config_get(config.get(), "train.steps", &value);
  if (status != nullptr || std::string(value) != "7") {
    std::fprintf(stderr, "%s\n", raddle_status_message(status));
    raddle_status_destroy(&status);
    return 1;
  }
  std::printf("raddle %s\n", raddle_version_string());
  return 0;
}
