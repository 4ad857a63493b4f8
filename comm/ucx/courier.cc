// SPDX-License-Identifier: Apache-2.0
// What the transport's thread calls. The courier's own work is in courier_thread.cc, and what comes
// and goes there in courier_incoming.cc and courier_outgoing.cc.
#include "comm/ucx/courier.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "comm/mapped/peers.h"
#include "comm/ucx/courier_peer.h"

namespace raddle::comm {
namespace {

// How long what was sent and released may still be on its way to be known as such here.
constexpr std::chrono::milliseconds kEcho(500);

std::string to_hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

// Empty: it is none.
std::string from_hex(std::string_view text) {
  std::string bytes;
  if (text.size() % 2 != 0) return bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    unsigned value = 0;
    int end = 0;
    const std::string pair(text.substr(i, 2));
    if (std::sscanf(pair.c_str(), "%2x%n", &value, &end) != 1 || end != 2) return {};
    bytes += static_cast<char>(value);
  }
  return bytes;
}

}  // namespace

Courier::Courier(int32_t rank, int32_t size, uint64_t nonce, std::unique_ptr<UcxWorker> worker)
    : rank_(rank),
      size_(size),
      nonce_(nonce),
      worker_(std::move(worker)),
      ucx_(worker_->ucx()),
      peers_(static_cast<size_t>(size)),
      incoming_(kMessageBytes) {}

StatusOr<std::unique_ptr<Courier>> Courier::open(int32_t rank, int32_t size) {
  if (size < 1 || rank < 0 || rank >= size || size >= 1 << 20) {
    return invalid_argument("rank {} of a world of {} ranks", rank, size);
  }
  uint64_t nonce = 0;
  if (getrandom(&nonce, sizeof(nonce), 0) != sizeof(nonce)) {
    return io_error("the system gives no random number to tell ranks apart by");
  }
  RADDLE_ASSIGN_OR_RETURN(auto worker, UcxWorker::open());
  std::unique_ptr<Courier> courier(new Courier(rank, size, nonce, std::move(worker)));
  courier->bell_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (courier->bell_ < 0) return io_error("eventfd: {}", std::strerror(errno));
  return courier;
}

Courier::~Courier() {
  stop();
  if (bell_ >= 0) ::close(bell_);
}

void Courier::stop() {
  if (!thread_.joinable()) return;
  is_ending_.store(true);
  ring();
  thread_.join();
}

std::string Courier::address() const {
  return fmt::format("ucx1/{:x}/{}/{}", nonce_, getpid(), to_hex(worker_->address()));
}

Status Courier::add_peer(int32_t rank, const std::string& address) {
  unsigned long long nonce = 0;
  long long pid = 0;
  int end = 0;
  auto peer = std::make_unique<Peer>(*this, rank);
  if (std::sscanf(address.c_str(), "ucx1/%llx/%lld/%n", &nonce, &pid, &end) == 2 && end > 0) {
    peer->address = from_hex(std::string_view(address).substr(static_cast<size_t>(end)));
  }
  if (peer->address.empty()) {
    return data_loss("rank {}: '{}' is no address of UCX", rank, address);
  }
  peer->nonce = nonce;
  peer->pid = pid;
  peers_[static_cast<size_t>(rank)] = std::move(peer);
  return Status::ok();
}

Status Courier::begin(Inbox& own, std::span<const std::string> addresses) {
  RADDLE_ASSERT(addresses.size() == static_cast<size_t>(size_));
  own_ = &own;
  asked_.reserve(peers_.size());
  beginning_.reserve(peers_.size());
  for (int32_t rank = 0; rank < size_; ++rank) {
    const std::string& address = addresses[static_cast<size_t>(rank)];
    if (rank != rank_ && !address.empty()) RADDLE_RETURN_IF_ERROR(add_peer(rank, address));
  }
  // The program's signals are for its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return Status::ok();
}

Inbox& Courier::image(int32_t peer) { return peer_at(peer)->image; }
Lane& Courier::lane_at(int32_t peer) { return peer_at(peer)->lane; }

void Courier::ring() {
  if (has_work_.exchange(true)) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(bell_, &one, sizeof(one));
}

void Courier::add_window(const Window& window) {
  const std::lock_guard lock(mutex_);
  RADDLE_ASSERT(window.number() == windows_.size());
  windows_.push_back(window.address());
}

void Courier::remove_window(uint32_t number) {
  std::unique_lock lock(mutex_);
  windows_[number] = nullptr;
  const auto is_idle = [&] { return has_ended_ || (under_way_ == 0 && asked_.empty()); };
  if (changed_.wait_for(lock, kEcho, is_idle)) return;
  // Something has failed, and values may still come or go.
  is_given_up_ = true;
  lock.unlock();
  ring();
  lock.lock();
  changed_.wait(lock, is_idle);
}

const std::byte* Courier::fetch(int32_t rank, const Offer& offer, uint64_t number,
                                uint64_t position, size_t bytes, std::byte* into) {
  Peer& peer = *peer_at(rank);
  if (offer.end - offer.begin <= kLetterBytes) {
    const std::byte* values = peer.letters.data() + number % kLaneSlots * kLetterBytes + position;
    if (into == nullptr) return values;
    std::memcpy(into, values, bytes);
    return into;
  }
  RADDLE_ASSERT(position % kSliceBytes == 0 && (into != nullptr || bytes <= kSliceBytes));
  if (into == nullptr) {
    std::vector<std::byte>& staging = peer.staging[peer.turn];
    peer.turn = 1 - peer.turn;
    staging.resize(kSliceBytes);
    into = staging.data();
  }
  peer.fetch.offer = number;
  peer.fetch.position = position;
  peer.fetch.to = into;
  peer.fetch.bytes = bytes;
  peer.fetch.has_come.store(false, std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(&peer);
  }
  ring();
  return into;
}

bool Courier::has_come(int32_t rank) const {
  return peer_at(rank)->fetch.has_come.load(std::memory_order_acquire);
}

std::optional<std::string> Courier::lost(int32_t rank) const {
  const Peer& peer = *peer_at(rank);
  if (!peer.is_lost.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return peer.why;
}

std::string Courier::describe(int32_t rank) const {
  return fmt::format("rank {} (process {})", rank, peer_at(rank)->pid);
}

}  // namespace raddle::comm
