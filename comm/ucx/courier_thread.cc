// SPDX-License-Identifier: Apache-2.0
// The courier's loop: what it looks for, when it sleeps, and how it ends.
#include <poll.h>
#include <unistd.h>

#include <utility>

#include "comm/ucx/courier.h"
#include "comm/ucx/courier_peer.h"
#include "runtime/base/clock.h"

namespace raddle::comm {
namespace {

constexpr int64_t kMs = 1'000'000;
// UCX queues the failure of a peer without a word to whoever sleeps.
constexpr int64_t kLongestSleepNs = 50 * kMs;
// After this long a sleep is told to others, who may wait for this rank.
constexpr int64_t kSleepIsToldAfterNs = 20 * kMs;
constexpr int64_t kFarewellNs = 2000 * kMs, kLastWordsNs = 50 * kMs, kFlushNs = 500 * kMs,
                  kDrainNs = 100 * kMs;
// Whoever leaves tells all ranks of a world of this size, and in a larger one those it has met.
constexpr int32_t kFewRanks = 64;

void wait_for(int fd, int bell, int64_t ns) {
  pollfd waits[] = {{fd, POLLIN, 0}, {bell, POLLIN, 0}};
  const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
  if (ppoll(waits, 2, &timeout, nullptr) > 0 && waits[1].revents != 0) {
    uint64_t rings = 0;
    [[maybe_unused]] const ssize_t heard = read(bell, &rings, sizeof(rings));
  }
}

}  // namespace

void Courier::run() {
  while (!is_ending_.load() && !has_given_up_) {
    if (!work()) sleep();
  }
  end();
}

bool Courier::work() {
  has_work_.store(false);
  bool has_worked = false;
  for (int i = 0; i < 64 && ucx_.worker_progress(worker_->get()) != 0; ++i) has_worked = true;
  has_worked |= hear();
  has_worked |= begin_fetches();
  const bool is_leaving = own_->state.load(std::memory_order_acquire) == Inbox::kLeft;
  for (const auto& peer : peers_) {
    if (peer == nullptr) continue;
    if (!peer->is_lost.load(std::memory_order_relaxed)) {
      has_worked |= forward(*peer);
      if (is_leaving) forward_farewell(*peer);
    } else if (peer->end != nullptr) {
      close(*peer, true);
    }
  }
  forward_sleep();
  bool is_given_up = false;
  {
    const std::lock_guard lock(mutex_);
    is_given_up = std::exchange(is_given_up_, false);
  }
  if (is_given_up) give_up();
  return has_worked;
}

void Courier::sleep() {
  if (has_work_.load()) return;
  if (ucx_.worker_arm(worker_->get()) != UCS_OK) return;  // there is something to do
  const bool is_sleep_to_be_told = sleep_seen_ != 0 && !is_sleep_told_;
  wait_for(worker_->fd(), bell_, is_sleep_to_be_told ? kSleepIsToldAfterNs / 4 : kLongestSleepNs);
}

// What the transport has written into the image of a peer since. A peer that sees an offer has seen
// all that was released before it, so what is offered is looked at first and sent last.
bool Courier::forward(Peer& peer) {
  bool has_sent = false;
  const uint64_t offered = peer.lane.posted.load(std::memory_order_acquire);
  const uint64_t released = peer.lane.released.load(std::memory_order_acquire);
  if (released != peer.releases_sent) {
    Message message;
    message.type = Message::kRelease;
    message.number = peer.releases_sent = released;
    send_message(peer, message, nullptr, 0);
    has_sent = true;
  }
  for (; peer.offers_sent < offered; ++peer.offers_sent, has_sent = true) {
    send_offer(peer, peer.offers_sent);
  }
  return has_sent;
}

// To those it has met: one of them may wait for this rank.
void Courier::forward_sleep() {
  const uint64_t word = own_->sleep.load(std::memory_order_acquire);
  const int64_t now = now_ns();
  const bool is_new = word != sleep_seen_;
  if (is_new) {
    sleep_since_ns_ = now;
    sleep_seen_ = word;
  }
  const bool is_over = is_new && is_sleep_told_;
  const bool is_long =
      !is_new && !is_sleep_told_ && word != 0 && now - sleep_since_ns_ >= kSleepIsToldAfterNs;
  if (is_new) is_sleep_told_ = false;
  if (!is_over && !is_long) return;
  is_sleep_told_ = is_long;
  for (const auto& peer : peers_) {
    if (peer == nullptr || peer->end == nullptr || peer->is_lost.load()) continue;
    Message message;
    message.type = Message::kSleep;
    message.number = is_long ? word : 0;
    send_message(*peer, message, nullptr, 0);
  }
}

void Courier::forward_farewell(Peer& peer) {
  if (peer.is_farewell_sent || (peer.end == nullptr && size_ > kFewRanks)) return;
  peer.is_farewell_sent = true;
  Message message;
  message.type = Message::kFarewell;
  send_message(peer, message, own_->farewell, strnlen(own_->farewell, sizeof(own_->farewell)));
}

// After an error: whatever is under way ends now, and so does all that this rank has with others.
void Courier::give_up() {
  static constexpr std::string_view kWhy = "it has given up what was under way";
  for (const auto& peer : peers_) {
    if (peer == nullptr || peer->end == nullptr || peer->is_farewell_sent) continue;
    peer->is_farewell_sent = true;
    Message message;
    message.type = Message::kFarewell;
    send_message(*peer, message, kWhy.data(), kWhy.size());
  }
  const int64_t until = now_ns() + kLastWordsNs;
  while (now_ns() < until) {
    if (ucx_.worker_progress(worker_->get()) == 0) wait_for(worker_->fd(), bell_, kMs);
  }
  has_given_up_ = true;
}

bool Courier::is_farewell_heard() const {
  for (const auto& peer : peers_) {
    if (peer == nullptr || !peer->is_farewell_sent || peer->is_lost.load()) continue;
    if (!peer->has_heard_farewell && peer->image.state.load() != Inbox::kLeft) return false;
  }
  return true;
}

void Courier::end() {
  const int64_t until = now_ns() + (has_given_up_ ? 0 : kFarewellNs);
  do {
    if (!work() && !is_farewell_heard()) wait_for(worker_->fd(), bell_, kMs);
  } while (!is_farewell_heard() && now_ns() < until);
  const bool by_force = has_given_up_ || !is_farewell_heard();
  for (const auto& peer : peers_) {
    if (peer != nullptr) close(*peer, by_force || peer->is_lost.load());
  }
  for (const auto& peer : peers_) {
    if (peer != nullptr) lose(*peer, "was left");
  }
  // UCX aborts a process that destroys a worker with a transfer that has not ended, and some of
  // those with a peer that was killed never do. Such a worker stays: nobody works with it any more,
  // so it reads and writes nothing.
  if (!is_drained()) static_cast<void>(worker_.release());
  worker_.reset();
  const std::lock_guard lock(mutex_);
  asked_.clear();
  under_way_ = 0;
  has_ended_ = true;
  changed_.notify_all();
}

bool Courier::is_drained() {
  const int64_t until = now_ns() + kDrainNs;
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (under_way_ == 0 && letters_.size() * kLaneSlots == free_letters_.size()) return true;
    }
    if (now_ns() >= until) return false;
    if (ucx_.worker_progress(worker_->get()) == 0) wait_for(worker_->fd(), bell_, kMs);
  }
}

