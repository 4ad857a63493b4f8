// SPDX-License-Identifier: Apache-2.0
#include "comm/communicator.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "comm/call.h"
#include "runtime/base/hash.h"

namespace raddle::comm {
namespace {

// Parts of an all_reduce begin at cache lines.
constexpr size_t kCutBytes = 64;
// How many pieces of an exchange go from one rank to another in a round.
constexpr uint32_t kRoundPieces = kOffersAtOnce / 2;

// What offers without bytes are of.
class Nothing final : public Window {
 public:
  Nothing() : Window(0, nullptr, 0) {}
};
const Nothing kNothing;

// All who share parts must mean the same by them.
struct Cut {
  uint64_t hash, bytes;
};
Cut cut_of(Element element, std::span<const Range> parts) {
  Cut cut{static_cast<uint64_t>(element), 0};
  for (const Range& part : parts) {
    const uint64_t bytes = part.bytes();
    cut.hash = hash_bytes(&bytes, sizeof(bytes), cut.hash);
    cut.bytes += bytes;
  }
  return cut;
}

}  // namespace

std::string_view kind_name(Kind kind) {
  static constexpr std::string_view kNames[kKinds] = {"barrier",    "all_reduce", "reduce_scatter",
                                                      "all_gather", "all_to_all", "broadcast",
                                                      "exchange",   "gather",     "make_window"};
  return kNames[static_cast<size_t>(kind)];
}

std::string operation_text(const Operation& operation) {
  if (static_cast<size_t>(operation.kind) >= kKinds) return "an operation that is unknown here";
  const std::string name(kind_name(operation.kind));
  return operation.bytes == 0 ? name : fmt::format("{} of {} bytes", name, operation.bytes);
}

Communicator::Communicator(std::unique_ptr<Transport> transport)
    : transport_(std::move(transport)) {
  const auto ranks = static_cast<size_t>(size());
  for (int32_t i = 0; i < size(); ++i) world_.push_back(i);
  traffic_.resize(ranks * kKinds);
  values_.resize(ranks);
  cut_.resize(ranks);
  is_member_.resize(ranks);
  pieces_.resize(ranks);
  awaited_.resize(ranks);
}

Communicator::~Communicator() = default;

StatusOr<std::unique_ptr<Window>> Communicator::make_window(size_t bytes) {
  RADDLE_RETURN_IF_ERROR(Call(*this, Kind::kMakeWindow, {}, 0, bytes).check_usable());
  auto window = transport_->make_window(bytes);
  if (!window.is_ok() && bytes > 0) failure_ = window.status();
  return window;
}

Status Communicator::reserve(size_t bytes) {
  if (letters_ != nullptr && letters_->bytes() >= bytes) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(letters_, make_window(bytes));
  return Status::ok();
}

Status Communicator::barrier(Group group) {
  Call call(*this, Kind::kBarrier, group, 0, 0);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(
      call.each_peer([&](size_t, int32_t peer) { return call.offer(peer, kNothing, {}); }));
  RADDLE_RETURN_IF_ERROR(
      call.each_peer([&](size_t, int32_t peer) { return call.copy(peer, nullptr, 0); }));
  return call.settle_all();
}

Status Communicator::reduce_scatter(Group group, Element element, Window& window,
                                    std::span<const Range> parts) {
  const Cut cut = cut_of(element, parts);
  Call call(*this, Kind::kReduceScatter, group, cut.hash, cut.bytes);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(window, parts, element_bytes(element)));
  RADDLE_RETURN_IF_ERROR(call.scatter_sums(element, window, parts));
  return call.settle_all();
}

Status Communicator::all_gather(Group group, Window& window, std::span<const Range> parts) {
  const Cut cut = cut_of(Element::kF32, parts);  // whatever they are
  Call call(*this, Kind::kAllGather, group, cut.hash, cut.bytes);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(window, parts));
  RADDLE_RETURN_IF_ERROR(call.gather_parts(window, parts));
  return call.settle_all();
}

