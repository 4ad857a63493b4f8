// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/cursor.h"

#include <nlohmann/json.hpp>

#include "runtime/base/hash.h"
#include "runtime/base/json.h"

namespace raddle::data {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson identity_json(const LoaderIdentity& identity) {
  OrderedJson json;
  json["data_hash"] = hash_hex(identity.data_hash);
  json["seed"] = identity.seed;
  json["capacity"] = identity.capacity;
  json["sequence_length"] = identity.sequence_length;
  json["validation_fraction"] = identity.validation_fraction;
  json["split"] = identity.split;
  json["shuffle"] = identity.shuffle;
  return json;
}

Status read_number(const OrderedJson& json, const char* field, uint64_t* out) {
  const auto it = json.find(field);
  if (it == json.end() || !it->is_number_unsigned()) {
    return data_loss("data cursor: field {} is {}; expected a number >= 0", field,
                     it == json.end() ? "missing" : json_text(*it));
  }
  *out = it->get<uint64_t>();
  return Status::ok();
}

// Cursors once belonged to a rank, each with an order of its own; that of the only rank is the
// job's. "": it is the job's.
std::string share_of_order(const OrderedJson& loader) {
  const auto world = loader.find("world"), rank = loader.find("rank");
  if (world == loader.end() || *world == 1) return "";
  return fmt::format("the order was that of rank {} of {} alone and is that of all ranks",
                     rank == loader.end() ? "?" : rank->dump(), world->dump());
}

}  // namespace

std::string cursor_to_json(const Cursor& cursor, const LoaderIdentity& identity) {
  OrderedJson json;
  json["version"] = 1;
  json["epoch"] = cursor.epoch;
  json["position"] = cursor.position;
  json["offset"] = cursor.offset;
  json["tokens"] = cursor.tokens;
  json["loader"] = identity_json(identity);
  return json_text(json);
}

StatusOr<SavedCursor> cursor_from_json(std::string_view text, const LoaderIdentity& identity) {
  const OrderedJson json = ordered_json_from(text);
  if (!json.is_object()) {
    return data_loss(
        "data cursor: not a JSON object ({} bytes); expected the text that the loader "
        "wrote",
        text.size());
  }
  uint64_t version = 0;
  SavedCursor saved;
  Cursor& cursor = saved.cursor;
  RADDLE_RETURN_IF_ERROR(read_number(json, "version", &version));
  if (version != 1) {
    return unimplemented("data cursor: version is {}; this library reads version 1", version);
  }
  RADDLE_RETURN_IF_ERROR(read_number(json, "epoch", &cursor.epoch));
  RADDLE_RETURN_IF_ERROR(read_number(json, "position", &cursor.position));
  RADDLE_RETURN_IF_ERROR(read_number(json, "offset", &cursor.offset));
  RADDLE_RETURN_IF_ERROR(read_number(json, "tokens", &cursor.tokens));
  const auto loader = json.find("loader");
  if (loader == json.end() || !loader->is_object()) {
    return data_loss(
        "data cursor: field loader is missing; expected the data and options it is for");
  }
  saved.differences = share_of_order(*loader);
  const OrderedJson expected = identity_json(identity);
  for (const auto& [key, value] : expected.items()) {
    const auto it = loader->find(key);
    const std::string before = it == loader->end() ? "missing" : json_text(*it);
    if (key == "capacity" || before == json_text(value)) continue;
    saved.differences += fmt::format("{}{} was {} and is {}", saved.differences.empty() ? "" : "; ",
                                     key, before, json_text(value));
    saved.same_data = saved.same_data && key != "data_hash";
    saved.cut_anew = saved.cut_anew || key == "sequence_length" || key == "validation_fraction" ||
                     key == "split";
  }
  return saved;
}

}  // namespace raddle::data
