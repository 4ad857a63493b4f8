// SPDX-License-Identifier: Apache-2.0
// An endless, shuffled, packed stream of batches from token shards; or one pass in file order for
// validation. Deterministic: batch k is a pure function of (data, options, k), on any machine.
//
// Packing is greedy. Pieces (pieces.h) follow each other in the epoch's order, each as a sequence
// of its own. One that does not fit is cut, and its rest opens the next batch as a new sequence, so
// that a training batch is always full and no token is lost. Targets reach over a cut, since the
// next token is known there. A single pass (repeat = false) pads instead of cutting, so that what
// an evaluation sees does not depend on the capacity.
//
//   while (training) {
//     RADDLE_ASSIGN_OR_RETURN(bool more, loader.next(batch));  // moves the working cursor
//     ... the step ...
//     if (stepped) loader.commit(); else loader.rollback();    // a step may abort and run again
//   }
//
// next() allocates nothing. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/status.h"
#include "runtime/data/batch.h"
#include "runtime/data/cursor.h"
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
  bool repeat = true;           // false: one pass, then next() gives false
  int64_t vocab_size = 0;       // of the model, whose ids the data must have; 0: as the shards say
  int64_t rank = 0, world = 1;  // this rank packs every world-th piece of the order
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

  uint64_t pieces() const { return share_; }           // of this rank, in an epoch
  uint64_t epoch_tokens() const { return tokens_; }    // of this rank's split, all ranks together
  uint64_t epoch_targets() const { return targets_; }  // of them, those that can be predicted
  int64_t vocab_size() const { return vocab_size_; }
  const LoaderIdentity& identity() const { return identity_; }

 private:
  Loader(Shards shards, const LoaderOptions& options, std::vector<Piece> pieces);
  void order_epoch(uint64_t epoch);
  Status move_to(const Cursor& cursor);
  const Piece& piece_at(uint64_t position) const;
  Status pack(const Piece& piece, uint64_t offset, size_t row, size_t rows, Batch& batch) const;

  Shards shards_;
  LoaderOptions options_;
  LoaderIdentity identity_;
  std::vector<Piece> pieces_;
  std::vector<uint32_t> order_;  // the epoch's permutation of pieces_
  uint64_t ordered_epoch_ = 0;
  uint64_t share_ = 0, tokens_ = 0, targets_ = 0;
  int64_t vocab_size_ = 0;
  Cursor working_, committed_;
};

}  // namespace raddle::data
