// SPDX-License-Identifier: Apache-2.0
#include "comm/ucx/world.h"

#include <utility>
#include <vector>

#include "comm/mapped/inbox_memory.h"
#include "comm/mapped/mapped_transport.h"
#include "comm/mapped/memory_window.h"
#include "comm/ucx/courier.h"
#include "comm/ucx/message.h"

namespace raddle::comm {
namespace {

class Endpoint final : public UcxEndpoint {
 public:
  explicit Endpoint(std::unique_ptr<Courier> c) : courier(std::move(c)) {}
  std::string address() const override { return courier->address(); }

  std::unique_ptr<Courier> courier;
};

// A window that far peers fetch from. Its memory stays until nothing of it is under way.
class FarWindow final : public Window {
 public:
  FarWindow(std::unique_ptr<Window> memory, std::shared_ptr<Courier> courier)
      : Window(memory->number(), memory->address(), memory->bytes()),
        memory_(std::move(memory)),
        courier_(std::move(courier)) {
    courier_->add_window(*this);
  }
  ~FarWindow() override { courier_->remove_window(number()); }
  int fd() const override { return memory_->fd(); }

 private:
  const std::unique_ptr<Window> memory_;
  const std::shared_ptr<Courier> courier_;
};

// Peers of any host.
class Hosts final : public Peers {
 public:
  // Without `near`, all are far.
  Hosts(std::shared_ptr<Courier> courier, std::unique_ptr<Peers> near)
      : courier_(std::move(courier)),
        near_(std::move(near)),
        own_(courier_->rank(), near_ == nullptr ? courier_->size() : 0) {}
  // Windows may keep the courier longer than that.
  ~Hosts() override { courier_->stop(); }

  std::string_view name() const override { return near_ == nullptr ? "ucx" : "shm+ucx"; }
  Inbox& inbox(int32_t rank) override {
    if (is_far(rank)) return courier_->image(rank);
    return near_ == nullptr ? own_.get() : near_->inbox(rank);
  }
  Lane& lane_at(int32_t rank) override {
    return is_far(rank) ? courier_->lane_at(rank) : near_->lane_at(rank);
  }
  void ring(int32_t rank) override {
    if (is_far(rank)) {
      courier_->ring();
    } else {
      comm::ring(inbox(rank));
    }
  }
  StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) override {
    RADDLE_ASSIGN_OR_RETURN(auto memory, near_ == nullptr ? MemoryWindow::create(number, bytes)
                                                          : near_->make_window(number, bytes));
    return std::unique_ptr<Window>(new FarWindow(std::move(memory), courier_));
  }
  Status open_window(int32_t rank, const Offer& window) override {
    return is_far(rank) ? Status::ok() : near_->open_window(rank, window);
  }
  bool is_far(int32_t rank) const override { return courier_->is_far(rank); }
  const std::byte* fetch(int32_t rank, const Offer& offer, uint64_t number, uint64_t position,
                         size_t bytes, std::byte* into) override {
    if (is_far(rank)) return courier_->fetch(rank, offer, number, position, bytes, into);
    return near_->fetch(rank, offer, number, position, bytes, into);
  }
  bool has_come(int32_t rank) const override { return !is_far(rank) || courier_->has_come(rank); }
  // What is shorter comes with its offer.
  bool can_expect(uint64_t bytes) const override { return bytes > kLetterBytes; }
  std::optional<std::string> lost(int32_t rank) override {
    return is_far(rank) ? courier_->lost(rank) : near_->lost(rank);
  }
  std::string describe(int32_t rank) const override {
    if (is_far(rank)) return courier_->describe(rank);
    return near_ == nullptr ? fmt::format("rank {}", rank) : near_->describe(rank);
  }
  Status begin(std::span<const std::string> addresses) {
    return courier_->begin(inbox(courier_->rank()), addresses);
  }

 private:
  std::shared_ptr<Courier> courier_;
  std::unique_ptr<Peers> near_;
  InboxMemory own_;
};

Status check_count(std::span<const std::string> addresses, int32_t size) {
  if (addresses.size() == static_cast<size_t>(size)) return Status::ok();
  return invalid_argument("{} addresses for a world of {} ranks", addresses.size(), size);
}

StatusOr<std::unique_ptr<Communicator>> connect(std::shared_ptr<Courier> courier,
                                                std::unique_ptr<Peers> near,
                                                std::span<const std::string> far_addresses) {
  const int32_t rank = courier->rank(), size = courier->size();
  auto peers = std::make_unique<Hosts>(std::move(courier), std::move(near));
  RADDLE_RETURN_IF_ERROR(peers->begin(far_addresses));
  return std::make_unique<Communicator>(
      std::make_unique<MappedTransport>(rank, size, std::move(peers)));
}

}  // namespace

StatusOr<std::unique_ptr<UcxEndpoint>> UcxEndpoint::open(int32_t rank, int32_t size) {
  RADDLE_ASSIGN_OR_RETURN(auto courier, Courier::open(rank, size));
  return std::unique_ptr<UcxEndpoint>(new Endpoint(std::move(courier)));
}

StatusOr<std::unique_ptr<Communicator>> connect_ucx(std::unique_ptr<UcxEndpoint> endpoint,
                                                    std::span<const std::string> addresses) {
  RADDLE_ASSERT(endpoint != nullptr);
  auto& own = static_cast<Endpoint&>(*endpoint);
  RADDLE_RETURN_IF_ERROR(check_count(addresses, own.courier->size()));
  return connect(std::move(own.courier), nullptr, addresses);
}

StatusOr<std::unique_ptr<Communicator>> connect_hosts(std::unique_ptr<UcxEndpoint> endpoint,
                                                      std::span<const std::string> addresses,
                                                      std::unique_ptr<ShmEndpoint> near,
                                                      std::span<const std::string> near_addresses) {
  RADDLE_ASSERT(endpoint != nullptr && near != nullptr);
  auto& own = static_cast<Endpoint&>(*endpoint);
  RADDLE_RETURN_IF_ERROR(check_count(addresses, own.courier->size()));
  RADDLE_RETURN_IF_ERROR(check_count(near_addresses, own.courier->size()));
  std::vector<std::string> of_far(addresses.begin(), addresses.end()),
      of_near(near_addresses.begin(), near_addresses.end());
  for (size_t rank = 0; rank < of_far.size(); ++rank) {
    (near->is_near(of_near[rank]) ? of_far : of_near)[rank].clear();
  }
  RADDLE_ASSIGN_OR_RETURN(auto processes, meet_processes(std::move(near), of_near));
  return connect(std::move(own.courier), std::move(processes), of_far);
}

}  // namespace raddle::comm
