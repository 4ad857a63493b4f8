// SPDX-License-Identifier: Apache-2.0
// Communicator: collectives between the ranks of one world, on any list of them. A group is such a
// list and nothing else: it is made, used and forgotten at no cost.
//
// All of a group call the same operation, with the same list. Sums are taken in the list's order,
// so the same list gives the same bits; BF16 is summed in F32 and rounded once. Nothing allocates
// but make_window() and reserve(), and UCX between hosts. One thread at a time, but for abort().
//
// An error of the arguments that one rank can see by itself changes nothing. Any other leaves what
// was to be written undefined and the communicator of no further use: all later calls end with the
// same code. The process is none the worse. Whoever has an error says so with leave(): others may
// wait for this rank.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "comm/transport.h"
#include "comm/window.h"
#include "runtime/base/status.h"

namespace raddle::comm {

enum class Element : uint8_t { kF32, kBF16 };
constexpr size_t element_bytes(Element element) { return element == Element::kF32 ? 4 : 2; }

// Ranks of the world, each once, the caller's own among them.
using Group = std::span<const int32_t>;

// A piece that goes from a window here to a peer, or comes from a peer into one.
struct Transfer {
  int32_t peer = 0;
  Window* window = nullptr;
  Range range;
};

// What went between this rank and another.
struct Traffic {
  int64_t messages = 0, bytes_in = 0, bytes_out = 0;
};

class Communicator {
 public:
  explicit Communicator(std::unique_ptr<Transport> transport);
  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;

  int32_t rank() const { return transport_->rank(); }
  int32_t size() const { return transport_->size(); }
  Group world() const { return world_; }
  std::string_view transport_name() const { return transport_->name(); }

  // By all ranks of the world together, as are the two below. Zeroed.
  StatusOr<std::unique_ptr<Window>> make_window(size_t bytes);
  // Room for gather() of so many bytes a rank.
  Status reserve(size_t bytes);

  Status barrier(Group group);
  // Of `parts`, one a member in the order of the group, not touching each other: each member has
  // the sum of its own part in its window afterwards. Its other parts stay as they are.
  Status reduce_scatter(Group group, Element element, Window& window, std::span<const Range> parts);
  // Each member has all parts afterwards, each as its owner had it.
  Status all_gather(Group group, Window& window, std::span<const Range> parts);
  Status all_reduce(Group group, Element element, Window& window, Range range);
  // Part i of `send` goes to member i, and what member i sends here comes to part i of `receive`.
  // Their sizes must fit; both may be empty.
  Status all_to_all(Group group, Window& send_from, std::span<const Range> send, Window& receive_in,
                    std::span<const Range> receive);
  Status broadcast(Group group, int32_t root, Window& window, Range range);
  // Pieces between any two ranks, any number of them, all at once. Both sides list what is between
  // them in the same order, and `tag` alike.
  Status exchange(std::span<const Transfer> send, std::span<const Transfer> receive, uint32_t tag);
  // The same in three steps, for what is computed between them; at most kOffersAtOnce pieces under
  // way to one peer. post() offers what goes and makes room for what comes; collect() waits for
  // what comes; settle() until all that was offered to those peers is taken. Until then neither
  // side of a piece may be touched. The pieces from one peer are collected in the order in which it
  // posts them; room is made for one of them at a time.
  Status post(std::span<const Transfer> send, std::span<const Transfer> receive, uint32_t tag);
  Status collect(std::span<const Transfer> receive, uint32_t tag);
  Status settle(std::span<const Transfer> send, uint32_t tag);
  // `all` has room for what each member gives, in the order of the group; at most what reserve()
  // made room for. The memory may be anybody's.
  Status gather(Group group, std::span<const std::byte> mine, std::span<std::byte> all);

  // From any thread: see Transport.
  void abort(const Status& why) { transport_->abort(why); }
  void leave(const Status& how) { transport_->leave(how); }
  void set_deadline(int64_t ns) { transport_->set_deadline(ns); }

  const Traffic& traffic(int32_t peer, Kind kind) const;
  int32_t peers_used() const;

 private:
  class Call;
  Status check_pieces(const Call& call, std::span<const Transfer> pieces) const;
  template <class Do>
  Status each_of_round(std::span<const Transfer> pieces, uint32_t round, Do action);

  std::unique_ptr<Transport> transport_;
  std::vector<int32_t> world_;
  std::vector<Traffic> traffic_;  // by peer and kind
  std::unique_ptr<Window> letters_;
  std::vector<const std::byte*> values_;  // to be summed, by place
  std::vector<Range> cut_;                // of an all_reduce
  std::vector<char> is_member_;           // by rank
  std::vector<uint32_t> pieces_;          // of an exchange, by peer
  std::vector<uint32_t> awaited_;         // pieces that are posted and not collected, by peer
  Status failure_;                        // the first, of any call
};

}  // namespace raddle::comm
