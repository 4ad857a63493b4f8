// SPDX-License-Identifier: Apache-2.0
// What comes to a courier: messages of others, which it writes into its rank's inbox, and values.
#include <algorithm>
#include <cstring>

#include "comm/mapped/peers.h"
#include "comm/ucx/courier.h"
#include "comm/ucx/courier_peer.h"

namespace raddle::comm {

bool Courier::hear() {
  bool has_heard = false;
  for (;;) {
    ucp_tag_recv_info_t info = {};
    ucp_tag_message_h message = ucx_.tag_probe_nb(worker_->get(), kMessageTag, kKindMask, 1, &info);
    if (message == nullptr) return has_heard;
    has_heard = true;
    const ucp_request_param_t param = {};
    void* request =
        ucx_.tag_msg_recv_nbx(worker_->get(), incoming_.data(), incoming_.size(), message, &param);
    // What ranks send is short and here as a whole; all else is a stranger's.
    if (request == nullptr) {
      take_message(incoming_.data(), info.length);
    } else if (UCS_PTR_IS_PTR(request)) {
      ucx_.request_cancel(worker_->get(), request);
      ucx_.request_free(request);
    }
  }
}

void Courier::take_message(const std::byte* data, size_t bytes) {
  if (bytes < sizeof(Message) || bytes > kMessageBytes) return;
  Message message;
  std::memcpy(static_cast<void*>(&message), data, sizeof(message));
  if (message.nonce != nonce_ || message.source < 0 || message.source >= size_) return;
  Peer* peer = peer_at(message.source);
  if (peer != nullptr) take(*peer, message, data + sizeof(message), bytes - sizeof(message));
}

void Courier::take(Peer& peer, const Message& message, const std::byte* letter,
                   size_t letter_bytes) {
  const auto is_taken = [&] {
    switch (message.type) {
      case Message::kOffer:
        return take_offer(peer, message, letter, letter_bytes);
      case Message::kRelease:
        return take_release(peer, message.number);
      case Message::kSleep:
        peer.image.sleep.store(message.number);
        return true;
      case Message::kFarewell:
        return take_farewell(peer, letter, letter_bytes);
      case Message::kFarewellHeard:
        return peer.has_heard_farewell = true;
      default:
        return false;
    }
  };
  if (!is_taken()) {
    lose(peer, fmt::format("has sent what no rank sends (message {}, number {})", message.type,
                           message.number));
  }
  comm::ring(*own_);
}

// Whoever offers or releases does not sleep.
bool Courier::take_offer(Peer& peer, const Message& message, const std::byte* letter,
                         size_t letter_bytes) {
  Lane& lane = own_->lane(peer.rank);
  const uint64_t posted = lane.posted.load(std::memory_order_relaxed);
  const uint64_t bytes = values_of(message.offer);
  if (message.number != posted + 1 || message.offer.end < message.offer.begin ||
      posted - peer.lane.released.load(std::memory_order_relaxed) >= kLaneSlots ||
      letter_bytes != (bytes <= kLetterBytes ? bytes : 0)) {
    return false;
  }
  const size_t slot = posted % kLaneSlots;
  if (letter_bytes > 0) {
    peer.letters.resize(kLaneSlots * kLetterBytes);  // the first time
    std::memcpy(peer.letters.data() + slot * kLetterBytes, letter, letter_bytes);
  }
  lane.ring[slot] = message.offer;
  peer.image.sleep.store(0);
  lane.posted.store(message.number, std::memory_order_release);
  return true;
}

bool Courier::take_release(Peer& peer, uint64_t number) {
  std::atomic<uint64_t>& released = own_->lane(peer.rank).released;
  if (number > peer.offers_sent || number < released.load(std::memory_order_relaxed)) return false;
  peer.image.sleep.store(0);
  released.store(number, std::memory_order_release);
  return true;
}

bool Courier::take_farewell(Peer& peer, const std::byte* letter, size_t letter_bytes) {
  Inbox& image = peer.image;
  if (letter_bytes >= sizeof(image.farewell)) return false;
  if (image.state.load() != Inbox::kLeft) {
    if (letter_bytes > 0) std::memcpy(image.farewell, letter, letter_bytes);
    image.state.store(Inbox::kLeft, std::memory_order_release);
  }
  Message heard;
  heard.type = Message::kFarewellHeard;
  send_message(peer, heard, nullptr, 0);
  return true;
}

bool Courier::begin_fetches() {
  {
    const std::lock_guard lock(mutex_);
    beginning_.swap(asked_);
    // From now on it counts as under way, whatever becomes of it.
    under_way_ += static_cast<int64_t>(beginning_.size());
  }
  if (beginning_.empty()) return false;
  for (Peer* peer : beginning_) begin_fetch(*peer);
  count_under_way(-static_cast<int64_t>(beginning_.size()));
  beginning_.clear();
  return true;
}

void Courier::begin_fetch(Peer& peer) {
  FarFetch& fetch = peer.fetch;
  // With an end of its own to the peer, closing that ends what has begun to come.
  if (!connect(peer)) return;
  const size_t slices = (fetch.bytes + kSliceBytes - 1) / kSliceBytes;
  fetch.left = slices;
  fetch.received = 0;
  count_under_way(static_cast<int64_t>(slices));
  for (size_t i = 0; i < slices; ++i) {
    const size_t begin = i * kSliceBytes, left = fetch.left;
    ucp_request_param_t param = {};
    param.op_attr_mask =
        UCP_OP_ATTR_FIELD_CALLBACK | UCP_OP_ATTR_FIELD_USER_DATA | UCP_OP_ATTR_FLAG_NO_IMM_CMPL;
    param.cb.recv = on_fetched;
    param.user_data = &peer;
    void* request = ucx_.tag_recv_nbx(
        worker_->get(), fetch.to + begin, std::min(kSliceBytes, fetch.bytes - begin),
        values_tag(peer.rank, fetch.offer, fetch.position / kSliceBytes + i), ~uint64_t{0}, &param);
    if (UCS_PTR_IS_PTR(request)) {
      // What is here already is told of inside the call, and its request is no more.
      if (fetch.left == left) fetch.requests.push_back(request);
    } else {
      finish_fetch(peer, UCS_PTR_STATUS(request), 0);
    }
  }
}

void Courier::on_fetched(void* request, ucs_status_t status, const ucp_tag_recv_info_t* info,
                         void* peer) {
  Peer& from = *static_cast<Peer*>(peer);
  std::erase(from.fetch.requests, request);
  from.owner.finish_fetch(from, status, status == UCS_OK ? info->length : 0);
  from.owner.ucx_.request_free(request);
}

void Courier::finish_fetch(Peer& peer, ucs_status_t status, size_t bytes) {
  FarFetch& fetch = peer.fetch;
  fetch.received += bytes;
  --fetch.left;
  if (status != UCS_OK) {
    lose(peer, fmt::format("was lost while its values came ({})", text_of(status)));
  } else if (fetch.left == 0 && fetch.received != fetch.bytes) {
    lose(peer, fmt::format("has sent {} bytes where {} were offered", fetch.received, fetch.bytes));
  } else if (fetch.left == 0) {
    fetch.has_come.store(true, std::memory_order_release);
    comm::ring(*own_);
  }
  count_under_way(-1);
}

}  // namespace raddle::comm
