// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/planned_device.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "runtime/base/file_system.h"
#include "runtime/base/json.h"
#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cuda/cuda_device.h"

namespace raddle::session {
namespace {

using Json = nlohmann::json;

// "9.0" as 90.
int capability_number(const std::string& text) {
  int major = 0, minor = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, major);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '.') return 0;
  const auto second = std::from_chars(first.ptr + 1, end, minor);
  if (second.ec != std::errc() || second.ptr != end || major > 99 || minor > 9) return 0;
  return 10 * major + minor;
}

// What `raddle doctor --json` prints, or its part "cuda" alone.
StatusOr<device::DeviceCaps> read_caps(const std::string& path, int threads) {
  RADDLE_ASSIGN_OR_RETURN(const std::string text, file_system().read_all(path));
  RADDLE_ASSIGN_OR_RETURN(Json json, read_json(text, "runtime.device_caps: " + path));
  if (json.is_object() && json.contains("cuda")) json = Json(json["cuda"]);
  const auto is_count = [&](const char* key) {
    return json.contains(key) && json[key].is_number_unsigned() && json[key] > 0u;
  };
  const bool is_whole = json.is_object() && json.contains("name") && json["name"].is_string() &&
                        json.contains("compute_capability") &&
                        json["compute_capability"].is_string() && is_count("multiprocessors") &&
                        is_count("shared_memory_bytes") && is_count("memory_bytes");
  const int capability =
      is_whole ? capability_number(json["compute_capability"].get<std::string>()) : 0;
  if (capability == 0) {
    return invalid_argument(
        "runtime.device_caps: {} does not describe a GPU: expected an object with name, "
        "compute_capability (\"9.0\"), multiprocessors, shared_memory_bytes and memory_bytes, as "
        "`raddle doctor --json` prints under \"cuda\"",
        path);
  }
  device::DeviceCaps caps = device::cuda_defaults(threads);
  caps.name = json["name"].get<std::string>() + " (not here)";
  caps.compute_capability = capability;
  caps.multiprocessors = json["multiprocessors"].get<int>();
  caps.shared_memory_bytes = json["shared_memory_bytes"].get<int>();
  caps.memory_bytes = json["memory_bytes"].get<size_t>();
  caps.has_cublaslt = true;  // as every machine with the toolkit has
  caps.cublaslt_name = "cuBLASLt, which a machine with that GPU is expected to have";
  return caps;
}

}  // namespace

exec::DeviceOptions device_options(const config::Config& config) {
  return {.threads = static_cast<int>(config.get_int("runtime.threads")),
          .matrix_library = config.get_string("kernels.matrix_library"),
          .name = config.get_string("runtime.device")};
}

StatusOr<device::DeviceCaps> planned_caps(const config::Config& config) {
  const std::string& path = config.get_string("runtime.device_caps");
  if (path.empty()) return exec::device_caps(device_options(config));
  if (!config.get_string("runtime.device").starts_with("cuda")) {
    return invalid_argument(
        "runtime.device_caps describes a GPU, but runtime.device is {}; set it to cuda",
        config.get_string("runtime.device"));
  }
  return read_caps(path, static_cast<int>(config.get_int("runtime.threads")));
}

StatusOr<std::unique_ptr<device::Device>> open_device(const config::Config& config) {
  const std::string& path = config.get_string("runtime.device_caps");
  if (path.empty()) return exec::open_device(device_options(config));
  return failed_precondition(
      "runtime.device_caps is {}, a description of a GPU to plan for, and nothing can run on that; "
      "leave it out to use this machine's device",
      path);
}

}  // namespace raddle::session
