// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/loader.h"

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/random.h"

namespace raddle::data {
namespace {

constexpr uint64_t kShuffleStreams = 0x6461746100000000;  // "data": one random stream per epoch

const char* split_name(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kAll:
      break;
  }
  return "all";
}

Status check_options(const Loader::Shards& shards, const LoaderOptions& options) {
  if (shards.empty()) return invalid_argument("a data loader needs at least one token shard");
  if (options.capacity < 1 || options.capacity > INT32_MAX) {
    return invalid_argument("batch capacity is {} rows; expected 1 to 2^31 - 1", options.capacity);
  }
  if (options.sequence_length < 1 || options.sequence_length > options.capacity) {
    return invalid_argument("sequence length is {}; expected 1 to the batch capacity of {} rows",
                            options.sequence_length, options.capacity);
  }
  if (options.world < 1 || options.rank < 0 || options.rank >= options.world) {
    return invalid_argument("rank {} of {}; expected 0 <= rank < world", options.rank,
                            options.world);
  }
  for (const auto& shard : shards) {
    if (shard->tokenizer_fingerprint() == shards[0]->tokenizer_fingerprint() &&
        shard->vocab_size() == shards[0]->vocab_size()) {
      continue;
    }
    return invalid_argument(
        "token shard {} was written with tokenizer {} ({} ids), {} with {} ({} ids); tokenize all "
        "data "
        "with one tokenizer",
        shard->path(), hash_hex(shard->tokenizer_fingerprint()), shard->vocab_size(),
        shards[0]->path(), hash_hex(shards[0]->tokenizer_fingerprint()), shards[0]->vocab_size());
  }
  return Status::ok();
}

LoaderIdentity identify(const Loader::Shards& shards, const LoaderOptions& options) {
  LoaderIdentity identity;
  for (const auto& shard : shards) {
    const uint64_t parts[] = {shard->content_hash(), shard->token_count()};
    identity.data_hash = hash_bytes(parts, sizeof(parts), identity.data_hash);
  }
  identity.seed = options.seed;
  identity.capacity = options.capacity;
  identity.sequence_length = options.sequence_length;
  identity.validation_fraction = options.validation_fraction;
  identity.split = split_name(options.split);
  identity.shuffle = options.shuffle;
  identity.rank = options.rank;
  identity.world = options.world;
  return identity;
}

}  // namespace

LoaderOptions validation_options(const LoaderOptions& train) {
  LoaderOptions options = train;
  options.split = Split::kValidation;
  options.shuffle = false;
  options.repeat = false;
  return options;
}

StatusOr<std::unique_ptr<Loader>> Loader::create(Shards shards, const LoaderOptions& options) {
  RADDLE_RETURN_IF_ERROR(check_options(shards, options));
  RADDLE_ASSIGN_OR_RETURN(auto pieces, cut_pieces(shards, options.sequence_length,
                                                  options.validation_fraction, options.split));
  if (pieces.size() <= static_cast<size_t>(options.rank)) {
    return invalid_argument(
        "the {} split has {} pieces of {} tokens, too few for rank {} of {}; give "
        "more data, shorter sequences or another validation fraction",
        split_name(options.split), pieces.size(), options.sequence_length, options.rank,
        options.world);
  }
  return std::unique_ptr<Loader>(new Loader(std::move(shards), options, std::move(pieces)));
}

Loader::Loader(Shards shards, const LoaderOptions& options, std::vector<Piece> pieces)
    : shards_(std::move(shards)),
      options_(options),
      identity_(identify(shards_, options)),
      pieces_(std::move(pieces)),
      order_(pieces_.size()),
      vocab_size_(shards_[0]->vocab_size()) {
  const uint64_t rank = static_cast<uint64_t>(options.rank), world = uint64_t(options.world);
  share_ = (pieces_.size() - rank + world - 1) / world;
  for (const Piece& piece : pieces_) {
    tokens_ += piece.length;
    targets_ += piece.length - 1 + (piece.has_next ? 1 : 0);
  }
  order_epoch(0);
}

void Loader::order_epoch(uint64_t epoch) {
  for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<uint32_t>(i);
  if (options_.shuffle) {
    RandomStream draws(options_.seed, kShuffleStreams ^ epoch);
    for (size_t i = order_.size(); i > 1; --i) std::swap(order_[i - 1], order_[draws.below(i)]);
  }
  ordered_epoch_ = epoch;
}

const Piece& Loader::piece_at(uint64_t position) const {
  const auto world = static_cast<uint64_t>(options_.world);
  return pieces_[order_[position * world + static_cast<uint64_t>(options_.rank)]];
}

