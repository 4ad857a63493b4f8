// SPDX-License-Identifier: Apache-2.0
// What goes from a courier.
#include <algorithm>
#include <cstring>

#include "comm/mapped/peers.h"
#include "comm/ucx/courier.h"
#include "comm/ucx/courier_peer.h"

namespace raddle::comm {

void Courier::send_offer(Peer& peer, uint64_t number) {
  Message message;
  message.type = Message::kOffer;
  message.number = number + 1;
  message.offer = peer.lane.ring[number % kLaneSlots];
  message.offer.fd = -1;  // says nothing on another host
  const size_t bytes = values_of(message.offer);
  if (bytes == 0) return send_message(peer, message, nullptr, 0);
  const std::byte* values = nullptr;
  {
    const std::lock_guard lock(mutex_);
    values = windows_[message.offer.window];
  }
  if (values == nullptr) return;  // this rank has failed, and says so
  values += message.offer.begin;
  if (bytes <= kLetterBytes) return send_message(peer, message, values, bytes);
  send_message(peer, message, nullptr, 0);
  send_values(peer, number, values, bytes);
}

void Courier::send_message(Peer& peer, Message message, const void* letter, size_t letter_bytes) {
  if (!connect(peer)) return;
  if (free_letters_.empty()) add_letters();
  Letter* sheet = free_letters_.back();
  free_letters_.pop_back();
  message.nonce = peer.nonce;
  message.source = rank_;
  std::memcpy(sheet->bytes, &message, sizeof(message));
  if (letter_bytes > 0) std::memcpy(sheet->bytes + sizeof(message), letter, letter_bytes);
  sheet->peer = &peer;
  ucp_request_param_t param = {};
  param.op_attr_mask = UCP_OP_ATTR_FIELD_CALLBACK | UCP_OP_ATTR_FIELD_USER_DATA;
  param.cb.send = on_message_sent;
  param.user_data = sheet;
  void* request = ucx_.tag_send_nbx(peer.end, sheet->bytes, sizeof(message) + letter_bytes,
                                    message_tag(rank_), &param);
  if (!UCS_PTR_IS_PTR(request)) finish_message(sheet, UCS_PTR_STATUS(request));
}

void Courier::on_message_sent(void* request, ucs_status_t status, void* letter) {
  Courier& owner = static_cast<Letter*>(letter)->peer->owner;
  owner.finish_message(static_cast<Letter*>(letter), status);
  owner.ucx_.request_free(request);
}

void Courier::finish_message(Letter* letter, ucs_status_t status) {
  free_letters_.push_back(letter);
  if (status != UCS_OK) lose_at(*letter->peer, status);
}

void Courier::add_letters() {
  letters_.push_back(std::make_unique<Letter[]>(kLaneSlots));
  free_letters_.reserve(letters_.size() * kLaneSlots);
  for (size_t i = 0; i < kLaneSlots; ++i) free_letters_.push_back(&letters_.back()[i]);
}

void Courier::send_values(Peer& peer, uint64_t number, const std::byte* values, size_t bytes) {
  for (size_t begin = 0; begin < bytes; begin += kSliceBytes) {
    if (!connect(peer)) return;
    count_under_way(1);
    ucp_request_param_t param = {};
    param.op_attr_mask = UCP_OP_ATTR_FIELD_CALLBACK | UCP_OP_ATTR_FIELD_USER_DATA;
    param.cb.send = on_values_sent;
    param.user_data = &peer;
    void* request =
        ucx_.tag_send_nbx(peer.end, values + begin, std::min(kSliceBytes, bytes - begin),
                          values_tag(rank_, number, begin / kSliceBytes), &param);
    if (!UCS_PTR_IS_PTR(request)) finish_values(peer, UCS_PTR_STATUS(request));
  }
}

void Courier::on_values_sent(void* request, ucs_status_t status, void* peer) {
  Peer& to = *static_cast<Peer*>(peer);
  to.owner.finish_values(to, status);
  to.owner.ucx_.request_free(request);
}

void Courier::finish_values(Peer& peer, ucs_status_t status) {
  if (status != UCS_OK) lose_at(peer, status);
  count_under_way(-1);
}

void Courier::lose_at(Peer& peer, ucs_status_t status) {
  lose(peer, fmt::format("has ended without a word, or cannot be reached any more ({})",
                         text_of(status)));
}

}  // namespace raddle::comm
