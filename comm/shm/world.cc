// SPDX-License-Identifier: Apache-2.0
#include "comm/shm/world.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <vector>

#include "comm/mapped/mapped_transport.h"
#include "comm/mapped/mapped_windows.h"
#include "comm/mapped/memory_window.h"
#include "comm/shm/foreign_process.h"

namespace raddle::comm {
namespace {

// Which run of which kernel this is: processes with the same one share memory.
StatusOr<std::string> boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  if (file >> id) return id;
  return io_error("/proc/sys/kernel/random/boot_id cannot be read, so hosts cannot be told apart");
}

// In which the numbers of processes are meant, as its file's number.
StatusOr<uint64_t> pid_namespace() {
  struct stat about {};
  if (stat("/proc/self/ns/pid", &about) == 0) return static_cast<uint64_t>(about.st_ino);
  return io_error("/proc/self/ns/pid cannot be read, so processes cannot be told apart: {}",
                  std::strerror(errno));
}

struct Address {
  std::string boot;
  uint64_t pid_namespace = 0;
  int64_t pid = 0;
  int fd = -1;
  uint64_t nonce = 0;  // also in the memory: a process that has another's number has not this one
};
std::string to_text(const Address& a) {
  return fmt::format("shm1/{}/{}/{}/{}/{:x}", a.boot, a.pid_namespace, a.pid, a.fd, a.nonce);
}
StatusOr<Address> parse_address(const std::string& text, int32_t rank) {
  Address a;
  char boot[64] = {};
  long long pid = 0;
  int fd = -1, end = 0;
  unsigned long long space = 0, nonce = 0;
  const int found = std::sscanf(text.c_str(), "shm1/%63[0-9a-f-]/%llu/%lld/%d/%llx%n", boot, &space,
                                &pid, &fd, &nonce, &end);
  if (found == 5 && static_cast<size_t>(end) == text.size() && pid > 0 && fd >= 0) {
    a.boot = boot;
    a.pid_namespace = space;
    a.pid = pid;
    a.fd = fd;
    a.nonce = nonce;
    return a;
  }
  return data_loss("rank {}: '{}' is no address of shared memory", rank, text);
}

class Endpoint final : public ShmEndpoint {
 public:
  Endpoint(int32_t r, int32_t n, Address a, std::unique_ptr<Mapping> inbox)
      : rank(r), size(n), self(std::move(a)), memory(std::move(inbox)) {}
  ~Endpoint() override { close(self.fd); }
  std::string address() const override { return to_text(self); }
  bool is_near(const std::string& text) const override {
    const auto other = parse_address(text, -1);
    return other.is_ok() && other->boot == self.boot && other->pid_namespace == self.pid_namespace;
  }

  const int32_t rank, size;
  const Address self;
  const std::unique_ptr<Mapping> memory;  // the inbox
};

Inbox& as_inbox(Mapping& memory) { return *reinterpret_cast<Inbox*>(memory.data()); }

class Processes final : public Peers {
 public:
  explicit Processes(std::unique_ptr<Endpoint> own)
      : own_(std::move(own)), others_(static_cast<size_t>(own_->size)), windows_(own_->size) {}
  Status meet(int32_t rank, const Address& address);

  std::string_view name() const override { return "shm"; }
  Inbox& inbox(int32_t rank) override {
    return as_inbox(rank == own_->rank ? *own_->memory : *other(rank).inbox);
  }
  Lane& lane_at(int32_t rank) override { return inbox(rank).lane(own_->rank); }
  StatusOr<std::unique_ptr<Window>> make_window(uint32_t number, size_t bytes) override {
    return MemoryWindow::create(number, bytes);
  }
  // It is there for as long as the mapping, whatever becomes of the peer.
  Status open_window(int32_t rank, const Offer& window) override {
    RADDLE_ASSIGN_OR_RETURN(
        auto memory, other(rank).process->map(window.fd, static_cast<size_t>(window.end), false));
    windows_.add(rank, std::move(memory));
    return Status::ok();
  }
  const std::byte* fetch(int32_t rank, const Offer& offer, uint64_t, uint64_t position,
                         size_t bytes, std::byte* into) override {
    return windows_.fetch(rank, offer, position, bytes, into);
  }
  std::optional<std::string> lost(int32_t rank) override {
    if (!other(rank).process->has_ended()) return std::nullopt;
    return "has ended without a word";
  }
  std::string describe(int32_t rank) const override {
    const auto& process = others_[static_cast<size_t>(rank)].process;
    return process == nullptr ? fmt::format("rank {}", rank)
                              : fmt::format("rank {} (process {})", rank, process->pid());
  }

 private:
  struct Other {
    std::unique_ptr<ForeignProcess> process;
    std::unique_ptr<Mapping> inbox;
  };
  Other& other(int32_t rank) { return others_[static_cast<size_t>(rank)]; }