// Copies `rows` tokens of `piece` from `offset` on to the batch, as one sequence. DATA_LOSS when
// one of them, or the target after them, is outside the vocabulary.
Status Loader::pack(const Piece& piece, uint64_t offset, size_t row, size_t rows,
                    Batch& batch) const {
  const TokenShard& shard = *shards_[piece.shard];
  const uint64_t begin = piece.begin + offset;
  RADDLE_RETURN_IF_ERROR(shard.copy(begin, {batch.tokens.data() + row, rows}));
  const bool next = offset + rows < piece.length || piece.has_next;
  int32_t last = 0;
  if (next) RADDLE_RETURN_IF_ERROR(shard.copy(begin + rows, {&last, 1}));
  std::copy_n(batch.tokens.data() + row + 1, rows - 1, batch.targets.data() + row);
  std::fill_n(batch.weights.data() + row, rows, 1.0f);
  batch.targets[row + rows - 1] = last;
  batch.weights[row + rows - 1] = next ? 1.0f : 0.0f;
  const int64_t limit =
      options_.vocab_size > 0 ? std::min(options_.vocab_size, vocab_size_) : vocab_size_;
  const auto known = [limit](int32_t id) { return id >= 0 && id < limit; };
  if (std::all_of(batch.tokens.data() + row, batch.tokens.data() + row + rows, known) &&
      known(last)) {
    return Status::ok();
  }
  return data_loss("token shard {}: an id at or after token {} is not less than vocab_size {}; {}",
                   shard.path(), begin, limit,
                   limit < vocab_size_ ? "the model has no row for it; tokenize the texts again"
                                       : "the file is damaged");
}

StatusOr<bool> Loader::next(Batch& batch) {
  if (batch.capacity() != options_.capacity) {
    return invalid_argument("the batch has {} rows, but the loader packs {}", batch.capacity(),
                            options_.capacity);
  }
  const auto capacity = static_cast<size_t>(options_.capacity);
  Cursor at = working_;
  size_t row = 0, sequences = 0;
  while (row < capacity) {
    if (at.position == share_) {
      if (!options_.repeat) break;
      at.position = 0;
      ++at.epoch;
    }
    if (at.epoch != ordered_epoch_) order_epoch(at.epoch);
    const Piece& piece = piece_at(at.position);
    // One pass keeps pieces whole, so that an evaluation does not depend on the batch's capacity.
    if (!options_.repeat && row + piece.length > capacity) break;
    const size_t rows = std::min<size_t>(capacity - row, piece.length - at.offset);
    RADDLE_RETURN_IF_ERROR(pack(piece, at.offset, row, rows, batch));
    row += rows;
    batch.cu_seqlens[++sequences] = static_cast<int32_t>(row);
    at.offset += rows;
    at.tokens += rows;
    if (at.offset == piece.length) {
      at.offset = 0;
      ++at.position;
    }
  }
  batch.cu_seqlens[0] = 0;
  std::fill(batch.cu_seqlens.begin() + static_cast<std::ptrdiff_t>(sequences) + 1,
            batch.cu_seqlens.end(), static_cast<int32_t>(row));
  RADDLE_RETURN_IF_ERROR(complete_batch(batch));
  working_ = at;
  return row > 0;
}

void Loader::rewind() { working_ = committed_ = Cursor(); }

Status Loader::restore(std::string_view saved) {
  RADDLE_ASSIGN_OR_RETURN(const SavedCursor found, cursor_from_json(saved, identity_));
  if (found.differences.empty()) return move_to(found.cursor);
  return failed_precondition(
      "the data cursor was saved with other data or options: {}; restore them, or start the data "
      "anew",
      found.differences);
}

StatusOr<SavedCursor> Loader::restore_into_order(std::string_view saved) {
  RADDLE_ASSIGN_OR_RETURN(SavedCursor found, cursor_from_json(saved, identity_));
  Cursor cursor = found.cursor;
  if (!found.differences.empty()) cursor = {cursor.epoch + 1, 0, 0, cursor.tokens};
  RADDLE_RETURN_IF_ERROR(move_to(cursor));
  return found;
}

Status Loader::move_to(const Cursor& cursor) {
  const bool at_end = cursor.position == share_ && cursor.offset == 0;
  if (cursor.position > share_ || (cursor.position == share_ && !at_end)) {
    return data_loss("data cursor: position {} is past the {} pieces of an epoch", cursor.position,
                     share_);
  }
  if (cursor.epoch != ordered_epoch_) order_epoch(cursor.epoch);
  if (!at_end && cursor.offset >= piece_at(cursor.position).length) {
    return data_loss("data cursor: offset {} is past the {} tokens of piece {}", cursor.offset,
                     piece_at(cursor.position).length, cursor.position);
  }
  working_ = committed_ = cursor;
  return Status::ok();
}

}  // namespace raddle::data
