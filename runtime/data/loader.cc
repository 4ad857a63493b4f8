// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/loader.h"

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"

namespace raddle::data {
namespace {

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
  for (const auto& shard : shards) {
    if (shard->tokenizer_fingerprint() == shards[0]->tokenizer_fingerprint() &&
        shard->vocab_size() == shards[0]->vocab_size()) {
      continue;
    }
    return invalid_argument(
        "token shard {} was written with tokenizer {} ({} ids), {} with {} ({} ids); tokenize all "
        "data with one tokenizer",
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
  return identity;
}

// How many of the tokens that `rows` tokens of `piece` from `offset` on are to predict have a
// weight above 0.
uint64_t count_targets(const TokenShard& shard, const Piece& piece, uint64_t offset,
                       uint64_t rows) {
  const bool next = offset + rows < piece.length || piece.has_next;
  const uint64_t begin = piece.begin + offset;
  return shard.weights().count(begin + 1, begin + rows + (next ? 1 : 0));
}

// Each piece is a sequence of its own, so one without a target that counts changes nothing by being
// there; a long prompt has many. Where no piece is better, whoever asked for the data says what is
// wrong with it.
void drop_masked(const Loader::Shards& shards, std::vector<Piece>& pieces) {
  const auto masked = [&shards](const Piece& piece) {
    const TokenShard& shard = *shards[piece.shard];
    return !shard.weights().all_one() && count_targets(shard, piece, 0, piece.length) == 0;
  };
  if (!std::all_of(pieces.begin(), pieces.end(), masked)) std::erase_if(pieces, masked);
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
  if (pieces.empty()) {
    return invalid_argument(
        "the {} split has 0 pieces of {} tokens; give more data, shorter sequences or another "
        "validation fraction",
        split_name(options.split), options.sequence_length);
  }
  drop_masked(shards, pieces);
  return std::unique_ptr<Loader>(new Loader(std::move(shards), options, std::move(pieces)));
}

Loader::Loader(Shards shards, const LoaderOptions& options, std::vector<Piece> pieces)
    : shards_(std::move(shards)),
      options_(options),
      identity_(identify(shards_, options)),
      order_(std::move(pieces), {options.capacity, options.seed, options.shuffle, options.repeat}),
      vocab_size_(shards_[0]->vocab_size()) {
  for (const Piece& piece : order_.pieces()) {
    tokens_ += piece.length;
    targets_ += count_targets(*shards_[piece.shard], piece, 0, piece.length);
  }
  // The most that a batch can hold: so many epochs touch it, each with every piece.
  const auto capacity = static_cast<uint64_t>(options.capacity);
  sequences_.reserve(std::min(capacity, order_.pieces().size() * (capacity / tokens_ + 2)));
}

// Copies the tokens of `sequence` to the rows from `row` on. DATA_LOSS when one of them, or the
// target after them, is outside the vocabulary.
Status Loader::pack(const Sequence& sequence, size_t row, Batch& batch) const {
  const Piece& piece = order_.piece(sequence.piece);
  const TokenShard& shard = *shards_[piece.shard];
  const uint64_t begin = piece.begin + sequence.offset;
  const size_t rows = sequence.rows;
  RADDLE_RETURN_IF_ERROR(shard.copy(begin, {batch.tokens.data() + row, rows}));
  const bool next = sequence.offset + rows < piece.length || piece.has_next;
  int32_t last = 0;
  if (next) RADDLE_RETURN_IF_ERROR(shard.copy(begin + rows, {&last, 1}));
  std::copy_n(batch.tokens.data() + row + 1, rows - 1, batch.targets.data() + row);
  batch.targets[row + rows - 1] = last;
  // A row counts as much as the token that it is to predict.
  batch.weights[row + rows - 1] = 0.0f;
  shard.weights().copy(begin + 1, {batch.weights.data() + row, next ? rows : rows - 1});
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

Status Loader::check_sequences(std::span<const Sequence> sequences, const Batch& batch) const {
  uint64_t rows = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    const Sequence& s = sequences[i];
    rows += s.rows;
    const uint64_t length = s.piece < pieces() ? order_.piece(s.piece).length : 0;
    if (s.rows > 0 && uint64_t{s.offset} + s.rows <= length) continue;
    return invalid_argument(
        "sequence {} is {} tokens from token {} on of piece {}; expected at least one, inside a "
        "piece of {} tokens (there are {} pieces)",
        i, s.rows, s.offset, s.piece, length, pieces());
  }
  if (rows <= static_cast<uint64_t>(batch.capacity())) return Status::ok();
  return invalid_argument("{} sequences have {} tokens, but the batch has {} rows",
                          sequences.size(), rows, batch.capacity());
}

Status Loader::fill(std::span<const Sequence> sequences, Batch& batch) const {
  RADDLE_RETURN_IF_ERROR(check_sequences(sequences, batch));
  size_t row = 0;
  batch.cu_seqlens[0] = 0;
  for (size_t i = 0; i < sequences.size(); ++i) {
    RADDLE_RETURN_IF_ERROR(pack(sequences[i], row, batch));
    row += sequences[i].rows;
    batch.cu_seqlens[i + 1] = static_cast<int32_t>(row);
  }
  std::fill(batch.cu_seqlens.begin() + static_cast<std::ptrdiff_t>(sequences.size()) + 1,
            batch.cu_seqlens.end(), static_cast<int32_t>(row));
  return complete_batch(batch);
}

StatusOr<bool> Loader::next(Batch& batch) {
  if (batch.capacity() != options_.capacity) {
    return invalid_argument("the batch has {} rows, but the loader packs {}", batch.capacity(),
                            options_.capacity);
  }
  Cursor at = working_;
  const bool more = order_.lay_out(at, sequences_);
  RADDLE_RETURN_IF_ERROR(fill(sequences_, batch));
  working_ = at;
  return more;
}

void Loader::lay_out_step(int64_t micro_batches, std::vector<Sequence>& sequences) {
  RADDLE_ASSERT(options_.repeat);
  pass_over_masked_steps(micro_batches);
  sequences.clear();
  for (int64_t i = 0; i < micro_batches; ++i) {
    if (!lay_out(sequences_)) break;
    sequences.insert(sequences.end(), sequences_.begin(), sequences_.end());
  }
}

bool Loader::lay_out(std::vector<Sequence>& sequences) {
  return order_.lay_out(working_, sequences);
}

uint64_t Loader::targets_of(const Sequence& sequence) const {
  const Piece& piece = order_.piece(sequence.piece);
  return count_targets(*shards_[piece.shard], piece, sequence.offset, sequence.rows);
}

// A cut may leave a step with nothing but the last token of one document and the prompt of another.
// The weights are in memory, so every rank sees that by itself.
void Loader::pass_over_masked_steps(int64_t micro_batches) {
  const bool weighted = std::any_of(shards_.begin(), shards_.end(),
                                    [](const auto& shard) { return !shard->weights().all_one(); });
  if (!weighted || !options_.repeat || targets_ == 0) return;
  while (true) {  // an epoch has a target, so this ends
    Cursor at = working_;
    for (int64_t i = 0; i < micro_batches; ++i) {
      order_.lay_out(at, sequences_);
      for (const Sequence& sequence : sequences_) {
        if (targets_of(sequence) > 0) return;
      }
    }
    working_ = at;
  }
}

StatusOr<size_t> Loader::next_step(int64_t micro_batches, RankPart part, std::span<Batch> batches) {
  if (part.world < 1 || part.rank < 0 || part.rank >= part.world) {
    return invalid_argument("rank {} of {}; expected 0 <= rank < world", part.rank, part.world);
  }
  pass_over_masked_steps(micro_batches);
  size_t filled = 0;
  for (int64_t i = 0; i < micro_batches; ++i) {
    if (!part.takes(i)) {
      if (!skip()) break;
      continue;
    }
    if (filled == batches.size()) {
      return invalid_argument(
          "rank {} of {} takes more than the {} batches given of a step of {} micro-batches",
          part.rank, part.world, batches.size(), micro_batches);
    }
    RADDLE_ASSIGN_OR_RETURN(const bool more, next(batches[filled]));
    if (!more) break;
    ++filled;
  }
  return filled;
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
  RADDLE_RETURN_IF_ERROR(order_.check(cursor));
  working_ = committed_ = cursor;
  return Status::ok();
}

}  // namespace raddle::data
