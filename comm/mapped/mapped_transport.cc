// SPDX-License-Identifier: Apache-2.0
#include "comm/mapped/mapped_transport.h"

#include <algorithm>
#include <cstring>

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
      take_most_(SIZE_MAX),
      deadline_ns_(kFirstDeadlineNs) {
  for (int32_t peer = 0; peer < size; ++peer) {
    if (peer != rank && peers_->is_far(peer)) take_most_ = kSliceBytes;
  }
}

MappedTransport::~MappedTransport() { leave(Status::ok()); }

template <class Condition>
Status MappedTransport::wait(int32_t peer, Operation operation, For what, Condition is_met) {
  for (int look = 0; look < kLooks; ++look) {
    if (is_met()) return Status::ok();
    pause_briefly();
  }
  Inbox& own = peers_->inbox(rank());
  own.sleep.store(pack({true, what == For::kOffer, operation.kind, peer}),
                  std::memory_order_release);
  const int64_t begin = now_ns();
  Status status;
  for (;;) {
    const uint32_t heard = own.bell.load(std::memory_order_seq_cst);
    if (is_met()) break;
    status = look_after(peer, operation, now_ns() - begin);
    if (!status.is_ok()) break;
    listen(own, heard, kNapNs);
  }
  own.sleep.store(0, std::memory_order_release);
  // What a peer did before it went still counts.
  return status.is_ok() || is_met() ? Status::ok() : status;
}

// Each has taken all that the other has offered, and sleeps until there is more. In this order:
// what is released tells that no earlier sleep is seen, and the sleep that nothing was offered
// before it.
bool MappedTransport::waits_for_each_other(int32_t peer) {
  const Link& here = link(peer);
  const Lane& lane = lane_of(peer);
  if (here.is_open || lane.released.load(std::memory_order_acquire) != here.offered) return false;
  const Sleep sleep = unpack(peers_->inbox(peer).sleep.load(std::memory_order_acquire));
  return sleep.is_asleep && sleep.for_offer && sleep.peer == rank() &&
         lane.posted.load(std::memory_order_acquire) == here.taken;
}

std::string MappedTransport::what_it_does(int32_t peer) {
  const Sleep sleep = unpack(peers_->inbox(peer).sleep.load(std::memory_order_acquire));
  if (!sleep.is_asleep) return "it waits for nobody";
  const auto kind = std::min(static_cast<size_t>(sleep.kind), kKinds - 1);
  return fmt::format("it waits for rank {} in {}", sleep.peer, kind_name(static_cast<Kind>(kind)));
}

Status MappedTransport::aborted(int32_t peer, Operation operation) {
  const std::lock_guard lock(mutex_);
  Status status = abort_reason_;
  return std::move(status).with_context(
      fmt::format("{} with {}", operation_text(operation), peers_->describe(peer)));
}

Status MappedTransport::agree(int32_t peer, Operation here, Operation there) const {
  if (here == there) return Status::ok();
  const bool looks_alike = here.kind == there.kind && here.bytes == there.bytes;
  return failed_precondition(
             "rank {} is in {} where {} is in {}: not all ranks run the same program on the same "
             "mesh",
             rank(), operation_text(here), peers_->describe(peer),
             looks_alike ? "one of another group, element, cut, root or tag"
                         : operation_text(there))
      .with_scope(Scope::kGroup);
}

