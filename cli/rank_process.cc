// SPDX-License-Identifier: Apache-2.0
#include "cli/rank_process.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "cli/api.h"
#include "cli/exec_arguments.h"
#include "cli/output.h"

namespace raddle::cli {

namespace {

constexpr size_t kLongestLine = 64 << 10;
constexpr const char* kThisProgram = "/proc/self/exe";

// In the child: system calls alone, since the memory is that of a program that was in the middle of
// something.
struct Exec {
  const char* program;
  char* const* words;
  char* const* environment;
  const sigset_t* mask;
  pid_t launcher;
  int outputs[2];
  int inherited_fd;

  [[noreturn]] void run() const {
    // A group of its own: a Ctrl-C at the terminal reaches it once, through the launcher.
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != launcher) _exit(128 + SIGKILL);
    const int none = open("/dev/null", O_RDONLY);
    dup2(none, STDIN_FILENO);
    dup2(outputs[0], STDOUT_FILENO);
    dup2(outputs[1], STDERR_FILENO);
    if (none > STDERR_FILENO) close(none);
    if (inherited_fd >= 0) fcntl(inherited_fd, F_SETFD, 0);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, mask, nullptr);
    execve(program, words, environment);
    const char text[] = "cannot run the program of this rank: ";
    static_cast<void>(write(STDERR_FILENO, text, sizeof(text) - 1) < 0);
    const char* why = strerrordesc_np(errno);
    static_cast<void>(write(STDERR_FILENO, why, std::strlen(why)) < 0);
    static_cast<void>(write(STDERR_FILENO, "\n", 1) < 0);
    _exit(127);
  }
};

void write_stderr(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<size_t>(count));
  }
}

}  // namespace

std::string PrefixedLines::take(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.find_first_not_of(" \t") != line.npos) last_line_ = line;
  return fmt::format("{}{}\n", prefix_, line);
}

std::string PrefixedLines::add(std::string_view bytes) {
  std::string whole;
  part_ += bytes;
  size_t begin = 0;
  for (size_t end = 0; (end = part_.find('\n', begin)) != part_.npos; begin = end + 1) {
    whole += take(std::string_view(part_).substr(begin, end - begin));
  }
  part_.erase(0, begin);
  if (part_.size() > kLongestLine) whole += rest();
  return whole;
}

std::string PrefixedLines::rest() {
  if (part_.empty()) return "";
  std::string line = take(part_);
  part_.clear();
  return line;
}

RankProcess::RankProcess(int64_t rank, std::string prefix, const RankCommand& command,
                         const sigset_t& mask)
    : rank_(rank), lines_{PrefixedLines(prefix), PrefixedLines(prefix)} {
  std::vector<std::string> words = {command.program.empty() ? "raddle" : command.program};
  words.insert(words.end(), command.words.begin(), command.words.end());
  std::vector<std::string> environment = environment_with(command.variables);
  const std::vector<char*> word_pointers = pointers_to(words), entries = pointers_to(environment);
  const std::string program = command.program.empty() ? kThisProgram : command.program;
  int outputs[2] = {-1, -1};
  for (int stream = 0; stream < 2; ++stream) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw Failure(kExitSystem, "no pipe for a rank's output");
    pipes_[stream] = ends[0];
    outputs[stream] = ends[1];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
  }
  const Exec exec{program.c_str(), word_pointers.data(),     entries.data(),      &mask,
                  getpid(),        {outputs[0], outputs[1]}, command.inherited_fd};
  pid_ = fork();
  if (pid_ == 0) exec.run();
  const int error = errno;
  for (const int output : outputs) close(output);
  if (pid_ > 0) {
    setpgid(pid_, pid_);  // whichever of the two comes first
    pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
  }
  if (pidfd_ < 0) {
    throw Failure(kExitSystem, fmt::format("cannot start rank {}: {}", rank, std::strerror(error)));
  }
}

RankProcess::~RankProcess() {
  if (pid_ > 0 && !has_ended()) {
    send(SIGKILL);
    reap();
  }
  for (const int fd : pipes_) {
    if (fd >= 0) close(fd);
  }
}

void RankProcess::pass_on(int stream) {
  std::array<char, 32 << 10> buffer;
  std::string lines;
  while (pipes_[stream] >= 0) {
    const ssize_t count = read(pipes_[stream], buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;  // nothing more now
    if (count > 0) {
      lines += lines_[stream].add({buffer.data(), static_cast<size_t>(count)});
      continue;
    }
    lines += lines_[stream].rest();
    close(std::exchange(pipes_[stream], -1));
  }
  if (lines.empty()) return;
  if (stream == 0) {
    write_output(lines);
    flush_output();
  } else {
    write_stderr(lines);
  }
}

void RankProcess::reap() {
  // What it started goes with it. Before its number is free for others.
  kill(-pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  close(std::exchange(pidfd_, -1));
  signal_ = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  exit_code_ = signal_ != 0 ? 128 + signal_ : WEXITSTATUS(status);
}

void RankProcess::send(int signal_number) const {
  if (!has_ended()) kill(-pid_, signal_number);
}

}  // namespace raddle::cli
