// SPDX-License-Identifier: Apache-2.0
// Courier: a thread that keeps lanes true between ranks of different hosts. For each far peer it
// has an image of what this rank writes into that peer's inbox and reads of it; the transport works
// on the image as on mapped memory. The courier sends what changes there, and writes what comes
// into this rank's own inbox, in the order in which the peer wrote it. Values that a peer wants are
// sent when it asks for them; short ones go with the offer. It is the only user of UCX, so a rank
// that computes does not hold up those that fetch from it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "comm/mapped/inbox.h"
#include "comm/ucx/message.h"
#include "comm/ucx/worker.h"
#include "comm/window.h"

namespace raddle::comm {

class Courier {
 public:
  // UNAVAILABLE as UcxWorker::open().
  static StatusOr<std::unique_ptr<Courier>> open(int32_t rank, int32_t size);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  int32_t rank() const { return rank_; }
  int32_t size() const { return size_; }
  // For the others to find it: text without white space, under 1 KiB.
  std::string address() const;
  // Begins the work. `own` is this rank's inbox; an empty address is of no far peer. DATA_LOSS: an
  // address is none.
  Status begin(Inbox& own, std::span<const std::string> addresses);
  // Tells the others how this rank has left, if its inbox says so, and waits for them to hear it,
  // two seconds at most. Nothing is written to the inbox from then on.
  void stop();

  bool is_far(int32_t peer) const { return peer_at(peer) != nullptr; }
  Inbox& image(int32_t peer);
  Lane& lane_at(int32_t peer);
  void ring();  // something was written to an image, or to the caller's own inbox
  void add_window(const Window& window);
  // No more is read of it or written to it from now on.
  void remove_window(uint32_t number);
  // As Peers.
  const std::byte* fetch(int32_t peer, const Offer& offer, uint64_t number, uint64_t position,
                         size_t bytes, std::byte* into);
  bool has_come(int32_t peer) const;
  std::optional<std::string> lost(int32_t peer) const;
  std::string describe(int32_t peer) const;

 private:
  struct Peer;
  struct Letter;
  Courier(int32_t rank, int32_t size, uint64_t nonce, std::unique_ptr<UcxWorker> worker);

  Peer* peer_at(int32_t rank) { return peers_[static_cast<size_t>(rank)].get(); }
  const Peer* peer_at(int32_t rank) const { return peers_[static_cast<size_t>(rank)].get(); }
  Status add_peer(int32_t rank, const std::string& address);

  // All below on the thread alone. The loop, and what it looks for:
  void run();
  bool work();
  void sleep();
  bool forward(Peer& peer);
  void forward_sleep();
  void forward_farewell(Peer& peer);
  void give_up();
  void end();
  bool is_drained();
  bool is_farewell_heard() const;
  // What comes:
  bool hear();
  void take_message(const std::byte* data, size_t bytes);
  void take(Peer& peer, const Message& message, const std::byte* letter, size_t letter_bytes);
  bool take_offer(Peer& peer, const Message& message, const std::byte* letter, size_t letter_bytes);
  bool take_release(Peer& peer, uint64_t number);
  bool take_farewell(Peer& peer, const std::byte* letter, size_t letter_bytes);
  bool begin_fetches();
  void begin_fetch(Peer& peer);
  void finish_fetch(Peer& peer, ucs_status_t status, size_t bytes);
  // What goes:
  void send_offer(Peer& peer, uint64_t number);
  void send_message(Peer& peer, Message message, const void* letter, size_t letter_bytes);
  void send_values(Peer& peer, uint64_t number, const std::byte* values, size_t bytes);
  void finish_message(Letter* letter, ucs_status_t status);
  void finish_values(Peer& peer, ucs_status_t status);
  void lose_at(Peer& peer, ucs_status_t status);
  void add_letters();
  bool connect(Peer& peer);
  void lose(Peer& peer, const std::string& why);
  void close(Peer& peer, bool by_force);
  void count_under_way(int64_t more);
  const char* text_of(ucs_status_t status) const { return ucx_.status_string(status); }

  static void on_message_sent(void* request, ucs_status_t status, void* letter);
  static void on_values_sent(void* request, ucs_status_t status, void* peer);
  static void on_fetched(void* request, ucs_status_t status, const ucp_tag_recv_info_t* info,
                         void* peer);
  static void on_error(void* peer, ucp_ep_h end, ucs_status_t status);

  const int32_t rank_, size_;
  const uint64_t nonce_;
  std::unique_ptr<UcxWorker> worker_;  // of the thread, once that has begun
  const Ucx& ucx_;
  Inbox* own_ = nullptr;
  std::vector<std::unique_ptr<Peer>> peers_;  // by rank; null: the caller, and who is near
  int bell_ = -1;                             // an eventfd
  std::thread thread_;
  std::atomic<bool> is_ending_{false};
  std::atomic<bool> has_work_{false};  // since the thread has looked last

  mutable std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<const std::byte*> windows_;  // by number; null: no more
  std::vector<Peer*> asked_;               // whose fetch is for the thread to begin
  int64_t under_way_ = 0;                  // sends and fetches of values
  bool is_given_up_ = false;               // what is under way
  bool has_ended_ = false;

  // Of the thread.
  std::vector<std::unique_ptr<Letter[]>> letters_;  // messages under way, and free ones
  std::vector<Letter*> free_letters_;
  std::vector<Peer*> beginning_;
  uint64_t sleep_seen_ = 0;
  int64_t sleep_since_ns_ = 0;
  bool is_sleep_told_ = false;
  bool has_given_up_ = false;
  std::vector<std::byte> incoming_;
};

}  // namespace raddle::comm
