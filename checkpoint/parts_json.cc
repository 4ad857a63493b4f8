// SPDX-License-Identifier: Apache-2.0
// An attempt and a writer's record as JSON, each under a checksum of its own.
#include "checkpoint/json.h"
#include "checkpoint/manifest_json.h"
#include "checkpoint/parts.h"

namespace raddle::checkpoint {
namespace {

using nlohmann::json;

constexpr std::string_view kAttemptFormat = "raddle-checkpoint-attempt";
constexpr std::string_view kPartFormat = "raddle-checkpoint-part";
constexpr uint64_t kVersion = 1;

StatusOr<int64_t> json_count(const json& object, const char* key, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const uint64_t value, json_unsigned(object, key, where));
  if (value > uint64_t{INT64_MAX}) return data_loss("{}: {} {} is too large", where, key, value);
  return static_cast<int64_t>(value);
}

}  // namespace

StatusOr<json> attempt_to_json(const Attempt& attempt) {
  const json body = {{"target", attempt.target},
                     {"directory", attempt.directory},
                     {"step", static_cast<uint64_t>(attempt.step)},
                     {"writers", static_cast<uint64_t>(attempt.writers)},
                     {"replaces", attempt.replaces}};
  return seal_json(kAttemptFormat, kVersion, body, "an attempt to write a checkpoint");
}

StatusOr<Attempt> attempt_from_json(const json& value, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const SealedJson sealed,
                          open_sealed_json(value, kAttemptFormat, kVersion, where));
  const json& body = *sealed.body;
  Attempt attempt;
  RADDLE_ASSIGN_OR_RETURN(attempt.target, json_string(body, "target", where));
  RADDLE_ASSIGN_OR_RETURN(attempt.directory, json_string(body, "directory", where));
  RADDLE_ASSIGN_OR_RETURN(attempt.step, json_count(body, "step", where));
  RADDLE_ASSIGN_OR_RETURN(attempt.writers, json_count(body, "writers", where));
  RADDLE_ASSIGN_OR_RETURN(const json* replaces,
                          json_member(body, "replaces", json::value_t::boolean, where));
  attempt.replaces = replaces->get<bool>();
  if (attempt.writers < 1 || attempt.writers > kMaxWriters) {
    return data_loss("{}: the field \"writers\" should be 1 to {}, found {}", where, kMaxWriters,
                     attempt.writers);
  }
  return attempt;
}

StatusOr<json> part_to_json(const PartRecord& record) {
  const json body = {{"attempt", record.attempt},
                     {"step", static_cast<uint64_t>(record.step)},
                     {"writer", static_cast<uint64_t>(record.writer)},
                     {"tensors", tensors_to_json(record.tensors)},
                     {"files", files_to_json(record.files, record.tensors)}};
  return seal_json(kPartFormat, kVersion, body, "a record of a checkpoint's part");
}

StatusOr<PartRecord> part_from_json(const json& value, std::string_view where) {
  RADDLE_ASSIGN_OR_RETURN(const SealedJson sealed,
                          open_sealed_json(value, kPartFormat, kVersion, where));
  const json& body = *sealed.body;
  PartRecord record;
  RADDLE_ASSIGN_OR_RETURN(record.attempt, json_string(body, "attempt", where));
  RADDLE_ASSIGN_OR_RETURN(record.step, json_count(body, "step", where));
  RADDLE_ASSIGN_OR_RETURN(record.writer, json_count(body, "writer", where));
  RADDLE_ASSIGN_OR_RETURN(const json* tensors,
                          json_member(body, "tensors", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(record.tensors, tensors_from_json(*tensors, where));
  RADDLE_ASSIGN_OR_RETURN(const json* files,
                          json_member(body, "files", json::value_t::array, where));
  RADDLE_ASSIGN_OR_RETURN(record.files, files_from_json(*files, record.tensors, where));
  return record;
}

}  // namespace raddle::checkpoint
