// SPDX-License-Identifier: Apache-2.0
// raddle launch: the ranks of a job on this machine, as processes. Where an engine starts one
// process a node, it starts the ranks of that node.
#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/output.h"
#include "cli/rank_watch.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

constexpr int64_t kMostRanks = 1024;

// Where rank 0 is found: a socket that listens already, so that nobody can take the port between
// its choice and its use.
class Coordinator {
 public:
  Coordinator() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(address);
    if (fd_ < 0 || bind(fd_, reinterpret_cast<sockaddr*>(&address), bytes) != 0 ||
        listen(fd_, SOMAXCONN) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
      throw Failure(kExitSystem, "cannot listen on the loopback device for the ranks");
    }
    where_ = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  }
  ~Coordinator() { close(fd_); }
  Coordinator(const Coordinator&) = delete;
  Coordinator& operator=(const Coordinator&) = delete;
  int fd() const { return fd_; }
  const std::string& where() const { return where_; }

 private:
  int fd_;
  std::string where_;
};

std::string make_secret() {
  unsigned char bytes[32];
  if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
    throw Failure(kExitSystem, "the system gives no random numbers");
  }
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

int64_t usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  return sched_getaffinity(0, sizeof(cores), &cores) == 0 ? std::max(CPU_COUNT(&cores), 1) : 1;
}

// The ranks of this machine among those of the job.
struct Part {
  int64_t here = 1;             // ranks to start
  int64_t node = 0, nodes = 1;  // launchers of the job, of which this is one
  std::string coordinator;      // "": one of this machine's own
};

Part part_of(const Context& context, const Parsed& parsed) {
  Text text;
  check(raddle_world_place_json(context.get(), text.out()));
  const nlohmann::ordered_json place = parse_json(text.get());
  Part part;
  part.here = place["ranks_to_start"];
  // A launcher inside of a rank of ours begins a job of its own.
  if (place["source"] != "raddle") {
    part.node = place["rank"].get<int64_t>() / part.here;
    part.nodes = place["size"].get<int64_t>() / part.here;
    if (part.nodes > 1) part.coordinator = place["coordinator"];
  }
  if (part.nodes > 1 && part.coordinator.empty()) {
    throw Failure(kExitConfig,
                  fmt::format("{} says that this is one of {} nodes, but not where rank 0 is: set "
                              "RADDLE_COORDINATOR=HOST:PORT, the same on all nodes",
                              place["source"].get<std::string>(), part.nodes));
  }
  if (parsed.has("n")) {
    part.here = parsed.number("n");
  } else if (part.here == 1) {
    throw Failure(kExitUsage, "how many ranks? say -n N");
  }
  if (part.here < 1 || part.here > kMostRanks) {
    throw Failure(kExitUsage, fmt::format("-n is {}, expected 1 to {}", part.here, kMostRanks));
  }
  return part;
}

RankCommand command_of(std::span<char* const> words) {
  if (words.empty()) {
    throw Failure(kExitUsage, "what shall the ranks run? raddle launch -n N -- train RECIPE ...");
  }
  RankCommand command;
  const bool is_program = std::string_view(words[0]).find('/') != std::string_view::npos;
  if (is_program) command.program = words[0];
  for (char* const word : words.subspan(is_program ? 1 : 0)) command.words.emplace_back(word);
  return command;
}

// The threads of all ranks together are as many as there are cores, unless somebody says otherwise.
void add_threads(const Parsed& parsed, const Part& part, RankCommand* command) {
  constexpr const char* kVariable = "RADDLE_RUNTIME_THREADS";
  if (parsed.has("threads")) {
    if (parsed.number("threads") < 1) throw Failure(kExitUsage, "--threads must be 1 or more");
    command->variables.emplace_back(kVariable, std::to_string(parsed.number("threads")));
  } else if (std::getenv(kVariable) == nullptr) {
    command->variables.emplace_back(
        kVariable, std::to_string(std::max<int64_t>(usable_cores() / part.here, 1)));
  }
}

RankCommand of_rank(RankCommand command, const Part& part, int64_t local,
                    const Coordinator* coordinator) {
  const int64_t rank = part.node * part.here + local;
  auto& variables = command.variables;
  variables.emplace_back("RADDLE_RANK", std::to_string(rank));
  variables.emplace_back("RADDLE_WORLD_SIZE", std::to_string(part.nodes * part.here));
  variables.emplace_back("RADDLE_LOCAL_RANK", std::to_string(local));
  variables.emplace_back("RADDLE_LOCAL_SIZE", std::to_string(part.here));
  variables.emplace_back("RADDLE_NODE_RANK", std::to_string(part.node));
  variables.emplace_back("RADDLE_COORDINATOR",
                         coordinator == nullptr ? part.coordinator : coordinator->where());
  // Empty is as not set: one of an outer job must not be taken for this one's.
  const bool listens = coordinator != nullptr && rank == 0;
  variables.emplace_back("RADDLE_COORDINATOR_FD", listens ? std::to_string(coordinator->fd()) : "");
  if (listens) command.inherited_fd = coordinator->fd();
  return command;
}

int launch(const Part& part, RankCommand command) {
  std::unique_ptr<Coordinator> coordinator;
  if (part.nodes == 1) {
    coordinator = std::make_unique<Coordinator>();
    command.variables.emplace_back("RADDLE_JOB_SECRET", make_secret());
  }
  std::signal(SIGPIPE, SIG_IGN);
  const PassedSignals signals;
  const int64_t size = part.nodes * part.here;
  const size_t digits = std::to_string(size - 1).size();
  std::vector<std::unique_ptr<RankProcess>> ranks;
  for (int64_t local = 0; local < part.here; ++local) {
    const int64_t rank = part.node * part.here + local;
    ranks.push_back(std::make_unique<RankProcess>(
        rank, size == 1 ? "" : fmt::format("[{:>{}}] ", rank, digits),
        of_rank(command, part, local, coordinator.get()), signals.before()));
  }
  coordinator.reset();  // rank 0 has it
  const RanksResult result = watch_ranks(ranks, signals);
  if (!result.cause.empty()) Terminal::get().log(RADDLE_LOG_ERROR, result.cause);
  return result.exit_code;
}

}  // namespace

int run_launch(const Verb& verb, std::span<char* const> arguments) {
  const auto split = std::find_if(arguments.begin(), arguments.end(),
                                  [](const char* word) { return std::string_view(word) == "--"; });
  const auto own_count = static_cast<size_t>(split - arguments.begin());
  Flags flags("raddle launch");
  flags.add_number(
      "n", "ranks to start on this machine; default: as many as the engine wants of it", "N", 1);
  flags.add_number("threads", "of each rank; default: the cores of this machine over N", "K", 1);
  const Parsed parsed = parse(verb, flags, arguments.first(own_count), 0, 0);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Part part = part_of(context, parsed);
  RankCommand command = command_of(arguments.subspan(std::min(own_count + 1, arguments.size())));
  add_threads(parsed, part, &command);
  return launch(part, std::move(command));
}

}  // namespace raddle::cli