// Whether waiting for a peer is still worth while.
Status MappedTransport::look_after(int32_t peer, Operation operation, int64_t waited_ns) {
  if (is_aborted_.load(std::memory_order_acquire)) return aborted(peer, operation);
  // What a peer has offered and nobody has taken is of the same operation, since neither goes on
  // to the next before all of the last is taken.
  const Link& here = link(peer);
  const Lane& lane = lane_of(peer);
  if (!here.is_open && lane.posted.load(std::memory_order_acquire) > here.taken) {
    RADDLE_RETURN_IF_ERROR(agree(peer, operation, lane.ring[here.taken % kLaneSlots].operation));
  }
  Inbox& inbox = peers_->inbox(peer);
  const auto gone = [&](const std::string& how) {
    return unavailable("{}: {} {}", operation_text(operation), peers_->describe(peer), how)
        .with_scope(Scope::kPeer);
  };
  if (inbox.state.load(std::memory_order_acquire) == Inbox::kLeft) {
    const std::string_view how(inbox.farewell, strnlen(inbox.farewell, sizeof(inbox.farewell)));
    return gone(how.empty() ? "has left: its work is done" : fmt::format("has left: {}", how));
  }
  if (const std::optional<std::string> how = peers_->lost(peer)) return gone(*how);
  if (waits_for_each_other(peer)) {
    return failed_precondition(
               "rank {} in {} and {} wait for each other, and neither offers anything; {}: not all "
               "ranks run the same program on the same mesh",
               rank(), operation_text(operation), peers_->describe(peer), what_it_does(peer))
        .with_scope(Scope::kGroup);
  }
  const int64_t deadline_ns = deadline_ns_.load(std::memory_order_relaxed);
  if (waited_ns < deadline_ns) return Status::ok();
  return gone(fmt::format("has not come within {:.3g} s, the last resort of this wait; {}",
                          static_cast<double>(deadline_ns) * 1e-9, what_it_does(peer)));
}

Status MappedTransport::post(int32_t to, const Offer& offer) {
  if (is_aborted_.load(std::memory_order_acquire)) return aborted(to, offer.operation);
  Link& here = link(to);
  const Lane& own = lane_of(to);
  RADDLE_RETURN_IF_ERROR(wait(to, offer.operation, For::kRelease, [&] {
    return here.offered - own.released.load(std::memory_order_acquire) < kLaneSlots;
  }));
  Lane& lane = peers_->lane_at(to);
  lane.ring[here.offered % kLaneSlots] = offer;
  lane.posted.store(++here.offered, std::memory_order_release);
  peers_->ring(to);
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
  RADDLE_RETURN_IF_ERROR(wait(from, operation, For::kOffer, [&] {
    return lane.posted.load(std::memory_order_acquire) > here.taken;
  }));
  here.offer = lane.ring[here.taken % kLaneSlots];
  here.position = 0;
  here.is_open = true;
  return agree(from, operation, here.offer.operation);
}

// Whether so much more can be taken of the offer that is open.
Status MappedTransport::check_room(int32_t from, Operation operation, size_t bytes) const {
  const Link& here = link(from);
  const Offer& offer = here.offer;
  const uint64_t offered = offer.end - offer.begin;
  if (offered > 0 && (offer.window >= window_bytes_.size() || offer.begin > offer.end ||
                      offer.end > window_bytes_[offer.window])) {
    return data_loss("{}: {} offers bytes {} to {} of window {}, of which rank {} knows nothing",
                     operation_text(operation), peers_->describe(from), offer.begin, offer.end,
                     offer.window, rank())
        .with_scope(Scope::kPeer);
  }
  if (bytes > offered - here.position) {
    return failed_precondition("{}: {} offers {} bytes where rank {} expects {} more at byte {}",
                               operation_text(operation), peers_->describe(from), offered, rank(),
                               bytes, here.position)
        .with_scope(Scope::kGroup);
  }
  return Status::ok();
}

// Whether the offer that is open has as many bytes as this rank takes of it.
Status MappedTransport::check_whole(int32_t from, Operation operation, uint64_t taken) const {
  const Link& here = link(from);
  const uint64_t offered = here.offer.end - here.offer.begin;
  if (taken == offered) return Status::ok();
  return failed_precondition("{}: {} offers {} bytes where rank {} takes {}",
                             operation_text(operation), peers_->describe(from), offered, rank(),
                             taken)
      .with_scope(Scope::kGroup);
}

void MappedTransport::begin_fetch(int32_t from, const Offer& offer, size_t bytes, std::byte* into) {
  Link& here = link(from);
  here.coming = peers_->fetch(from, offer, here.taken, here.position, bytes, into);
  here.coming_bytes = bytes;
  here.coming_whole = offer.end - offer.begin;
}

