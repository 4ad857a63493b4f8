// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/order.h"

#include <algorithm>
#include <utility>

#include "runtime/base/random.h"

namespace raddle::data {
namespace {

constexpr uint64_t kShuffleStreams = 0x6461746100000000;  // "data": one random stream per epoch

}  // namespace

Order::Order(std::vector<Piece> pieces, const OrderOptions& options)
    : pieces_(std::move(pieces)), options_(options), order_(pieces_.size()) {
  order_epoch(0);
}

void Order::order_epoch(uint64_t epoch) {
  for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<uint32_t>(i);
  if (options_.shuffle) {
    RandomStream draws(options_.seed, kShuffleStreams ^ epoch);
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[draws.below(i)]);
  }
  ordered_epoch_ = epoch;
}

bool Order::lay_out(Cursor& cursor, std::vector<Sequence>& out) {
  const auto capacity = static_cast<uint64_t>(options_.capacity);
  uint64_t row = 0;
  out.clear();
  while (row < capacity) {
    if (cursor.position == pieces_.size()) {
      if (!options_.repeat) break;
      cursor.position = 0;
      ++cursor.epoch;
    }
    if (cursor.epoch != ordered_epoch_) order_epoch(cursor.epoch);
    const uint32_t index = order_[cursor.position];
    const uint64_t length = pieces_[index].length;
    // One pass keeps pieces whole, so that an evaluation does not depend on the batch's capacity.
    if (!options_.repeat && row + length > capacity) break;
    const uint64_t rows = std::min(capacity - row, length - cursor.offset);
    out.push_back({cursor.epoch * pieces_.size() + cursor.position, index,
                   static_cast<uint32_t>(cursor.offset), static_cast<uint32_t>(rows)});
    row += rows;
    cursor.offset += rows;
    cursor.tokens += rows;
    if (cursor.offset == length) {
      cursor.offset = 0;
      ++cursor.position;
    }
  }
  return row > 0;
}

Status Order::check(const Cursor& cursor) {
  const bool at_end = cursor.position == pieces_.size() && cursor.offset == 0;
  if (cursor.position > pieces_.size() || (cursor.position == pieces_.size() && !at_end)) {
    return data_loss("data cursor: position {} is past the {} pieces of an epoch", cursor.position,
                     pieces_.size());
  }
  if (cursor.epoch != ordered_epoch_) order_epoch(cursor.epoch);
  if (at_end) return Status::ok();
  const uint32_t length = pieces_[order_[cursor.position]].length;
  if (cursor.offset < length) return Status::ok();
  return data_loss("data cursor: offset {} is past the {} tokens of piece {}", cursor.offset,
                   length, cursor.position);
}

}  // namespace raddle::data
