// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/ring_exchange.h"

#include <algorithm>

#include "runtime/base/clock.h"
#include "runtime/device/caps.h"

namespace raddle::exec {
namespace {

uint32_t keys_tag(int32_t hop) { return static_cast<uint32_t>(2 * hop); }
uint32_t gradients_tag(int32_t hop) { return static_cast<uint32_t>(2 * hop + 1); }

// A part without tokens is neither sent nor waited for.
std::span<const comm::Transfer> list(const comm::Transfer& one) {
  return std::span(&one, one.range.bytes() > 0 ? 1 : 0);
}

// What a rank has offered earlier comes first: room for what follows is made when that is there.
std::span<const comm::Transfer> room_for(const comm::Transfer& asked, bool comes_later) {
  return comes_later ? std::span<const comm::Transfer>() : list(asked);
}

}  // namespace

StatusOr<std::unique_ptr<RingExchange>> RingExchange::create(comm::Communicator& communicator,
                                                             int64_t rows, int64_t row_floats) {
  std::unique_ptr<RingExchange> made(new RingExchange(communicator));
  made->section_bytes_ = device::align_buffer(
      static_cast<size_t>(rows * row_floats) * sizeof(float), device::kBufferAlignment);
  RADDLE_ASSIGN_OR_RETURN(made->window_,
                          communicator.make_window(made->section_bytes_ * kSections));
  return made;
}

float* RingExchange::section(Section section) const {
  return reinterpret_cast<float*>(window_->address() + section_bytes_ * section);
}

comm::Transfer RingExchange::transfer(int32_t with, Section section, int32_t part) const {
  const size_t begin = section_bytes_ * section;
  const auto floats = static_cast<size_t>(part_of(*sequence_, part, 0).rows() * row_floats_);
  return {sequence_->ranks[static_cast<size_t>(with)],
          window_.get(),
          {begin, begin + floats * sizeof(float)}};
}

template <class Do>
Status RingExchange::timed(const char* what, Do action) {
  if (trace_ == nullptr) return action();
  const int64_t begin = now_ns();
  Status status = action();
  trace_->record(what, "ring", begin, now_ns());
  return status;
}

void RingExchange::begin(const SpreadSequence& sequence, int64_t row_floats) {
  sequence_ = &sequence;
  row_floats_ = row_floats;
  awaited_ = 0;
}

Status RingExchange::end() {
  return timed("wait: others take all", [&] {
    for (int32_t hop = 1; hop < degree(); ++hop) {
      const comm::Transfer sent = transfer(after(hop), kOwn, sequence_->part);
      RADDLE_RETURN_IF_ERROR(communicator_.settle({&sent, 1}, keys_tag(hop)));
    }
    return Status::ok();
  });
}

Status RingExchange::ask_for_keys(int32_t hop) {
  if (hop >= degree()) return Status::ok();
  const comm::Transfer sent = transfer(after(hop), kOwn, sequence_->part);
  const comm::Transfer asked = transfer(before(hop), keys_of(hop), before(hop));
  const bool comes_later = awaited_ > 0 && after(awaited_) == before(hop);
  return timed("ask for keys", [&] {
    return communicator_.post(list(sent), room_for(asked, comes_later), keys_tag(hop));
  });
}

StatusOr<const float*> RingExchange::keys(int32_t hop) {
  const comm::Transfer asked = transfer(before(hop), keys_of(hop), before(hop));
  RADDLE_RETURN_IF_ERROR(
      timed("wait: keys", [&] { return communicator_.collect(list(asked), keys_tag(hop)); }));
  return section(keys_of(hop));
}

StatusOr<float*> RingExchange::gradients(int32_t hop) {
  if (hop > 2) {
    const comm::Transfer given = transfer(before(hop - 2), gradients_of(hop), before(hop - 2));
    RADDLE_RETURN_IF_ERROR(timed("wait: others take gradients", [&] {
      return communicator_.settle(list(given), gradients_tag(hop - 2));
    }));
  }
  float* const room = section(gradients_of(hop));
  std::fill_n(room, of_hop(hop).rows() * row_floats_, 0.0f);
  return room;
}

Status RingExchange::give_gradients(int32_t hop) {
  const comm::Transfer given = transfer(before(hop), gradients_of(hop), before(hop));
  const comm::Transfer asked = transfer(after(hop), kReturned, sequence_->part);
  awaited_ = hop;
  const bool comes_later = hop + 1 < degree() && before(hop + 1) == after(hop);
  return communicator_.post(list(given), room_for(asked, comes_later), gradients_tag(hop));
}

StatusOr<const float*> RingExchange::returned(int32_t hop) {
  RADDLE_ASSERT(awaited_ == hop);
  const comm::Transfer asked = transfer(after(hop), kReturned, sequence_->part);
  RADDLE_RETURN_IF_ERROR(timed(
      "wait: gradients", [&] { return communicator_.collect(list(asked), gradients_tag(hop)); }));
  awaited_ = 0;
  return section(kReturned);
}

}  // namespace raddle::exec
