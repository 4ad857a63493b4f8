// SPDX-License-Identifier: Apache-2.0
// The order of the data, one for the whole job however many ranks it has: which sequences each
// micro-batch holds, told from the lengths of the pieces alone, before a token is read. Whoever
// spreads a step over ranks knows from here what there is to spread.
//
// Packing is greedy. Pieces (pieces.h) follow each other in the epoch's order, each as a sequence
// of its own. One that does not fit is cut, and its rest opens the next micro-batch as a new
// sequence, so that a training batch is always full and no token is lost. A single pass (repeat =
// false) pads instead of cutting, so that what an evaluation sees does not depend on the capacity.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/cursor.h"
#include "runtime/data/pieces.h"

namespace raddle::data {

// A piece in a micro-batch, or a part of one that was cut.
struct Sequence {
  // Where the piece stands in the order of all epochs: epoch * pieces + position. The same on every
  // rank and in every run of the same data and seed.
  uint64_t sample = 0;
  uint32_t piece = 0;   // of Order::piece()
  uint32_t offset = 0;  // tokens of the piece that lie before the sequence
  uint32_t rows = 0;    // its tokens

  friend bool operator==(const Sequence&, const Sequence&) = default;
};

// A rank's part of a step, or of a pass: every world-th micro-batch.
struct RankPart {
  int64_t rank = 0, world = 1;

  bool takes(int64_t micro_batch) const { return micro_batch % world == rank; }
};

struct OrderOptions {
  int64_t capacity = 0;  // rows of a micro-batch
  uint64_t seed = 0;
  bool shuffle = true, repeat = true;
};

class Order {
 public:
  // At least one piece, each no longer than the capacity.
  Order(std::vector<Piece> pieces, const OrderOptions& options);

  // Sets `out` to the sequences of the micro-batch at `cursor`, row after row, and moves the cursor
  // behind it. False, with nothing in `out`, at the end of a pass without repeat. Allocates nothing
  // once `out` has room for `capacity` sequences.
  bool lay_out(Cursor& cursor, std::vector<Sequence>& out);
  // DATA_LOSS if no such place is in the order.
  Status check(const Cursor& cursor);

  const std::vector<Piece>& pieces() const { return pieces_; }
  const Piece& piece(uint32_t index) const { return pieces_[index]; }

 private:
  void order_epoch(uint64_t epoch);

  std::vector<Piece> pieces_;
  OrderOptions options_;
  std::vector<uint32_t> order_;  // the epoch's permutation of pieces_
  uint64_t ordered_epoch_ = 0;
};

}  // namespace raddle::data
