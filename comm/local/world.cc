// SPDX-License-Identifier: Apache-2.0
#include "comm/local/world.h"

#include <mutex>

#include "comm/mapped/inbox_memory.h"
#include "comm/mapped/mapped_transport.h"
#include "comm/mapped/mapped_windows.h"
#include "comm/mapped/memory_window.h"

namespace raddle::comm {
namespace {

using Memory = std::shared_ptr<Window>;

// What all ranks have, which lives as long as one of them does.
class Shared {
 public:
  explicit Shared(int32_t size) : windows_(static_cast<size_t>(size)) {
    for (int32_t rank = 0; rank < size; ++rank) inboxes_.emplace_back(rank, size);
  }
  Inbox& inbox(int32_t rank) { return inboxes_[static_cast<size_t>(rank)].get(); }
  void keep(int32_t rank, Memory memory) {
    const std::lock_guard lock(mutex_);
    windows_[static_cast<size_t>(rank)].push_back(std::move(memory));
  }
  Memory window(int32_t rank, uint32_t number) {
    const std::lock_guard lock(mutex_);
    return windows_[static_cast<size_t>(rank)][number];
  }

 private:
  std::vector<InboxMemory> inboxes_;
  std::mutex mutex_;
  std::vector<std::vector<Memory>> windows_;  // by rank and number
};

class Direct final : public PeerMemory {
 public:
  explicit Direct(Memory memory) : memory_(std::move(memory)) {}
  const std::byte* address() const override { return memory_->address(); }

 private:
  const Memory memory_;
};

// A window whose memory others still read when its rank has given it up after an error.
class SharedWindow final : public Window {
 public:
  explicit SharedWindow(Memory memory)
      : Window(memory->number(), memory->address(), memory->bytes()), memory_(std::move(memory)) {}
  int fd() const override { return memory_->fd(); }

 private:
  const Memory memory_;
};

class Threads final : public Peers {
 public:
  Threads(int32_t rank, int32_t size, std::shared_ptr<Shared> shared)
      : rank_(rank), shared_(std::move(shared)), windows_(size) {}
  std::string_view name() const override { return "local"; }
  Inbox& inbox(int32_t rank) override { return shared_->inbox(rank); }
  Lane& lane_at(int32_t rank) override { return shared_->inbox(rank).lane(rank_); }
  StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) override {
    RADDLE_ASSIGN_OR_RETURN(auto own, MemoryWindow::create(number, bytes));
    const Memory memory = std::move(own);
    shared_->keep(rank_, memory);
    return std::unique_ptr<Window>(new SharedWindow(memory));
  }
  Status open_window(int32_t rank, const Offer& window) override {
    windows_.add(rank, std::make_unique<Direct>(shared_->window(rank, window.window)));
    return Status::ok();
  }
  const std::byte* fetch(int32_t rank, const Offer& offer, uint64_t, uint64_t position,
                         size_t bytes, std::byte* into) override {
    return windows_.fetch(rank, offer, position, bytes, into);
  }
  // A thread does not go without a word: its communicator says so when it ends.
  std::optional<std::string> lost(int32_t) override { return std::nullopt; }
  std::string describe(int32_t rank) const override { return fmt::format("rank {}", rank); }

 private:
  int32_t rank_;
  std::shared_ptr<Shared> shared_;
  MappedWindows windows_;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_local_world(int32_t size) {
  RADDLE_ASSERT(size >= 1);
  const auto shared = std::make_shared<Shared>(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (int32_t rank = 0; rank < size; ++rank) {
    auto peers = std::make_unique<Threads>(rank, size, shared);
    world.push_back(std::make_unique<Communicator>(
        std::make_unique<MappedTransport>(rank, size, std::move(peers))));
  }
  return world;
}

}  // namespace raddle::comm