  std::unique_ptr<Endpoint> own_;
  std::vector<Other> others_;
  MappedWindows windows_;
};

Status Processes::meet(int32_t rank, const Address& address) {
  const auto refuse = [&](std::string_view why) {
    return unavailable("rank {} (process {}) cannot be reached through shared memory: {}", rank,
                       address.pid, why)
        .with_scope(Scope::kPeer);
  };
  if (address.boot != own_->self.boot) return refuse("it is on another host");
  if (address.pid_namespace != own_->self.pid_namespace) {
    return refuse("it is in another PID namespace, as of another container");
  }
  auto process = ForeignProcess::open(address.pid);
  if (!process.is_ok()) return refuse(process.status().message());
  auto memory = (*process)->map(address.fd, inbox_bytes(own_->size) + sizeof(uint64_t), true);
  if ((*process)->has_ended()) return refuse("it has ended");
  if (!memory.is_ok()) return refuse(memory.status().message());
  const Inbox& inbox = as_inbox(**memory);
  uint64_t nonce = 0;
  std::memcpy(&nonce, (*memory)->data() + inbox_bytes(own_->size), sizeof(nonce));
  if (inbox.magic != Inbox::kMagic || inbox.rank != rank || inbox.size != own_->size ||
      nonce != address.nonce) {
    return refuse("it has ended, and its number is that of another process");
  }
  other(rank).process = std::move(*process);
  other(rank).inbox = std::move(*memory);
  return Status::ok();
}

}  // namespace

StatusOr<std::unique_ptr<ShmEndpoint>> ShmEndpoint::open(int32_t rank, int32_t size) {
  if (size < 1 || rank < 0 || rank >= size) {
    return invalid_argument("rank {} of a world of {} ranks", rank, size);
  }
  Address self;
  RADDLE_ASSIGN_OR_RETURN(self.boot, boot_id());
  RADDLE_ASSIGN_OR_RETURN(self.pid_namespace, pid_namespace());
  if (getrandom(&self.nonce, sizeof(self.nonce), 0) != sizeof(self.nonce)) {
    return io_error("the system gives no random number to tell processes apart by");
  }
  self.pid = getpid();
  const size_t bytes = inbox_bytes(size) + sizeof(uint64_t);
  RADDLE_ASSIGN_OR_RETURN(self.fd, make_memory_file("raddle-inbox", bytes));
  auto memory = Mapping::of(self.fd, bytes, true);
  if (!memory.is_ok()) {
    close(self.fd);
    return memory.status();
  }
  begin_inbox(as_inbox(**memory), rank, size);
  std::memcpy((*memory)->data() + inbox_bytes(size), &self.nonce, sizeof(self.nonce));
  return std::unique_ptr<ShmEndpoint>(
      new Endpoint(rank, size, std::move(self), std::move(*memory)));
}

StatusOr<std::unique_ptr<Peers>> meet_processes(std::unique_ptr<ShmEndpoint> endpoint,
                                                std::span<const std::string> addresses) {
  RADDLE_ASSERT(endpoint != nullptr);
  std::unique_ptr<Endpoint> own(static_cast<Endpoint*>(endpoint.release()));
  const int32_t rank = own->rank, size = own->size;
  if (addresses.size() != static_cast<size_t>(size)) {
    return invalid_argument("{} addresses for a world of {} ranks", addresses.size(), size);
  }
  auto peers = std::make_unique<Processes>(std::move(own));
  for (int32_t peer = 0; peer < size; ++peer) {
    if (peer == rank || addresses[static_cast<size_t>(peer)].empty()) continue;
    RADDLE_ASSIGN_OR_RETURN(const Address address,
                            parse_address(addresses[static_cast<size_t>(peer)], peer));
    RADDLE_RETURN_IF_ERROR(peers->meet(peer, address));
  }
  return std::unique_ptr<Peers>(std::move(peers));
}

StatusOr<std::unique_ptr<Communicator>> connect_shm(std::unique_ptr<ShmEndpoint> endpoint,
                                                    std::span<const std::string> addresses) {
  RADDLE_ASSERT(endpoint != nullptr);
  const auto& own = static_cast<const Endpoint&>(*endpoint);
  const int32_t rank = own.rank, size = own.size;
  for (size_t peer = 0; peer < addresses.size(); ++peer) {
    if (addresses[peer].empty()) return data_loss("rank {} has no address of shared memory", peer);
  }
  RADDLE_ASSIGN_OR_RETURN(auto peers, meet_processes(std::move(endpoint), addresses));
  return std::make_unique<Communicator>(
      std::make_unique<MappedTransport>(rank, size, std::move(peers)));
}

}  // namespace raddle::comm
