// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

namespace raddle::cli {

namespace {

int first_error = 0;

bool remember(bool good) {
  if (!good && first_error == 0) first_error = errno != 0 ? errno : EIO;
  return first_error == 0;
}

}  // namespace

bool write_output(std::string_view text) {
  return remember(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

bool flush_output() { return remember(std::fflush(stdout) == 0); }

std::string close_output() {
  flush_output();
  // Some file systems say only now that there was no room.
  remember(std::fclose(stdout) == 0);
  return first_error == 0 ? "" : std::strerror(first_error);
}

std::string json_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string plain_text(const nlohmann::ordered_json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

nlohmann::ordered_json parse_json(std::string_view text) {
  return nlohmann::ordered_json::parse(text, nullptr, false);
}

void keep_standard_descriptors() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Opened the wrong way round: its use must still fail.
    const int mode = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
    if (open("/dev/null", mode) < 0) return;
  }
}

}  // namespace raddle::cli
