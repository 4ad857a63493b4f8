// SPDX-License-Identifier: Apache-2.0
// RingExchange: what goes around between the ranks of a sequence. In hop h a rank computes with the
// keys and values of the part h before its own, while those of the next hop come; the gradients of
// the keys go back to their owner, who adds them up one hop later, when they have come meanwhile.
//
// Of each hop in this order: keys(h), gradients(h), ask_for_keys(h + 1), then what is computed,
// then returned(h - 1) and give_gradients(h); a forward pass leaves the gradients out.
// ask_for_keys(1) comes before hop 0, the own keys, and returned() of the last hop and end() behind
// all. In this order two ranks take what they offer each other as it was offered, and whoever
// waits, waits for what others do in an earlier hop: so somebody always goes on.
#pragma once

#include <memory>

#include "comm/communicator.h"
#include "runtime/base/trace.h"
#include "runtime/exec/sequence_part.h"

namespace raddle::exec {

class RingExchange {
 public:
  // By all ranks together: for at most so many rows of so many floats, keys before values.
  static StatusOr<std::unique_ptr<RingExchange>> create(comm::Communicator& communicator,
                                                        int64_t rows, int64_t row_floats);

  // The sequence, which must stay until end(), and how many floats a row of its keys and values
  // has.
  void begin(const SpreadSequence& sequence, int64_t row_floats);
  // All that this rank has offered is taken.
  Status end();
  int32_t degree() const { return static_cast<int32_t>(sequence_->ranks.size()); }

  // The caller's part, its rows counted from the sequence's first one; the part whose keys come in
  // a hop, its rows counted from 0.
  SequencePart own() const { return part_of(*sequence_, sequence_->part, sequence_->first_row); }
  SequencePart of_hop(int32_t hop) const { return part_of(*sequence_, before(hop), 0); }

  // Where the caller puts its keys and values before it asks for others'.
  float* own_keys() const { return section(kOwn); }
  // Hops 1 .. degree - 1; beyond them nothing happens.
  Status ask_for_keys(int32_t hop);
  StatusOr<const float*> keys(int32_t hop);
  // Room for the gradients of the keys of a hop, zeroed.
  StatusOr<float*> gradients(int32_t hop);
  Status give_gradients(int32_t hop);
  // Those of the caller's own keys, from whom had them in that hop.
  StatusOr<const float*> returned(int32_t hop);

  void set_trace(TraceRecorder* trace) { trace_ = trace; }

 private:
  // Of the window. What comes for a hop lies beside what the hop before is computed with.
  enum Section : size_t { kOwn, kEvenKeys, kOddKeys, kEvenGradients, kOddGradients, kReturned };
  static constexpr size_t kSections = 6;

  explicit RingExchange(comm::Communicator& communicator) : communicator_(communicator) {}
  float* section(Section section) const;
  static Section keys_of(int32_t hop) { return hop % 2 == 0 ? kEvenKeys : kOddKeys; }
  static Section gradients_of(int32_t hop) { return hop % 2 == 0 ? kEvenGradients : kOddGradients; }
  // The part whose keys come in a hop, and the one that has the caller's.
  int32_t before(int32_t hop) const { return (sequence_->part + degree() - hop) % degree(); }
  int32_t after(int32_t hop) const { return (sequence_->part + hop) % degree(); }
  // Of a part, with the rank that has another one.
  comm::Transfer transfer(int32_t with, Section section, int32_t part) const;

  comm::Communicator& communicator_;
  std::unique_ptr<comm::Window> window_;
  size_t section_bytes_ = 0;
  const SpreadSequence* sequence_ = nullptr;
  int64_t row_floats_ = 0;
  TraceRecorder* trace_ = nullptr;
};

}  // namespace raddle::exec
