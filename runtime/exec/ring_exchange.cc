// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/ring_exchange.h"

#include <algorithm>

#include "runtime/device/caps.h"

namespace raddle::exec {
namespace {

constexpr const char* kCategory = "ring";

uint32_t keys_tag(int32_t hop) { return static_cast<uint32_t>(2 * hop); }
uint32_t gradients_tag(int32_t hop) { return static_cast<uint32_t>(2 * hop + 1); }

// A part without tokens is neither sent nor waited for.
std::span<const comm::Transfer> list(const comm::Transfer& one) {
  return std::span(&one, one.range.bytes() > 0 ? 1 : 0);
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

void RingExchange::begin(const SpreadSequence& sequence, int64_t row_floats) {
  sequence_ = &sequence;
  row_floats_ = row_floats;
}

Status RingExchange::end() {
  const TraceSpan span(trace_, "wait: others take all", kCategory);
  for (int32_t hop = 1; hop < degree(); ++hop) {
    const comm::Transfer sent = transfer(after(hop), kOwn, sequence_->part);
    RADDLE_RETURN_IF_ERROR(communicator_.settle({&sent, 1}, keys_tag(hop)));
  }
  return Status::ok();
}

Status RingExchange::ask_for_keys(int32_t hop) {
  if (hop >= degree()) return Status::ok();
  const comm::Transfer sent = transfer(after(hop), kOwn, sequence_->part);
  const comm::Transfer asked = transfer(before(hop), keys_of(hop), before(hop));
  const TraceSpan span(trace_, "ask for keys", kCategory);
  return communicator_.post(list(sent), list(asked), keys_tag(hop));
}

StatusOr<const float*> RingExchange::keys(int32_t hop) {
  const comm::Transfer asked = transfer(before(hop), keys_of(hop), before(hop));
  const TraceSpan span(trace_, "wait: keys", kCategory);
  RADDLE_RETURN_IF_ERROR(communicator_.collect(list(asked), keys_tag(hop)));
  return section(keys_of(hop));
}

StatusOr<float*> RingExchange::gradients(int32_t hop) {
  if (hop > 2) {
    const comm::Transfer given = transfer(before(hop - 2), gradients_of(hop), before(hop - 2));
    const TraceSpan span(trace_, "wait: others take gradients", kCategory);
    RADDLE_RETURN_IF_ERROR(communicator_.settle(list(given), gradients_tag(hop - 2)));
  }
  float* const room = section(gradients_of(hop));
  std::fill_n(room, of_hop(hop).rows() * row_floats_, 0.0f);
  return room;
}

Status RingExchange::give_gradients(int32_t hop) {
  const comm::Transfer given = transfer(before(hop), gradients_of(hop), before(hop));
  const comm::Transfer asked = transfer(after(hop), kReturned, sequence_->part);
  return communicator_.post(list(given), list(asked), gradients_tag(hop));
}

StatusOr<const float*> RingExchange::returned(int32_t hop) {
  const comm::Transfer asked = transfer(after(hop), kReturned, sequence_->part);
  const TraceSpan span(trace_, "wait: gradients", kCategory);
  RADDLE_RETURN_IF_ERROR(communicator_.collect(list(asked), gradients_tag(hop)));
  return section(kReturned);
}

}  // namespace raddle::exec
