// SPDX-License-Identifier: Apache-2.0
#include "comm/mapped/mapped_transport.h"

#include <algorithm>
#include <cstring>

#include "comm/mapped/memory_window.h"
#include "runtime/base/clock.h"

namespace raddle::comm {
namespace {

// How long a wait looks before it sleeps: about as long as waking up takes. Ranks that look longer
// take the cores of those that they wait for.
constexpr int kLooks = 256;
// How long it sleeps before it asks whether the peer still lives.
constexpr int64_t kNapNs = 20'000'000;
// Until somebody who has measured a step says otherwise.
constexpr int64_t kFirstDeadlineNs = int64_t{1800} * 1'000'000'000;

void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

MappedTransport::MappedTransport(int32_t rank, int32_t size, std::unique_ptr<Peers> peers)
    : Transport(rank, size),
      peers_(std::move(peers)),
      links_(static_cast<size_t>(size)),
      deadline_ns_(kFirstDeadlineNs) {}

MappedTransport::~MappedTransport() { leave(Status::ok()); }

template <class Condition>
Status MappedTransport::wait(int32_t peer, Operation operation, Condition is_met) {
  for (int look = 0; look < kLooks; ++look) {
    if (is_met()) return Status::ok();
    pause_briefly();
  }
  Inbox& own = peers_->inbox(rank());
  const int64_t begin = now_ns();
  for (;;) {
    const uint32_t heard = own.bell.load(std::memory_order_seq_cst);
    if (is_met()) return Status::ok();
    const Status status = look_after(peer, operation, now_ns() - begin);
    // What a peer did before it went still counts.
    if (!status.is_ok()) return is_met() ? Status::ok() : status;
    listen(own, heard, kNapNs);
  }
}

// Whether waiting for a peer is still worth while.
Status MappedTransport::look_after(int32_t peer, Operation operation, int64_t waited_ns) {
  if (is_aborted_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(mutex_);
    Status status = abort_reason_;
    return std::move(status).with_context(
        fmt::format("{} with {}", kind_name(operation.kind), peers_->describe(peer)));
  }
  Inbox& inbox = peers_->inbox(peer);
  const auto gone = [&](const std::string& how) {
    return unavailable("{}: {} {}", kind_name(operation.kind), peers_->describe(peer), how)
        .with_scope(Scope::kPeer);
  };
  if (inbox.state.load(std::memory_order_acquire) == Inbox::kLeft) {
    const std::string_view how(inbox.farewell, strnlen(inbox.farewell, sizeof(inbox.farewell)));
    return gone(how.empty() ? "has left: its work is done" : fmt::format("has left: {}", how));
  }
  if (const std::optional<std::string> how = peers_->lost(peer)) return gone(*how);
  if (waited_ns < deadline_ns_) return Status::ok();
  return gone(fmt::format("has not come within {} s, the last resort of this wait",
                          deadline_ns_ / 1'000'000'000));
}

Status MappedTransport::post(int32_t to, const Offer& offer) {
  if (is_aborted_.load(std::memory_order_acquire)) return look_after(to, offer.operation, 0);
  Link& here = link(to);
  if (here.offered - lane_of(to).released.load(std::memory_order_acquire) >= kLaneSlots) {
    return invalid_argument("{}: more than {} pieces at once for rank {}",
                            kind_name(offer.operation.kind), kLaneSlots, to);
  }
  Inbox& inbox = peers_->inbox(to);
  Lane& lane = inbox.lane(rank());
  lane.ring[here.offered % kLaneSlots] = offer;
  lane.posted.store(++here.offered, std::memory_order_release);
  ring(inbox);
  return Status::ok();
}

Status MappedTransport::offer(int32_t to, Operation operation, const Window& window, Range range) {
  Offer offer;
  offer.operation = operation;
  offer.window = window.number();
  offer.begin = range.begin;
  offer.end = range.end;
  return post(to, offer);
}

// Waits for it and sees that it is what is expected.
Status MappedTransport::next_offer(int32_t from, Operation operation) {
  Link& here = link(from);
  RADDLE_ASSERT(!here.is_open);
  Lane& lane = lane_of(from);
  RADDLE_RETURN_IF_ERROR(wait(
      from, operation, [&] { return lane.posted.load(std::memory_order_acquire) > here.taken; }));
  here.offer = lane.ring[here.taken % kLaneSlots];
  here.position = 0;
  here.is_open = true;
  if (here.offer.operation == operation) return Status::ok();
  const auto kind = static_cast<size_t>(here.offer.operation.kind);
  return failed_precondition(
             "rank {} is in {} where {} is in {}: not all ranks run the same program on the same "
             "mesh",
             rank(), kind_name(operation.kind), peers_->describe(from),
             kind >= kKinds                                ? "an operation that is unknown here"
             : here.offer.operation.kind == operation.kind ? "one of another group or element"
                                                           : kind_name(here.offer.operation.kind))
      .with_scope(Scope::kGroup);
}

StatusOr<const std::byte*> MappedTransport::take(int32_t from, Operation operation, size_t bytes) {
  Link& here = link(from);
  if (!here.is_open) RADDLE_RETURN_IF_ERROR(next_offer(from, operation));
  const Offer& offer = here.offer;
  const bool is_whole = offer.window < here.windows.size() && offer.begin <= offer.end;
  if (!is_whole || bytes > offer.end - offer.begin - here.position) {
    return failed_precondition("{}: {} offers {} bytes where rank {} expects {} more at byte {}",
                               kind_name(operation.kind), peers_->describe(from),
                               offer.end - offer.begin, rank(), bytes, here.position)
        .with_scope(Scope::kGroup);
  }
  const std::byte* values = here.windows[offer.window]->address() + offer.begin + here.position;
  here.position += bytes;
  return values;
}

Status MappedTransport::release(int32_t from, Operation operation) {
  Link& here = link(from);
  RADDLE_ASSERT(here.is_open);
  const uint64_t bytes = here.offer.end - here.offer.begin;
  if (here.position != bytes) {
    return failed_precondition("{}: {} offers {} bytes where rank {} takes {}",
                               kind_name(operation.kind), peers_->describe(from), bytes, rank(),
                               here.position)
        .with_scope(Scope::kGroup);
  }
  here.is_open = false;
  ++here.taken;
  Inbox& inbox = peers_->inbox(from);
  inbox.lane(rank()).released.store(here.taken, std::memory_order_release);
  ring(inbox);
  return Status::ok();
}

Status MappedTransport::settle(int32_t to, Operation operation) {
  const uint64_t offered = link(to).offered;
  Lane& lane = lane_of(to);
  return wait(to, operation,
              [&] { return lane.released.load(std::memory_order_acquire) >= offered; });
}

StatusOr<std::unique_ptr<Window>> MappedTransport::make_window(size_t bytes) {
  if (bytes == 0) return invalid_argument("make_window: a window has at least one byte");
  RADDLE_ASSIGN_OR_RETURN(auto window, MemoryWindow::create(windows_made_, bytes));
  const Operation operation{Kind::kMakeWindow, 0};
  Offer offer;
  offer.operation = operation;
  offer.window = windows_made_++;
  offer.fd = window->fd();
  offer.end = bytes;
  offer.address = reinterpret_cast<uintptr_t>(window->address());
  for (int32_t peer = 0; peer < size(); ++peer) {
    if (peer != rank()) RADDLE_RETURN_IF_ERROR(post(peer, offer));
  }
  RADDLE_RETURN_IF_ERROR(map_all(bytes, operation));
  for (int32_t peer = 0; peer < size(); ++peer) {
    if (peer != rank()) RADDLE_RETURN_IF_ERROR(settle(peer, operation));
  }
  return std::unique_ptr<Window>(std::move(window));
}

Status MappedTransport::map_all(size_t bytes, Operation operation) {
  for (int32_t peer = 0; peer < size(); ++peer) {
    Link& here = link(peer);
    if (peer == rank()) continue;
    RADDLE_RETURN_IF_ERROR(next_offer(peer, operation));
    RADDLE_ASSERT(here.offer.window == here.windows.size());
    if (here.offer.end != bytes) {
      return invalid_argument("make_window: {} wants {} bytes and rank {} wants {}",
                              peers_->describe(peer), here.offer.end, rank(), bytes);
    }
    RADDLE_ASSIGN_OR_RETURN(auto memory, peers_->map(peer, here.offer));
    here.windows.push_back(std::move(memory));
    here.position = bytes;
    RADDLE_RETURN_IF_ERROR(release(peer, operation));
  }
  return Status::ok();
}

void MappedTransport::abort(const Status& why) {
  RADDLE_ASSERT(!why.is_ok());
  {
    const std::lock_guard lock(mutex_);
    if (!abort_reason_.is_ok()) return;
    abort_reason_ = why;
  }
  is_aborted_.store(true, std::memory_order_release);
  ring(peers_->inbox(rank()));
}

void MappedTransport::leave(const Status& how) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(has_left_, true)) return;
  Inbox& own = peers_->inbox(rank());
  if (!how.is_ok()) {
    const std::string text = how.to_string();
    const size_t count = std::min(text.size(), sizeof(own.farewell) - 1);
    std::memcpy(own.farewell, text.data(), count);
  }
  own.state.store(Inbox::kLeft, std::memory_order_release);
  for (int32_t peer = 0; peer < size(); ++peer) {
    if (peer != rank()) ring(peers_->inbox(peer));
  }
}

}  // namespace raddle::comm