Status Communicator::all_reduce(Group group, Element element, Window& window, Range range) {
  Call call(*this, Kind::kAllReduce, group, static_cast<uint64_t>(element), range.bytes());
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check(window, range, element_bytes(element)));
  // The same cut wherever the range lies in its window.
  const size_t lines = (range.bytes() + kCutBytes - 1) / kCutBytes;
  for (size_t i = 0; i < group.size(); ++i) {
    const auto border = [&](size_t part) {
      return range.begin + std::min(lines * part / group.size() * kCutBytes, range.bytes());
    };
    cut_[i] = {border(i), border(i + 1)};
  }
  const std::span<const Range> parts(cut_.data(), group.size());
  RADDLE_RETURN_IF_ERROR(call.scatter_sums(element, window, parts));
  // A peer offers its sums once it has read the same part here, which may be overwritten then. So
  // nothing needs to settle between the halves.
  call.turn();
  RADDLE_RETURN_IF_ERROR(call.gather_parts(window, parts));
  return call.settle_all();
}

Status Communicator::all_to_all(Group group, Window& send_from, std::span<const Range> send,
                                Window& receive_in, std::span<const Range> receive) {
  Call call(*this, Kind::kAllToAll, group, 0, 0);
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check_parts(send_from, send));
  RADDLE_RETURN_IF_ERROR(call.check_parts(receive_in, receive));
  const size_t own = send[call.place()].bytes();
  if (own != receive[call.place()].bytes()) {
    return invalid_argument("all_to_all: rank {} keeps {} bytes and has room for {}", rank(), own,
                            receive[call.place()].bytes());
  }
  if (own > 0) {
    std::memmove(receive_in.address() + receive[call.place()].begin,
                 send_from.address() + send[call.place()].begin, own);
  }
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    return send[place].bytes() == 0 ? Status::ok() : call.offer(peer, send_from, send[place]);
  }));
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    const Range part = receive[place];
    if (part.bytes() == 0) return Status::ok();
    return call.copy(peer, receive_in.address() + part.begin, part.bytes());
  }));
  return call.each_peer([&](size_t place, int32_t peer) {
    return send[place].bytes() == 0 ? Status::ok() : call.settle(peer);
  });
}

Status Communicator::broadcast(Group group, int32_t root, Window& window, Range range) {
  Call call(*this, Kind::kBroadcast, group, static_cast<uint64_t>(root), range.bytes());
  RADDLE_RETURN_IF_ERROR(call.open());
  RADDLE_RETURN_IF_ERROR(call.check(window, range));
  if (root < 0 || root >= size() || is_member_[static_cast<size_t>(root)] == 0) {
    return invalid_argument("broadcast: its root, rank {}, is not in the group", root);
  }
  if (range.bytes() == 0) return Status::ok();
  if (rank() != root) return call.copy(root, window.address() + range.begin, range.bytes());
  RADDLE_RETURN_IF_ERROR(
      call.each_peer([&](size_t, int32_t peer) { return call.offer(peer, window, range); }));
  return call.settle_all();
}

Status Communicator::check_pieces(const Call& call, std::span<const Transfer> pieces) const {
  for (const Transfer& piece : pieces) {
    if (piece.peer < 0 || piece.peer >= size() || piece.peer == rank()) {
      return invalid_argument("exchange: rank {} names rank {}, expected another of {} ranks",
                              rank(), piece.peer, size());
    }
    RADDLE_ASSERT(piece.window != nullptr);
    RADDLE_RETURN_IF_ERROR(call.check(*piece.window, piece.range));
  }
  return Status::ok();
}

Status Communicator::exchange(std::span<const Transfer> send, std::span<const Transfer> receive,
                              uint32_t tag) {
  Call call(*this, Kind::kExchange, {}, tag, 0);
  RADDLE_RETURN_IF_ERROR(call.check_usable());
  RADDLE_RETURN_IF_ERROR(check_pieces(call, send));
  RADDLE_RETURN_IF_ERROR(check_pieces(call, receive));
  // Both sides of a pair count their pieces alike, so both are in the same round with each. Whoever
  // is in the earliest round of all waits for nobody: what it takes is offered, and there is room
  // for what it offers, since the round before the last is taken by all. So nobody waits for ever,
  // whatever goes between whom.
  size_t left = send.size() + receive.size();
  for (uint32_t round = 0; left > 0; ++round) {
    RADDLE_RETURN_IF_ERROR(each_of_round(send, round, [&](const Transfer& piece) {
      --left;
      return call.offer(piece.peer, *piece.window, piece.range);
    }));
    RADDLE_RETURN_IF_ERROR(each_of_round(receive, round, [&](const Transfer& piece) {
      --left;
      return call.copy(piece.peer, piece.window->address() + piece.range.begin,
                       piece.range.bytes());
    }));
  }
  for (const Transfer& piece : send) RADDLE_RETURN_IF_ERROR(call.settle(piece.peer));
  return Status::ok();
}

