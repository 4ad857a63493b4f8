// SPDX-License-Identifier: Apache-2.0
// One rank as a process, which does what it is told, line by line:
//   comm_rank RANK SIZE BYTES [USER]
// with what the environment's COMM_RANK_TRANSPORT names between them, shm or ucx.
// It says its address, reads those of all, and says "ready"; then "ok" or what went wrong to each
// of
//   loop          collectives of all kinds until one fails
//   step          each kind once
//   window        makes one more
//   deadline NS   of every wait
//   quit          ends in peace; _exit: without a word
//   drop          gives up the communicator: says how many of its memory files are left
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "comm/ucx/world.h"

namespace raddle::comm {
namespace {

std::string read_line() {
  std::string line;
  for (int c = std::getchar(); c != EOF && c != '\n'; c = std::getchar()) {
    line.push_back(static_cast<char>(c));
  }
  return line;
}
void say(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}
void say(const Status& status) {
  say(status.is_ok() ? "ok"
                     : fmt::format("{} of scope {}: {}", code_name(status.code()),
                                   scope_name(status.scope()), status.message()));
}
int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Memory files that this process has open or mapped.
size_t memory_files() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    count +=
        std::filesystem::read_symlink(entry, error).string().find("raddle-") != std::string::npos;
  }
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    count += line.find("memfd:raddle-") != std::string::npos;
  }
  return count;
}

struct Rank {
  std::unique_ptr<Communicator> comm;
  std::unique_ptr<Window> window, other;

  Status open(int32_t rank, int32_t size, size_t bytes);
  Status step();
};

// Each says where it is, and reads where all are.
template <class Endpoint, class Connect>
StatusOr<std::unique_ptr<Communicator>> meet(int32_t rank, int32_t size, Connect connect) {
  RADDLE_ASSIGN_OR_RETURN(auto endpoint, Endpoint::open(rank, size));
  say(endpoint->address());
  std::vector<std::string> addresses;
  for (int32_t i = 0; i < size; ++i) addresses.push_back(read_line());
  return connect(std::move(endpoint), addresses);
}

Status Rank::open(int32_t rank, int32_t size, size_t bytes) {
  const char* transport = std::getenv("COMM_RANK_TRANSPORT");
  if (transport != nullptr && std::string_view(transport) == "ucx") {
    RADDLE_ASSIGN_OR_RETURN(comm, meet<UcxEndpoint>(rank, size, connect_ucx));
  } else {
    RADDLE_ASSIGN_OR_RETURN(comm, meet<ShmEndpoint>(rank, size, connect_shm));
  }
  RADDLE_RETURN_IF_ERROR(comm->reserve(64));
  RADDLE_ASSIGN_OR_RETURN(window, comm->make_window(bytes));
  RADDLE_ASSIGN_OR_RETURN(other, comm->make_window(bytes));
  return Status::ok();
}

Status Rank::step() {
  const Group world = comm->world();
  const size_t part = window->bytes() / 64 / world.size() * 64;
  std::vector<Range> parts;
  std::vector<Transfer> out, in;
  for (const int32_t peer : world) {
    const size_t at = static_cast<size_t>(peer) * part;
    parts.push_back({at, at + part});
    if (peer == comm->rank()) continue;
    out.insert(out.end(), 100, {peer, window.get(), {0, 4096}});
    in.insert(in.end(), 100, {peer, other.get(), {0, 4096}});
  }
  RADDLE_RETURN_IF_ERROR(comm->all_reduce(world, Element::kF32, *window, {0, window->bytes()}));
  RADDLE_RETURN_IF_ERROR(comm->reduce_scatter(world, Element::kBF16, *window, parts));
  RADDLE_RETURN_IF_ERROR(comm->all_gather(world, *window, parts));
  RADDLE_RETURN_IF_ERROR(comm->all_to_all(world, *window, parts, *other, parts));
  RADDLE_RETURN_IF_ERROR(comm->broadcast(world, world.back(), *window, {0, part}));
  RADDLE_RETURN_IF_ERROR(comm->exchange(out, in, 1));
  std::vector<std::byte> mine(64), everybodys(64 * world.size());
  RADDLE_RETURN_IF_ERROR(comm->gather(world, mine, everybodys));
  return comm->barrier(world);
}

// False: there is nothing more to do.
bool obey(Rank& rank, const std::string& line) {
  const std::string verb = line.substr(0, line.find(' '));
  Status status;
  if (verb == "loop") {
    while (status.is_ok()) status = rank.step();
  } else if (verb == "step") {
    status = rank.step();
  } else if (verb == "window") {
    status = rank.comm->make_window(4096).status();
  } else if (verb == "deadline") {
    rank.comm->set_deadline(number_of(line.substr(verb.size() + 1)));
  } else if (verb == "drop") {
    rank = Rank{};
    say(fmt::format("{} left", memory_files()));
    return true;
  } else if (verb == "_exit") {
    _exit(0);
  } else {
    return false;
  }
  if (!status.is_ok()) rank.comm->leave(status);
  say(status);
  return true;
}

int run(int argc, char** argv) {
  if (argc < 4) return 2;
  if (argc > 4 && setuid(static_cast<uid_t>(number_of(argv[4]))) != 0) return 2;
  Rank rank;
  const Status status =
      rank.open(static_cast<int32_t>(number_of(argv[1])), static_cast<int32_t>(number_of(argv[2])),
                static_cast<size_t>(number_of(argv[3])));
  if (!status.is_ok() && rank.comm != nullptr) rank.comm->leave(status);
  if (status.is_ok()) {
    say("ready");
  } else {
    say(status);
  }
  while (obey(rank, read_line())) {
  }
  return 0;
}

}  // namespace
}  // namespace raddle::comm

int main(int argc, char** argv) { return raddle::comm::run(argc, argv); }
