// SPDX-License-Identifier: Apache-2.0
// What couriers send each other: changes of lanes and of inboxes, as they would be written by ranks
// of one host. Both ends are of the same build (control/ sees to that), so a message is its struct.
#pragma once

#include <cstdint>

#include "comm/mapped/inbox.h"

namespace raddle::comm {

struct Message {
  enum Type : uint32_t { kOffer, kRelease, kSleep, kFarewell, kFarewellHeard };

  uint64_t nonce = 0;  // of the receiver's address: a stranger does not know it
  uint32_t type = 0;
  int32_t source = 0;
  // kOffer: how many the sender has offered, this one included; kRelease: how many it has released;
  // kSleep: the word in its inbox.
  uint64_t number = 0;
  Offer offer;
};

// Values of an offer that go with its message: for less, asking for them would cost more than they.
inline constexpr size_t kLetterBytes = 2048;
inline constexpr size_t kMessageBytes = sizeof(Message) + kLetterBytes;
static_assert(sizeof(Inbox::farewell) <= kLetterBytes);

// Bytes of values that belong to an offer. A window that is made is only told of.
constexpr uint64_t values_of(const Offer& offer) {
  return offer.operation.kind == Kind::kMakeWindow ? 0 : offer.end - offer.begin;
}

// Tags: 4 bits of what it is, 20 of the sender's rank, 24 of the offer's number, 16 of its slice.
inline constexpr uint64_t kMessageTag = uint64_t{1} << 60, kValuesTag = uint64_t{2} << 60,
                          kKindMask = uint64_t{15} << 60;
constexpr uint64_t message_tag(int32_t source) {
  return kMessageTag | static_cast<uint64_t>(source) << 40;
}
constexpr uint64_t values_tag(int32_t source, uint64_t offer, uint64_t slice) {
  return kValuesTag | static_cast<uint64_t>(source) << 40 | (offer & 0xFFFFFF) << 16 |
         (slice & 0xFFFF);
}

}  // namespace raddle::comm
