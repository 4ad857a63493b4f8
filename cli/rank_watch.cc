// SPDX-License-Identifier: Apache-2.0
#include "cli/rank_watch.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <optional>

#include "cli/api.h"

namespace raddle::cli {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPassedOn[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
// The others hear of a lost rank by themselves and end; who does not is ended.
constexpr std::chrono::seconds kUntilTerm(3), kUntilKill(5);

class Watch {
 public:
  Watch(std::vector<std::unique_ptr<RankProcess>>& ranks, const PassedSignals& signals)
      : ranks_(ranks), signals_(signals) {}

  RanksResult run() {
    while (is_any_alive()) {
      wait();
      end_what_is_left();
    }
    for (const auto& rank : ranks_) {
      for (const int stream : {0, 1}) rank->pass_on(stream);
    }
    return result();
  }

 private:
  bool is_any_alive() const {
    for (const auto& rank : ranks_) {
      if (!rank->has_ended()) return true;
    }
    return false;
  }

  void wait() {
    std::vector<pollfd> waits = {{signals_.fd(), POLLIN, 0}};
    for (const auto& rank : ranks_) {
      for (const int fd : {rank->exit_fd(), rank->output_fd(0), rank->output_fd(1)}) {
        waits.push_back({fd, POLLIN, 0});  // below zero: not looked at
      }
    }
    if (poll(waits.data(), waits.size(), failed_at_ ? 100 : -1) < 0) return;
    if (waits[0].revents != 0) pass_signals_on();
    for (size_t i = 0; i < ranks_.size(); ++i) {
      RankProcess& rank = *ranks_[i];
      for (const int stream : {0, 1}) {
        if (waits[2 + 3 * i + static_cast<size_t>(stream)].revents != 0) rank.pass_on(stream);
      }
      if (waits[1 + 3 * i].revents != 0) on_end(rank);
    }
  }

  void on_end(RankProcess& rank) {
    rank.reap();
    for (const int stream : {0, 1}) rank.pass_on(stream);
    const int code = rank.exit_code();
    if (code == kExitDone) return;
    stopped_ |= code == kExitStopped;
    if (code == kExitStopped || is_killing_) return;
    if (!failed_at_) failed_at_ = Clock::now();
    // A rank that lost another one is a consequence; the cause may be reaped a moment later.
    const bool consequence = code == kExitUnavailable;
    if (cause_ == nullptr || (cause_->exit_code() == kExitUnavailable && !consequence)) {
      cause_ = &rank;
    }
  }

  void pass_signals_on() {
    for (int number = signals_.take(); number != 0; number = signals_.take()) {
      for (const auto& rank : ranks_) rank->send(number);
    }
  }

  void end_what_is_left() {
    if (!failed_at_) return;
    const auto since = Clock::now() - *failed_at_;
    if (since >= kUntilKill) {
      is_killing_ = true;
      for (const auto& rank : ranks_) rank->send(SIGKILL);
    } else if (since >= kUntilTerm && !has_asked_) {
      is_killing_ = has_asked_ = true;
      for (const auto& rank : ranks_) rank->send(SIGTERM);
    }
  }

  RanksResult result() const {
    if (cause_ == nullptr) return {stopped_ ? kExitStopped : kExitDone, ""};
    std::string text =
        cause_->signal_number() != 0
            ? fmt::format("rank {} failed first: signal {} ({}) ended it", cause_->rank(),
                          cause_->signal_number(), strsignal(cause_->signal_number()))
            : fmt::format("rank {} failed first: it ended with code {}", cause_->rank(),
                          cause_->exit_code());
    if (!cause_->last_words().empty())
      text += fmt::format("; its last words: {}", cause_->last_words());
    return {cause_->exit_code(), std::move(text)};
  }

  std::vector<std::unique_ptr<RankProcess>>& ranks_;
  const PassedSignals& signals_;
  std::optional<Clock::time_point> failed_at_;
  const RankProcess* cause_ = nullptr;
  bool stopped_ = false, has_asked_ = false, is_killing_ = false;
};

}  // namespace

PassedSignals::PassedSignals() {
  sigset_t passed;
  sigemptyset(&passed);
  for (const int number : kPassedOn) {
    struct sigaction action = {};
    // Ignored (nohup) stays ignored, by the ranks too.
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      sigaddset(&passed, number);
    }
  }
  sigprocmask(SIG_BLOCK, &passed, &before_);
  fd_ = signalfd(-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) throw Failure(kExitSystem, "cannot wait for signals");
}

PassedSignals::~PassedSignals() {
  if (fd_ >= 0) close(fd_);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int PassedSignals::take() const {
  signalfd_siginfo info;
  return read(fd_, &info, sizeof(info)) == sizeof(info) ? static_cast<int>(info.ssi_signo) : 0;
}

RanksResult watch_ranks(std::vector<std::unique_ptr<RankProcess>>& ranks,
                        const PassedSignals& signals) {
  return Watch(ranks, signals).run();
}

}  // namespace raddle::cli
