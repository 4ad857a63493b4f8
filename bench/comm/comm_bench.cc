// SPDX-License-Identifier: Apache-2.0
// Collectives between processes of this host, in turns with what their parts cost alone: copying,
// adding, and an exchange of the same bytes between the same processes.
//   comm_bench [RANKS [ROUNDS [MIB [shm|ucx]]]]
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstring>
#include <ctime>
#include <functional>
#include <new>
#include <string>
#include <vector>

#include "comm/ucx/world.h"
#include "runtime/base/clock.h"

namespace {

namespace comm = raddle::comm;
using comm::Element;
using comm::Range;
using raddle::Status;

constexpr int32_t kMaxRanks = 16;
constexpr size_t kMaxRounds = 101;
constexpr int kSmallTurns = 1000;

int64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

struct Cost {
  double wall_ms, cpu_ms;
};
// What is measured, in the order of a round.
enum What { kCopy, kAdd, kExchange, kAllReduce, kAllReduceBf16, kGather, kBarrier, kWhats };
constexpr const char* kNames[kWhats] = {
    "memcpy", "FP32 add", "exchange", "all_reduce F32", "all_reduce BF16", "gather 8 B", "barrier"};

// What the processes of a bench tell each other, in memory that they all have.
struct Board {
  char address[kMaxRanks][1024];
  std::atomic<int32_t> addresses;
  double first_step_ms[kMaxRanks];
  Cost costs[kMaxRanks][kMaxRounds][kWhats];
};

struct Settings {
  int32_t ranks = 2;
  size_t rounds = 21;
  size_t bytes = size_t{64} << 20;
  std::string transport = "shm";
};

// A failed bench has no figures: the others see that this process has gone.
void require(const Status& status) {
  if (status.is_ok()) return;
  fmt::print(stderr, "{}\n", status.to_string());
  _exit(1);
}
template <class T>
T require(raddle::StatusOr<T> result) {
  require(result.status());
  return std::move(*result);
}

// Each rank says where it is, and reads where all are.
template <class Endpoint, class Connect>
std::unique_ptr<comm::Communicator> meet(Board& board, int32_t rank, int32_t ranks,
                                         Connect connect) {
  auto endpoint = require(Endpoint::open(rank, ranks));
  const std::string address = endpoint->address();
  if (address.size() >= sizeof(board.address[rank])) {
    require(raddle::internal_error("an address of {} bytes", address.size()));
  }
  std::memcpy(board.address[rank], address.c_str(), address.size() + 1);
  ++board.addresses;
  while (board.addresses.load() < ranks) usleep(1000);
  std::vector<std::string> addresses;
  for (int32_t i = 0; i < ranks; ++i) addresses.emplace_back(board.address[i]);
  return require(connect(std::move(endpoint), addresses));
}

class Rank {
 public:
  Rank(Board& board, int32_t rank, const Settings& settings);
  void run();

 private:
  Cost measure(const std::function<void()>& work);
  void round(Cost* costs);
  void exchange();

