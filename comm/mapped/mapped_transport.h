// SPDX-License-Identifier: Apache-2.0
// MappedTransport: between ranks that see each other's lanes, whether by mapping each other's
// memory (threads of one process, processes of one host) or by what keeps images of them true
// (Peers).
#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "comm/mapped/peers.h"
#include "comm/transport.h"

namespace raddle::comm {

class MappedTransport final : public Transport {
 public:
  MappedTransport(int32_t rank, int32_t size, std::unique_ptr<Peers> peers);
  ~MappedTransport() override;

  std::string_view name() const override { return peers_->name(); }
  StatusOr<std::unique_ptr<Window>> make_window(size_t bytes) override;
  Status offer(int32_t to, Operation operation, const Window& window, Range range) override;
  StatusOr<const std::byte*> take(int32_t from, Operation operation, size_t bytes,
                                  std::byte* into) override;
  void prepare(int32_t from, Operation operation, size_t whole, size_t bytes,
               std::byte* into) override;
  size_t take_most() const override { return take_most_; }
  Status release(int32_t from, Operation operation) override;
  Status settle(int32_t to, Operation operation) override;
  void abort(const Status& why) override;
  void leave(const Status& how) override;
  void set_deadline(int64_t ns) override { deadline_ns_.store(ns, std::memory_order_relaxed); }

 private:
  // What is under way with a peer, as this side counts it.
  struct Link {
    uint64_t offered = 0;   // to it
    uint64_t taken = 0;     // from it, whole
    bool is_open = false;   // an offer of its is being taken
    Offer offer;            // that one
    uint64_t position = 0;  // bytes of it that are taken
    // What prepare() has begun; 0: nothing.
    size_t coming_bytes = 0;
    const std::byte* coming = nullptr;
    uint64_t coming_whole = 0;  // of the offer that it is a part of
  };

  Link& link(int32_t peer) { return links_[static_cast<size_t>(peer)]; }
  const Link& link(int32_t peer) const { return links_[static_cast<size_t>(peer)]; }
  Lane& lane_of(int32_t peer) { return peers_->inbox(rank()).lane(peer); }
  Status post(int32_t to, const Offer& offer);
  Status next_offer(int32_t from, Operation operation);
  Status check_room(int32_t from, Operation operation, size_t bytes) const;
  Status check_whole(int32_t from, Operation operation, uint64_t taken) const;
  void begin_fetch(int32_t from, const Offer& offer, size_t bytes, std::byte* into);
  Status open_all(size_t bytes, Operation operation);
  enum class For { kOffer, kRelease };
  template <class Condition>
  Status wait(int32_t peer, Operation operation, For what, Condition is_met);
  Status look_after(int32_t peer, Operation operation, int64_t waited_ns);
  Status aborted(int32_t peer, Operation operation);
  bool waits_for_each_other(int32_t peer);
  std::string what_it_does(int32_t peer);
  Status agree(int32_t peer, Operation here, Operation there) const;

  std::unique_ptr<Peers> peers_;
  std::vector<Link> links_;
  std::vector<uint64_t> window_bytes_;  // by number: the same on all ranks
  size_t take_most_;
  std::atomic<int64_t> deadline_ns_;
  std::atomic<bool> is_aborted_{false};
  std::mutex mutex_;  // of the two below
  Status abort_reason_;
  bool has_left_ = false;
};

}  // namespace raddle::comm
