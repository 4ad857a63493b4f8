// SPDX-License-Identifier: Apache-2.0
// One rank as a process of its own, started and watched by `raddle launch`.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

namespace raddle::cli {

// Lines of one of a rank's outputs as they come, whole and with a prefix.
class PrefixedLines {
 public:
  explicit PrefixedLines(std::string prefix) : prefix_(std::move(prefix)) {}
  // What is complete with these bytes. A line of more than 64 KiB is cut.
  std::string add(std::string_view bytes);
  // What never got its end.
  std::string rest();
  const std::string& last_line() const { return last_line_; }  // that is not empty

 private:
  std::string take(std::string_view line);
  std::string prefix_, part_, last_line_;
};

struct RankCommand {
  std::string program;  // a path, or "" for this one
  std::vector<std::string> words;
  std::vector<std::pair<std::string, std::string>> variables;  // added to the environment
  int inherited_fd = -1;                                       // the only one that it gets
};

// What ends with the process that made it: a rank gets SIGKILL when its launcher is gone.
class RankProcess {
 public:
  // `mask` is the signal mask of the rank. Failure if it cannot be started.
  RankProcess(int64_t rank, std::string prefix, const RankCommand& command, const sigset_t& mask);
  ~RankProcess();
  RankProcess(const RankProcess&) = delete;
  RankProcess& operator=(const RankProcess&) = delete;

  int64_t rank() const { return rank_; }
  int exit_fd() const { return pidfd_; }  // is readable once it has ended; -1: reap() was called
  int output_fd(int stream) const {
    return pipes_[stream];
  }  // 0: stdout, 1: stderr; -1: at its end
  // Passes on what has come, without waiting.
  void pass_on(int stream);
  bool has_ended() const { return pidfd_ < 0; }
  void reap();
  // To it and all that it started.
  void send(int signal_number) const;

  // Of one that has ended.
  int exit_code() const { return exit_code_; }   // 128 + n for signal n
  int signal_number() const { return signal_; }  // 0: it exited
  const std::string& last_words() const { return lines_[1].last_line(); }

 private:
  int64_t rank_;
  pid_t pid_ = 0;
  int pidfd_ = -1;
  int pipes_[2] = {-1, -1};
  PrefixedLines lines_[2];
  int exit_code_ = 0, signal_ = 0;
};

}  // namespace raddle::cli
