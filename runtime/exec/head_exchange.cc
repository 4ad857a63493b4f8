// SPDX-License-Identifier: Apache-2.0
#include "runtime/exec/head_exchange.h"

#include <algorithm>

#include "runtime/device/caps.h"

namespace raddle::exec {

StatusOr<std::unique_ptr<HeadExchange>> HeadExchange::create(comm::Communicator& communicator,
                                                             const Sizes& sizes) {
  std::unique_ptr<HeadExchange> made(new HeadExchange(communicator));
  const size_t room = device::align_buffer(
      static_cast<size_t>(sizes.rows * sizes.floats) * sizeof(float), device::kBufferAlignment);
  made->most_rows_ = sizes.rows;
  made->tokens_at_ = room / sizeof(float);
  RADDLE_ASSIGN_OR_RETURN(made->window_, communicator.make_window(2 * room));
  for (auto* list : {&made->send_, &made->receive_}) {
    list->reserve(sizes.fields * sizes.degree * 2);  // parts are of two runs
  }
  return made;
}

// A group's tokens are at most as many as its ranks' rows together, so a field's share of all of
// them takes no more room than a rank's rows of it.
float* HeadExchange::tokens_of(int64_t before) const {
  return reinterpret_cast<float*>(window_->address()) + tokens_at_ + most_rows_ * before;
}

float* HeadExchange::share(int64_t before, int64_t width, int64_t part) const {
  return reinterpret_cast<float*>(window_->address()) + most_rows_ * before +
         own().rows() * (width / degree()) * part;
}

comm::Range HeadExchange::range(const float* first, int64_t floats) const {
  const auto begin =
      static_cast<size_t>(reinterpret_cast<const std::byte*>(first) - window_->address());
  return {begin, begin + static_cast<size_t>(floats) * sizeof(float)};
}

void HeadExchange::pack(const Field& field, int64_t before) const {
  const int64_t rows = own().rows();
  for (int64_t part = 0; part < degree(); ++part) {
    float* to = share(before, field.width(), part);
    for (int64_t row = 0; row < rows; ++row) {
      const float* from = field.from + row * field.width();
      for (const int64_t segment : field.segments) {
        const int64_t floats = segment / degree();
        to = std::copy_n(from + part * floats, floats, to);
        from += segment;
      }
    }
  }
}

void HeadExchange::unpack(const Field& field, int64_t before) const {
  const int64_t rows = own().rows();
  for (int64_t part = 0; part < degree(); ++part) {
    const float* from = share(before, field.width(), part);
    for (int64_t row = 0; row < rows; ++row) {
      float* to = field.to + row * field.width();
      for (const int64_t segment : field.segments) {
        const int64_t floats = segment / degree();
        std::copy_n(from, floats, to + part * floats);
        from += floats;
        to += segment;
      }
    }
  }
}

// What of the caller's rows is of its own heads.
void HeadExchange::keep_own(int64_t before, int64_t width, Direction direction) const {
  const int64_t floats = width / degree();
  float* const rows = share(before, width, sequence_->part);
  for (const TokenRun& run : own().runs) {
    float* const at_row = rows + run.row * floats;
    float* const at_position = tokens_of(before) + run.position * floats;
    if (direction == Direction::kToHeads) {
      std::copy_n(at_row, run.count * floats, at_position);
    } else {
      std::copy_n(at_position, run.count * floats, at_row);
    }
  }
}

void HeadExchange::list(int64_t before, int64_t width, Direction direction) {
  const int64_t floats = width / degree();
  const auto add = [&](std::vector<comm::Transfer>& to, int64_t peer, const float* first,
                       int64_t count) {
    const int32_t rank = sequence_->ranks[static_cast<size_t>(peer)];
    if (count > 0) to.push_back({rank, window_.get(), range(first, count * floats)});
  };
  auto& from_rows = direction == Direction::kToHeads ? send_ : receive_;
  auto& from_tokens = direction == Direction::kToHeads ? receive_ : send_;
  for (int32_t peer = 0; peer < degree(); ++peer) {
    if (peer == sequence_->part) continue;
    for (const TokenRun& run : own().runs) {
      add(from_rows, peer, share(before, width, peer) + run.row * floats, run.count);
    }
    for (const TokenRun& run : part_of(*sequence_, peer, 0).runs) {
      add(from_tokens, peer, tokens_of(before) + run.position * floats, run.count);
    }
  }
}

Status HeadExchange::move(std::span<const Field> fields, int64_t before, Direction direction) {
  const TraceSpan span(trace_, "exchange of heads", "heads");
  send_.clear();
  receive_.clear();
  int64_t at = before;
  for (const Field& field : fields) {
    if (direction == Direction::kToHeads) pack(field, at);
    list(at, field.width(), direction);
    keep_own(at, field.width(), direction);
    at += field.width();
  }
  RADDLE_RETURN_IF_ERROR(communicator_.exchange(send_, receive_, static_cast<uint32_t>(direction)));
  if (direction == Direction::kToHeads) return Status::ok();
  at = before;
  for (const Field& field : fields) {
    unpack(field, at);
    at += field.width();
  }
  return Status::ok();
}

}  // namespace raddle::exec