void MappedTransport::prepare(int32_t from, Operation operation, size_t whole, size_t bytes,
                              std::byte* into) {
  Link& here = link(from);
  RADDLE_ASSERT(bytes <= whole);
  if (bytes == 0 || here.coming_bytes > 0 || !peers_->is_far(from)) return;
  if (!here.is_open && lane_of(from).posted.load(std::memory_order_acquire) > here.taken) {
    // What does not fit is told by take().
    if (!next_offer(from, operation).is_ok()) {
      here.is_open = false;
      return;
    }
  }
  if (here.is_open) {
    if (check_room(from, operation, bytes).is_ok()) begin_fetch(from, here.offer, bytes, into);
  } else if (peers_->can_expect(whole)) {
    here.position = 0;
    Offer expected;
    expected.end = whole;
    begin_fetch(from, expected, bytes, into);
  }
}

StatusOr<const std::byte*> MappedTransport::take(int32_t from, Operation operation, size_t bytes,
                                                 std::byte* into) {
  Link& here = link(from);
  if (!here.is_open) RADDLE_RETURN_IF_ERROR(next_offer(from, operation));
  RADDLE_RETURN_IF_ERROR(check_room(from, operation, bytes));
  if (bytes == 0) return static_cast<const std::byte*>(nullptr);
  if (here.coming_bytes == 0) begin_fetch(from, here.offer, bytes, into);
  RADDLE_ASSERT(here.coming_bytes == bytes);
  // Otherwise what is waited for is not what was prepared for.
  RADDLE_RETURN_IF_ERROR(check_whole(from, operation, here.coming_whole));
  RADDLE_RETURN_IF_ERROR(
      wait(from, operation, For::kOffer, [&] { return peers_->has_come(from); }));
  here.coming_bytes = 0;
  here.position += bytes;
  return here.coming;
}

Status MappedTransport::release(int32_t from, Operation operation) {
  Link& here = link(from);
  RADDLE_ASSERT(here.is_open);
  RADDLE_RETURN_IF_ERROR(check_whole(from, operation, here.position));
  here.is_open = false;
  ++here.taken;
  peers_->lane_at(from).released.store(here.taken, std::memory_order_release);
  peers_->ring(from);
  return Status::ok();
}

Status MappedTransport::settle(int32_t to, Operation operation) {
  const uint64_t offered = link(to).offered;
  Lane& lane = lane_of(to);
  return wait(to, operation, For::kRelease,
              [&] { return lane.released.load(std::memory_order_acquire) >= offered; });
}

StatusOr<std::unique_ptr<Window>> MappedTransport::make_window(size_t bytes) {
  if (bytes == 0) return invalid_argument("make_window: a window has at least one byte");
  const auto number = static_cast<uint32_t>(window_bytes_.size());
  RADDLE_ASSIGN_OR_RETURN(auto window, peers_->make_window(number, bytes));
  window_bytes_.push_back(bytes);
  const Operation operation{Kind::kMakeWindow, 0, 0};
  Offer offer;
  offer.operation = operation;
  offer.window = number;
  offer.fd = window->fd();
  offer.end = bytes;
  for (int32_t peer = 0; peer < size(); ++peer) {
    if (peer != rank()) RADDLE_RETURN_IF_ERROR(post(peer, offer));
  }
  RADDLE_RETURN_IF_ERROR(open_all(bytes, operation));
  for (int32_t peer = 0; peer < size(); ++peer) {
    if (peer != rank()) RADDLE_RETURN_IF_ERROR(settle(peer, operation));
  }
  return window;
}

Status MappedTransport::open_all(size_t bytes, Operation operation) {
  for (int32_t peer = 0; peer < size(); ++peer) {
    Link& here = link(peer);
    if (peer == rank()) continue;
    RADDLE_RETURN_IF_ERROR(next_offer(peer, operation));
    RADDLE_ASSERT(here.offer.window + 1 == window_bytes_.size());
    if (here.offer.end != bytes) {
      return invalid_argument("make_window: {} wants {} bytes and rank {} wants {}",
                              peers_->describe(peer), here.offer.end, rank(), bytes);
    }
    Status opened = peers_->open_window(peer, here.offer);
    // A peer that gives its window up again has failed, and will say why.
    if (opened.code() == Code::kNotFound) {
      return wait(peer, operation, For::kRelease, [] { return false; });
    }
    if (!opened.is_ok()) {
      return std::move(opened)
          .with_context(fmt::format("make_window: {}", peers_->describe(peer)))
          .with_scope(Scope::kPeer);
    }
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
  peers_->ring(rank());
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
    if (peer != rank()) peers_->ring(peer);
  }
}

}  // namespace raddle::comm
