// SPDX-License-Identifier: Apache-2.0
// An endless, shuffled, packed stream of batches from token shards; or one pass in file order for
// validation. Deterministic: batch k of the whole job is a pure function of (data, options, k), on
// any machine and for any number of ranks. order.h says which sequences it holds, the loader reads
// them. Targets reach over the end of a cut piece, since the next token is known there.
//
//   while (training) {
//     RADDLE_ASSIGN_OR_RETURN(size_t mine, loader.next_step(micro_batches, part, batches));
//     ... the step ...
//     if (stepped) loader.commit(); else loader.rollback();    // a step may abort and run again
//   }
//
// The cursor is one of the job and the same on all ranks, each of which walks past what others
// take without reading it. Nothing allocates once the loader is made. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/batch.h"
#include "runtime/data/cursor.h"
#include "runtime/data/order.h"
#include "runtime/data/pieces.h"
#include "runtime/data/token_shard.h"

namespace raddle::data {

struct LoaderOptions {
  int64_t capacity = 0;         // rows of a batch
  int64_t sequence_length = 0;  // most tokens of a sequence; <= capacity
  uint64_t seed = 0;
  Split split = Split::kAll;
  double validation_fraction = 0;  // the same in the loaders of both splits
  bool shuffle = true;
  bool repeat = true;      // false: one pass, then next() gives false
  int64_t vocab_size = 0;  // of the model, whose ids the data must have; 0: as the shards say
};

// Options of a validation pass over the same data as `train`.
LoaderOptions validation_options(const LoaderOptions& train);

class Loader {
 public:
  using Shards = std::vector<std::shared_ptr<const TokenShard>>;
  // Shards must come from one tokenizer.
  static StatusOr<std::unique_ptr<Loader>> create(Shards shards, const LoaderOptions& options);

  // Fills `batch`, whose capacity must be the loader's, and moves the working cursor. False, with
  // an empty batch, at the end of a pass without repeat. DATA_LOSS if the data holds an id that is
  // not in the vocabulary.
  StatusOr<bool> next(Batch& batch);
  // Moves the working cursor as next() does and reads no token.
  bool skip() { return lay_out(sequences_); }
  // A step of the job, which is the next `micro_batches` of them: fills `batches`, from the first
  // on, with those that `part` takes, and returns how many those are. Fewer than the part's share
  // only at the end of a pass without repeat. Of data that repeats, steps in which every target has
  // weight 0 are passed over, by all ranks alike: they would teach nothing.
  StatusOr<size_t> next_step(int64_t micro_batches, RankPart part, std::span<Batch> batches);

  // For whoever spreads the sequences of a step otherwise: those of the next `micro_batches`, of
  // which it moves the working cursor past, as next_step() does. Of data that repeats.
  void lay_out_step(int64_t micro_batches, std::vector<Sequence>& sequences);
  // As skip(), and says what was skipped.
  bool lay_out(std::vector<Sequence>& sequences);
  // Reads `sequences`, of any micro-batches and in any order, into `batch`, which may have any
  // capacity that holds them.
  Status fill(std::span<const Sequence> sequences, Batch& batch) const;

  void commit() { committed_ = working_; }
  void rollback() { working_ = committed_; }
  void rewind();  // to the start of the data: both cursors

  const Cursor& cursor() const { return committed_; }
  std::string save() const { return cursor_to_json(committed_, identity_); }
  // Puts both cursors where a loader was when it saved; another capacity changes nothing, since the
  // order is one of tokens. FAILED_PRECONDITION names every difference if that loader visited the
  // data in another order. Nothing changes on an error.
  Status restore(std::string_view saved);
  // The same, but from another order on goes into this loader's, at the epoch after that in which
  // the saved one was. Returns what differs; "": nothing.
  StatusOr<SavedCursor> restore_into_order(std::string_view saved);

  uint64_t pieces() const { return order_.pieces().size(); }  // in an epoch
  // Pieces of which every target has weight 0 are in no epoch, unless there are no others.
  uint64_t epoch_tokens() const { return tokens_; }
  uint64_t epoch_targets() const { return targets_; }  // can be predicted, weigh > 0
  int64_t vocab_size() const { return vocab_size_; }
  const LoaderIdentity& identity() const { return identity_; }

 private:
  Loader(Shards shards, const LoaderOptions& options, std::vector<Piece> pieces);
  uint64_t targets_of(const Sequence& sequence) const;
  void pass_over_masked_steps(int64_t micro_batches);
  Status move_to(const Cursor& cursor);
  Status check_sequences(std::span<const Sequence> sequences, const Batch& batch) const;
  Status pack(const Sequence& sequence, size_t row, Batch& batch) const;

  Shards shards_;
  LoaderOptions options_;
  LoaderIdentity identity_;
  Order order_;
  std::vector<Sequence> sequences_;  // of the batch under way
  uint64_t tokens_ = 0, targets_ = 0;
  int64_t vocab_size_ = 0;
  Cursor working_, committed_;
};

}  // namespace raddle::data
