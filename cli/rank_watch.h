// SPDX-License-Identifier: Apache-2.0
// Waits for the ranks that `raddle launch` started: passes on their output and its own signals, and
// ends what is left when one fails.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "cli/rank_process.h"

namespace raddle::cli {

// Signals that are passed on: as long as this lives they wait in a descriptor.
class PassedSignals {
 public:
  PassedSignals();
  ~PassedSignals();
  PassedSignals(const PassedSignals&) = delete;
  PassedSignals& operator=(const PassedSignals&) = delete;
  int fd() const { return fd_; }
  int take() const;                                   // the next one; 0: none
  const sigset_t& before() const { return before_; }  // the mask that ranks get

 private:
  sigset_t before_;
  int fd_ = -1;
};

struct RanksResult {
  int exit_code = 0;
  std::string cause;  // which rank failed first and why; "": none did
};

RanksResult watch_ranks(std::vector<std::unique_ptr<RankProcess>>& ranks,
                        const PassedSignals& signals);

}  // namespace raddle::cli
