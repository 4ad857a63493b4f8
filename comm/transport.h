// SPDX-License-Identifier: Apache-2.0
// Transport: how one rank's values come to another's eyes. What moves is always pulled by the one
// who wants it: nobody ever writes into another's memory, so a rank that was thought dead and wakes
// up again can spoil nothing.
//
// A pair of ranks talks in order: what A offers to B, B takes in that order. An offer lasts until
// its taker has released it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "comm/window.h"
#include "runtime/base/status.h"

namespace raddle::comm {

// What two ranks do together, of which both must think the same.
enum class Kind : uint32_t {
  kBarrier,
  kAllReduce,
  kReduceScatter,
  kAllGather,
  kAllToAll,
  kBroadcast,
  kExchange,
  kGather,
  kMakeWindow
};
inline constexpr size_t kKinds = 9;
std::string_view kind_name(Kind kind);  // "all_reduce"

struct Operation {
  Kind kind = Kind::kBarrier;
  uint32_t check = 0;  // a hash of the group, the element, the cut, the tag and the half
  uint64_t bytes = 0;  // of the whole, where all know it
  friend bool operator==(Operation, Operation) = default;
};

// "all_reduce of 64 bytes"
std::string operation_text(const Operation& operation);

// How many offers to one peer may be under way.
inline constexpr uint32_t kOffersAtOnce = 32;

class Transport {
 public:
  virtual ~Transport() = default;

  int32_t rank() const { return rank_; }
  int32_t size() const { return size_; }
  virtual std::string_view name() const = 0;  // "shm"

  // By all ranks together. Zeroed. INVALID_ARGUMENT: not all want the same size.
  virtual StatusOr<std::unique_ptr<Window>> make_window(size_t bytes) = 0;

  // Lets `to` take these bytes, which may not change until settle(). Waits where kOffersAtOnce are
  // under way. Without bytes the window does not matter.
  virtual Status offer(int32_t to, Operation operation, const Window& window, Range range) = 0;
  // Where the next bytes that `from` offers are to be read: copied to `into`, or, if that is null,
  // wherever they are until the next take from this rank but one, or release().
  // FAILED_PRECONDITION: it is at another operation, or offers another number of bytes.
  // UNAVAILABLE, of scope peer: it is gone. ABORTED: abort() was called.
  virtual StatusOr<const std::byte*> take(int32_t from, Operation operation, size_t bytes,
                                          std::byte* into) = 0;
  // What the next take from this rank will be, of an offer of `whole` bytes that need not be there
  // yet: its values may come meanwhile. `into` stays the transport's until that take. Never waits.
  virtual void prepare(int32_t from, Operation operation, size_t whole, size_t bytes,
                       std::byte* into) = 0;
  // The most that is taken at once without a place for it; takes of less end an offer.
  virtual size_t take_most() const = 0;
  virtual Status release(int32_t from, Operation operation) = 0;
  // Waits until `to` has released all that was offered to it.
  virtual Status settle(int32_t to, Operation operation) = 0;

  // From any thread: every wait that is under way or to come ends with `why`.
  virtual void abort(const Status& why) = 0;
  // Tells the others, who will find no more of this rank, how it ended.
  virtual void leave(const Status& how) = 0;
  // The last resort: how long a wait may last before it is taken for lost.
  virtual void set_deadline(int64_t ns) = 0;

 protected:
  Transport(int32_t rank, int32_t size) : rank_(rank), size_(size) {}

 private:
  int32_t rank_, size_;
};

}  // namespace raddle::comm
