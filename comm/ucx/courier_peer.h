// SPDX-License-Identifier: Apache-2.0
// What a courier knows of a far peer.
#pragma once

#include "comm/ucx/courier.h"

namespace raddle::comm {

// A fetch: the transport's thread asks, the courier's answers. One at a time of each peer.
struct FarFetch {
  uint64_t offer = 0, position = 0;
  std::byte* to = nullptr;
  size_t bytes = 0;
  std::atomic<bool> has_come{true};
  // Of the courier's thread.
  size_t left = 0, received = 0;  // slices, bytes
  std::vector<void*> requests;
};

struct Courier::Peer {
  Peer(Courier& courier, int32_t number) : owner(courier), rank(number) {}

  Courier& owner;
  const int32_t rank;
  std::string address;  // bytes of UCX
  uint64_t nonce = 0;
  int64_t pid = 0;

  // Between the two threads: what this rank writes into the peer's inbox and reads of it.
  Inbox image{};
  Lane lane{};
  FarFetch fetch;
  std::vector<std::byte> letters;  // of its offers under way, by slot
  std::atomic<bool> is_lost{false};
  std::string why;  // under the courier's mutex

  // Of the transport's thread: where values lie that nobody has a place for, in turn.
  std::vector<std::byte> staging[2];
  int turn = 0;

  // Of the courier's thread.
  ucp_ep_h end = nullptr;
  uint64_t offers_sent = 0, releases_sent = 0;
  bool is_farewell_sent = false, has_heard_farewell = false;
};

struct Courier::Letter {
  Peer* peer = nullptr;
  std::byte bytes[kMessageBytes];
};

}  // namespace raddle::comm
