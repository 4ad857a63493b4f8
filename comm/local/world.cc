// SPDX-License-Identifier: Apache-2.0
#include "comm/local/world.h"

#include <new>

#include "comm/mapped/mapped_transport.h"

namespace raddle::comm {
namespace {

// The inboxes of all, which live as long as one rank does.
class Inboxes {
 public:
  explicit Inboxes(int32_t size) {
    for (int32_t rank = 0; rank < size; ++rank) {
      blocks_.emplace_back(inbox_bytes(size) / sizeof(Line) + 1);
      begin_inbox(of(rank), rank, size);
    }
  }
  Inbox& of(int32_t rank) {
    return *reinterpret_cast<Inbox*>(blocks_[static_cast<size_t>(rank)].data());
  }

 private:
  struct alignas(64) Line {
    std::byte bytes[64] = {};
  };
  std::vector<std::vector<Line>> blocks_;
};

class Direct final : public PeerMemory {
 public:
  explicit Direct(const std::byte* address) : address_(address) {}
  const std::byte* address() const override { return address_; }

 private:
  const std::byte* address_;
};

class Threads final : public Peers {
 public:
  explicit Threads(std::shared_ptr<Inboxes> inboxes) : inboxes_(std::move(inboxes)) {}
  std::string_view name() const override { return "local"; }
  Inbox& inbox(int32_t rank) override { return inboxes_->of(rank); }
  StatusOr<std::unique_ptr<PeerMemory>> map(int32_t, const Offer& window) override {
    return std::unique_ptr<PeerMemory>(
        new Direct(reinterpret_cast<const std::byte*>(static_cast<uintptr_t>(window.address))));
  }
  // A thread does not go without a word: its communicator says so when it ends.
  std::optional<std::string> lost(int32_t) override { return std::nullopt; }
  std::string describe(int32_t rank) const override { return fmt::format("rank {}", rank); }

 private:
  std::shared_ptr<Inboxes> inboxes_;
};

}  // namespace

std::vector<std::unique_ptr<Communicator>> make_local_world(int32_t size) {
  RADDLE_ASSERT(size >= 1);
  const auto inboxes = std::make_shared<Inboxes>(size);
  std::vector<std::unique_ptr<Communicator>> world;
  for (int32_t rank = 0; rank < size; ++rank) {
    auto peers = std::make_unique<Threads>(inboxes);
    world.push_back(std::make_unique<Communicator>(
        std::make_unique<MappedTransport>(rank, size, std::move(peers))));
  }
  return world;
}

}  // namespace raddle::comm
