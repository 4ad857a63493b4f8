// SPDX-License-Identifier: Apache-2.0
// HeadExchange: between "all heads of my tokens" and "all tokens of my heads", for the ranks of a
// sequence (DeepSpeed-Ulysses, arXiv 2309.14509). Tokens come in the order of their positions,
// wherever the parts of the sequence lie.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "comm/communicator.h"
#include "runtime/base/trace.h"
#include "runtime/exec/sequence_part.h"

namespace raddle::exec {

class HeadExchange {
 public:
  // Values of a sequence's tokens. A row is of up to three segments (q, k, v), each of all heads;
  // a rank's share of a row is its share of each of them.
  struct Field {
    // Of the caller's tokens, each `width()` floats behind the last; one of the two is asked for.
    const float* from = nullptr;
    float* to = nullptr;
    int64_t segments[3] = {};  // floats
    int64_t width() const { return segments[0] + segments[1] + segments[2]; }
  };

  // By all ranks together: room for at most `rows` tokens a rank, of so many floats, which all
  // fields share; at most `fields` of them at once, in groups of at most `degree` ranks.
  struct Sizes {
    int64_t rows = 0, floats = 0;
    size_t fields = 0, degree = 0;
  };
  static StatusOr<std::unique_ptr<HeadExchange>> create(comm::Communicator& communicator,
                                                        const Sizes& sizes);

  void set_trace(TraceRecorder* trace) { trace_ = trace; }
  void begin(const SpreadSequence& sequence) { sequence_ = &sequence; }
  // Where all tokens of a field's share lie, `before` floats of a row being those of earlier
  // fields: (tokens, width / degree), by position.
  float* tokens_of(int64_t before) const;
  // From the fields' rows to tokens_of(), where field i lies behind those before it, and back.
  Status to_heads(std::span<const Field> fields) { return move(fields, 0, Direction::kToHeads); }
  // `before`: floats of a row in front of the first of them.
  Status to_rows(std::span<const Field> fields, int64_t before) {
    return move(fields, before, Direction::kToRows);
  }

 private:
  enum class Direction { kToHeads, kToRows };
  explicit HeadExchange(comm::Communicator& communicator) : communicator_(communicator) {}
  Status move(std::span<const Field> fields, int64_t before, Direction direction);
  int64_t degree() const { return static_cast<int64_t>(sequence_->ranks.size()); }
  SequencePart own() const { return part_of(*sequence_, sequence_->part, 0); }
  // The share of one rank, of the caller's rows: between a field and the window's rooms.
  float* share(int64_t before, int64_t width, int64_t part) const;
  void pack(const Field& field, int64_t before) const;
  void unpack(const Field& field, int64_t before) const;
  void keep_own(int64_t before, int64_t width, Direction direction) const;
  void list(int64_t before, int64_t width, Direction direction);
  comm::Range range(const float* first, int64_t floats) const;

  comm::Communicator& communicator_;
  std::unique_ptr<comm::Window> window_;
  int64_t most_rows_ = 0;
  size_t tokens_at_ = 0;  // floats
  const SpreadSequence* sequence_ = nullptr;
  std::vector<comm::Transfer> send_, receive_;
  TraceRecorder* trace_ = nullptr;
};

}  // namespace raddle::exec
