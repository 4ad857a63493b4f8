// SPDX-License-Identifier: Apache-2.0
#include "tests/cts/comm/rank_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace raddle::comm::test {
namespace {

// Between fork and exec: only what may be called there.
[[noreturn]] void become(char* const* arguments, int in, int out, RankProcess::Place place) {
  dup2(in, 0);
  dup2(out, 1);
  if (place == RankProcess::Place::kNewPidNamespace) {
    if (unshare(CLONE_NEWPID) != 0) _exit(3);
    const pid_t child = fork();
    if (child != 0) {
      int status = 0;
      waitpid(child, &status, 0);
      _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 4);
    }
  }
  execv(arguments[0], arguments);
  _exit(5);
}

}  // namespace

RankProcess::RankProcess(int32_t rank, int32_t size, size_t bytes, int64_t user, Place place) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) return;
  std::vector<std::string> words{std::string(RADDLE_BINARY_DIR) + "/bin/comm_rank",
                                 std::to_string(rank), std::to_string(size), std::to_string(bytes)};
  if (user >= 0) words.push_back(std::to_string(user));
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) become(arguments.data(), in[0], out[1], place);
  close(in[0]);
  close(out[1]);
  to_ = in[1];
  from_ = out[0];
  address_ = hear();
}

RankProcess::RankProcess(RankProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      to_(std::exchange(other.to_, -1)),
      from_(std::exchange(other.from_, -1)),
      heard_(std::move(other.heard_)),
      address_(std::move(other.address_)) {}

RankProcess::~RankProcess() {
  if (to_ >= 0) close(to_);
  if (from_ >= 0) close(from_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  reap();
}

void RankProcess::tell(const std::string& line) {
  const std::string text = line + "\n";
  // What has ended hears nothing, and the test goes on.
  struct sigaction ignored {
  }, before{};
  ignored.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignored, &before);
  [[maybe_unused]] const ssize_t written = write(to_, text.data(), text.size());
  sigaction(SIGPIPE, &before, nullptr);
}

std::string RankProcess::hear(int timeout_ms) {
  for (;;) {
    const size_t end = heard_.find('\n');
    if (end != std::string::npos) {
      std::string line = heard_.substr(0, end);
      heard_.erase(0, end + 1);
      return line;
    }
    pollfd wanted{from_, POLLIN, 0};
    char bytes[4096];
    if (poll(&wanted, 1, timeout_ms) <= 0) return "";
    const ssize_t count = read(from_, bytes, sizeof(bytes));
    if (count <= 0) return "";
    heard_.append(bytes, static_cast<size_t>(count));
  }
}

void RankProcess::signal(int number) { kill(pid_, number); }

int RankProcess::reap() {
  int status = 0;
  waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void introduce(std::vector<RankProcess>& ranks) {
  for (RankProcess& rank : ranks) {
    for (const RankProcess& peer : ranks) rank.tell(peer.address());
  }
}

std::vector<RankProcess> start_ranks(int32_t size, size_t bytes) {
  std::vector<RankProcess> ranks;
  for (int32_t rank = 0; rank < size; ++rank) ranks.emplace_back(rank, size, bytes);
  introduce(ranks);
  return ranks;
}

}  // namespace raddle::comm::test