bool Courier::connect(Peer& peer) {
  if (peer.is_lost.load(std::memory_order_relaxed)) return false;
  if (peer.end != nullptr) return true;
  ucp_ep_params_t params = {};
  params.field_mask = UCP_EP_PARAM_FIELD_REMOTE_ADDRESS | UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE |
                      UCP_EP_PARAM_FIELD_ERR_HANDLER;
  params.address = reinterpret_cast<const ucp_address_t*>(peer.address.data());
  params.err_mode = UCP_ERR_HANDLING_MODE_PEER;
  params.err_handler = {on_error, &peer};
  const ucs_status_t status = ucx_.ep_create(worker_->get(), &params, &peer.end);
  if (status == UCS_OK) return true;
  peer.end = nullptr;
  lose(peer, fmt::format("cannot be reached: {}", text_of(status)));
  return false;
}

// Nothing is closed here: UCX may be in the midst of telling.
void Courier::lose(Peer& peer, const std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (peer.is_lost.load(std::memory_order_relaxed)) return;
    peer.why = why;
    peer.is_lost.store(true, std::memory_order_release);
  }
  comm::ring(*own_);
}

void Courier::on_error(void* peer, ucp_ep_h, ucs_status_t status) {
  Peer& lost = *static_cast<Peer*>(peer);
  lost.owner.lose_at(lost, status);
}

void Courier::close(Peer& peer, bool by_force) {
  if (ucp_ep_h end = std::exchange(peer.end, nullptr)) {
    ucp_request_param_t param = {};
    param.op_attr_mask = UCP_OP_ATTR_FIELD_FLAGS;
    param.flags = by_force ? UCP_EP_CLOSE_FLAG_FORCE : 0;
    void* request = ucx_.ep_close_nbx(end, &param);
    const int64_t until = now_ns() + kFlushNs;
    while (UCS_PTR_IS_PTR(request) && ucx_.request_check_status(request) == UCS_INPROGRESS &&
           now_ns() < until) {
      if (ucx_.worker_progress(worker_->get()) == 0) wait_for(worker_->fd(), bell_, kMs);
    }
    if (UCS_PTR_IS_PTR(request)) ucx_.request_free(request);
  }
  // A receive that nothing was sent for ends only when it is cancelled.
  const std::vector<void*> requests = peer.fetch.requests;
  for (void* request : requests) ucx_.request_cancel(worker_->get(), request);
}

void Courier::count_under_way(int64_t more) {
  const std::lock_guard lock(mutex_);
  under_way_ += more;
  if (under_way_ == 0) changed_.notify_all();
}

}  // namespace raddle::comm