Status Communicator::post(std::span<const Transfer> send, std::span<const Transfer> receive,
                          uint32_t tag) {
  Call call(*this, Kind::kExchange, {}, tag, 0);
  RADDLE_RETURN_IF_ERROR(call.check_usable());
  RADDLE_RETURN_IF_ERROR(check_pieces(call, send));
  RADDLE_RETURN_IF_ERROR(check_pieces(call, receive));
  for (const Transfer& piece : receive) {
    // What comes next from there is what was posted first.
    if (awaited_[static_cast<size_t>(piece.peer)]++ > 0) continue;
    call.prepare(piece.peer, piece.window->address() + piece.range.begin, piece.range.bytes());
  }
  for (const Transfer& piece : send) {
    RADDLE_RETURN_IF_ERROR(call.offer(piece.peer, *piece.window, piece.range));
  }
  return Status::ok();
}

Status Communicator::collect(std::span<const Transfer> receive, uint32_t tag) {
  Call call(*this, Kind::kExchange, {}, tag, 0);
  RADDLE_RETURN_IF_ERROR(call.check_usable());
  RADDLE_RETURN_IF_ERROR(check_pieces(call, receive));
  for (const Transfer& piece : receive) {
    RADDLE_RETURN_IF_ERROR(
        call.copy(piece.peer, piece.window->address() + piece.range.begin, piece.range.bytes()));
    uint32_t& awaited = awaited_[static_cast<size_t>(piece.peer)];
    RADDLE_ASSERT(awaited > 0);
    --awaited;
  }
  return Status::ok();
}

Status Communicator::settle(std::span<const Transfer> send, uint32_t tag) {
  Call call(*this, Kind::kExchange, {}, tag, 0);
  RADDLE_RETURN_IF_ERROR(call.check_usable());
  RADDLE_RETURN_IF_ERROR(check_pieces(call, send));
  for (const Transfer& piece : send) RADDLE_RETURN_IF_ERROR(call.settle(piece.peer));
  return Status::ok();
}

template <class Do>
Status Communicator::each_of_round(std::span<const Transfer> pieces, uint32_t round, Do action) {
  std::fill(pieces_.begin(), pieces_.end(), 0U);
  for (const Transfer& piece : pieces) {
    const uint32_t number = pieces_[static_cast<size_t>(piece.peer)]++;
    if (number / kRoundPieces == round) RADDLE_RETURN_IF_ERROR(action(piece));
  }
  return Status::ok();
}

Status Communicator::gather(Group group, std::span<const std::byte> mine,
                            std::span<std::byte> all) {
  Call call(*this, Kind::kGather, group, 0, mine.size());
  RADDLE_RETURN_IF_ERROR(call.open());
  if (all.size() != mine.size() * group.size()) {
    return invalid_argument("gather: room for {} bytes, expected {} from each of {} ranks",
                            all.size(), mine.size(), group.size());
  }
  if (mine.empty()) return Status::ok();
  if (letters_ == nullptr || letters_->bytes() < mine.size()) {
    return failed_precondition("gather: {} bytes a rank, and reserve() made room for {}",
                               mine.size(), letters_ == nullptr ? 0 : letters_->bytes());
  }
  std::memcpy(letters_->address(), mine.data(), mine.size());
  std::memcpy(all.data() + call.place() * mine.size(), mine.data(), mine.size());
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t, int32_t peer) {
    return call.offer(peer, *letters_, {0, mine.size()});
  }));
  RADDLE_RETURN_IF_ERROR(call.each_peer([&](size_t place, int32_t peer) {
    return call.copy(peer, all.data() + place * mine.size(), mine.size());
  }));
  return call.settle_all();
}

const Traffic& Communicator::traffic(int32_t peer, Kind kind) const {
  RADDLE_ASSERT(peer >= 0 && peer < size());
  return traffic_[static_cast<size_t>(peer) * kKinds + static_cast<size_t>(kind)];
}

int32_t Communicator::peers_used() const {
  int32_t used = 0;
  for (int32_t peer = 0; peer < size(); ++peer) {
    const auto first = traffic_.begin() + static_cast<int64_t>(peer) * static_cast<int64_t>(kKinds);
    used += std::any_of(first, first + static_cast<int64_t>(kKinds),
                        [](const Traffic& t) { return t.messages > 0 || t.bytes_in > 0; });
  }
  return used;
}

}  // namespace raddle::comm
