// SPDX-License-Identifier: Apache-2.0
// Where a loader stands, and of which data and options. The order of an epoch is a pure function of
// (seed, epoch), so three numbers say it all, a part-packed piece included. They are those of the
// whole job and the same on every rank: a run may go on with another number of ranks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

struct Cursor {
  uint64_t epoch = 0;
  uint64_t position = 0;  // of the piece to pack next, in the epoch's order
  uint64_t offset = 0;    // tokens of that piece that earlier batches already hold
  uint64_t tokens = 0;    // tokens delivered since the start

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

// What a cursor is good for. Loaders that differ in more than the capacity, which only says how
// much of the order a batch takes, visit the data in another order.
struct LoaderIdentity {
  uint64_t data_hash = 0;  // of the shards' contents, in order
  uint64_t seed = 0;
  int64_t capacity = 0, sequence_length = 0;
  double validation_fraction = 0;
  std::string split;
  bool shuffle = true;
};

std::string cursor_to_json(const Cursor& cursor, const LoaderIdentity& identity);

struct SavedCursor {
  Cursor cursor;
  std::string
      differences;  // "seed was 5 and is 6; ...", the capacity's left out; "": the same order
  // Whether the same tokens are now cut or parted otherwise: what validates may have been trained
  // on.
  bool same_data = true, cut_anew = false;
};

// A cursor that was saved, compared with the loader of `identity`. DATA_LOSS for text that is no
// cursor.
StatusOr<SavedCursor> cursor_from_json(std::string_view text, const LoaderIdentity& identity);

}  // namespace raddle::data