  Board& board_;
  int32_t rank_;
  Settings settings_;
  std::unique_ptr<comm::Communicator> comm_;
  std::unique_ptr<comm::Window> window_, other_;
  std::vector<float> from_, to_;
};

Rank::Rank(Board& board, int32_t rank, const Settings& settings)
    : board_(board), rank_(rank), settings_(settings) {
  comm_ = settings.transport == "ucx"
              ? meet<comm::UcxEndpoint>(board, rank, settings.ranks, comm::connect_ucx)
              : meet<comm::ShmEndpoint>(board, rank, settings.ranks, comm::connect_shm);
  comm_->set_deadline(int64_t{60} * 1'000'000'000);
  require(comm_->reserve(8));
  window_ = require(comm_->make_window(settings.bytes));
  other_ = require(comm_->make_window(2 * settings.bytes));
  auto* values = reinterpret_cast<float*>(window_->address());
  for (size_t i = 0; i < settings.bytes / 4; ++i) values[i] = 1e-6F * static_cast<float>(i % 977);
  from_.assign(settings.bytes / 4, 1.0F);
  to_.assign(settings.bytes / 4, 0.0F);
}

// All begin together, and what one waits for the others counts as its wall time.
Cost Rank::measure(const std::function<void()>& work) {
  require(comm_->barrier(comm_->world()));
  const int64_t cpu = cpu_ns(), wall = raddle::now_ns();
  work();
  return {static_cast<double>(raddle::now_ns() - wall) * 1e-6,
          static_cast<double>(cpu_ns() - cpu) * 1e-6};
}

// As many bytes between each two ranks as in an all_reduce.
void Rank::exchange() {
  const size_t part = settings_.bytes / static_cast<size_t>(settings_.ranks) / 64 * 64;
  std::vector<comm::Transfer> send, receive;
  size_t place = 0;
  for (int32_t peer = 0; peer < settings_.ranks; ++peer) {
    if (peer == rank_) continue;
    for (size_t half = 0; half < 2; ++half) {
      send.push_back({peer, window_.get(), {0, part}});
      receive.push_back({peer, other_.get(), {place, place + part}});
      place += part;
    }
  }
  require(comm_->exchange(send, receive, 0));
}

void Rank::round(Cost* costs) {
  const comm::Group world = comm_->world();
  costs[kCopy] = measure([&] { std::memcpy(to_.data(), from_.data(), settings_.bytes); });
  costs[kAdd] = measure([&] {
    for (size_t i = 0; i < to_.size(); ++i) to_[i] += from_[i];
  });
  costs[kExchange] = measure([&] { exchange(); });
  costs[kAllReduce] = measure([&] {
    require(comm_->all_reduce(world, Element::kF32, *window_, {0, settings_.bytes}));
  });
  costs[kAllReduceBf16] = measure([&] {
    require(comm_->all_reduce(world, Element::kBF16, *other_, {0, settings_.bytes}));
  });
  std::vector<std::byte> mine(8), everybodys(8 * world.size());
  costs[kGather] = measure([&] {
    for (int i = 0; i < kSmallTurns; ++i) require(comm_->gather(world, mine, everybodys));
  });
  costs[kBarrier] = measure([&] {
    for (int i = 0; i < kSmallTurns; ++i) require(comm_->barrier(world));
  });
}

void Rank::run() {
  Cost first[kWhats];
  board_.first_step_ms[rank_] =
      measure([&] {
        require(comm_->all_reduce(comm_->world(), Element::kF32, *window_, {0, settings_.bytes}));
      }).wall_ms;
  round(first);
  for (size_t i = 0; i < settings_.rounds; ++i) round(board_.costs[rank_][i]);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// Of all rounds and ranks.
Cost median_cost(const Board& board, const Settings& settings, What what) {
  std::vector<double> walls, cpus;
  for (int32_t rank = 0; rank < settings.ranks; ++rank) {
    for (size_t i = 0; i < settings.rounds; ++i) {
      walls.push_back(board.costs[rank][i][what].wall_ms);
      cpus.push_back(board.costs[rank][i][what].cpu_ms);
    }
  }
  return {median(walls), median(cpus)};
}

void report(const Board& board, const Settings& settings) {
  const double mib = static_cast<double>(settings.bytes) / 1048576;
  fmt::print("{}: {} ranks, {} rounds, {} MiB; medians of ranks and rounds\n", settings.transport,
             settings.ranks, settings.rounds, mib);
  fmt::print("{:16} {:>10} {:>14}\n", "", "wall ms", "CPU ms a rank");
  for (int what = 0; what < kWhats; ++what) {
    const Cost cost = median_cost(board, settings, static_cast<What>(what));
    if (what == kGather || what == kBarrier) {
      fmt::print("{:16} {:>8.1f}us {:>12.1f}us\n", kNames[what], cost.wall_ms / kSmallTurns * 1e3,
                 cost.cpu_ms / kSmallTurns * 1e3);
    } else {
      fmt::print("{:16} {:>10.2f} {:>14.2f}\n", kNames[what], cost.wall_ms, cost.cpu_ms);
    }
  }
  const Cost copy = median_cost(board, settings, kCopy), add = median_cost(board, settings, kAdd),
             exchange = median_cost(board, settings, kExchange),
             reduce = median_cost(board, settings, kAllReduce);
  const double gb = static_cast<double>(settings.bytes) * 1e-9;
  fmt::print("memcpy {:.1f} GB/s, add {:.1f} GB/s of the bytes of one operand\n",
             gb / copy.cpu_ms * 1e3, gb / add.cpu_ms * 1e3);
  // The sums alone: each rank adds its part of every peer's.
  const double sums = add.cpu_ms * (settings.ranks - 1) / settings.ranks;
  fmt::print("exchange / (all_reduce - sums): {:.0f} % by CPU; first all_reduce {:.1f} ms wall\n",
             100 * exchange.cpu_ms / (reduce.cpu_ms - sums),
             *std::max_element(board.first_step_ms, board.first_step_ms + settings.ranks));
}

Settings settings_of(int argc, char** argv) {
  Settings settings;
  size_t numbers[3] = {2, 21, 64};
  for (int i = 1; i < std::min(argc, 4); ++i) {
    std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), numbers[i - 1]);
  }
  settings.ranks = static_cast<int32_t>(std::clamp(numbers[0], size_t{1}, size_t{kMaxRanks}));
  settings.rounds = std::clamp(numbers[1], size_t{1}, kMaxRounds);
  settings.bytes = std::clamp(numbers[2], size_t{1}, size_t{1024}) << 20;
  if (argc > 4) settings.transport = argv[4];
  if (settings.transport != "shm" && settings.transport != "ucx") {
    require(raddle::invalid_argument("'{}' is no transport, expected shm or ucx", argv[4]));
  }
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  const Settings settings = settings_of(argc, argv);
  void* memory =
      mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  auto* board = new (memory) Board{};
  for (int32_t rank = 0; rank < settings.ranks; ++rank) {
    if (fork() != 0) continue;
    Rank(*board, rank, settings).run();
    _exit(0);
  }
  bool is_ok = true;
  for (int32_t rank = 0; rank < settings.ranks; ++rank) {
    int status = 0;
    wait(&status);
    is_ok &= status == 0;
  }
  if (!is_ok) return 1;
  report(*board, settings);
  return 0;
}
