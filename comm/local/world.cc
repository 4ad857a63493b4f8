// SPDX-License-Identifier: Apache-2.0
#include "comm/local/world.h"

#include <mutex>

#include "comm/mapped/mapped_transport.h"
#include "comm/mapped/memory_window.h"

namespace raddle::comm {
namespace {

using Memory = std::shared_ptr<Window>;

// What all ranks have, which lives as long as one of them does.
class Shared {
 public:
  explicit Shared(int32_t size) : windows_(static_cast<size_t>(size)) {
    for (int32_t rank = 0; rank < size; ++rank) {
      blocks_.emplace_back(inbox_bytes(size) / sizeof(Line) + 1);
      begin_inbox(inbox(rank), rank, size);
    }
  }
  Inbox& inbox(int32_t rank) {
    return *reinterpret_cast<Inbox*>(blocks_[static_cast<size_t>(rank)].data());
  }
  void keep(int32_t rank, Memory memory) {
    const std::lock_guard lock(mutex_);
    windows_[static_cast<size_t>(rank)].push_back(std::move(memory));
  }
  Memory window(int32_t rank, uint32_t number) {
    const std::lock_guard lock(mutex_);
    return windows_[static_cast<size_t>(rank)][number];
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<std::vector<Line>> blocks_;
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
  Threads(int32_t rank, std::shared_ptr<Shared> shared) : rank_(rank), shared_(std::move(shared)) {}
  std::string_view name() const override { return "local"; }
  Inbox& inbox(int32_t rank) override { return shared_->inbox(rank); }
  StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) override {
    RADDLE_ASSIGN_OR_RETURN(auto own, MemoryWindow::create(number, bytes));
    const Memory memory = std::move(own);
    shared_->keep(rank_, memory);
    return std::unique_ptr<Window>(new SharedWindow(memory));
  }
  StatusOr<std::unique_ptr<PeerMemory>> map(int32_t rank, const Offer& window) override {
    return std::unique_ptr<PeerMemory>(new Direct(shared_->window(rank, window.window)));
  }
  // A thread does not go without a word: its communicator says so when it ends.
  std::optional<std::string> lost(int32_t) override { return std::nullopt; }
  std::string describe(int32_t rank) const override { return fmt::format("rank {}", rank); }

 private:
  int32_t rank_;
  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_local_world(int32_t size) {
  RADDLE_ASSERT(size >= 1);
  const auto shared = std::make_shared<Shared>(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (int32_t rank = 0; rank < size; ++rank) {
    auto peers = std::make_unique<Threads>(rank, shared);
    world.push_back(std::make_unique<Communicator>(
        std::make_unique<MappedTransport>(rank, size, std::move(peers))));
  }
  return world;
}

}  // namespace raddle::comm
