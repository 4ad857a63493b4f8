// SPDX-License-Identifier: Apache-2.0
// Ranks: what the ranks of a session tell each other around its steps, as texts and small numbers.
// Every function but the questions is called by all of them, in the same order; of a session that
// is alone they do nothing.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "comm/communicator.h"
#include "runtime/base/status.h"

namespace raddle::session {

class Ranks {
 public:
  static constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;

  Ranks() = default;  // alone
  // Borrowed, by all ranks together; one of a single rank is as none.
  static StatusOr<Ranks> of(comm::Communicator* communicator);

  bool is_alone() const { return communicator_ == nullptr; }
  bool leads() const { return rank() == 0; }
  int64_t rank() const { return is_alone() ? 0 : communicator_->rank(); }
  int64_t size() const { return is_alone() ? 1 : communicator_->size(); }
  comm::Communicator& communicator() const {
    RADDLE_ASSERT(!is_alone());
    return *communicator_;
  }

  // What rank 0 has, on all; what the others give is not looked at. Its error is one of all.
  StatusOr<std::string> share(const StatusOr<std::string>& of_leader) const;
  // What each has, on all, in the order of ranks. An error of one is one of all, and says whose.
  StatusOr<std::vector<std::string>> collect(const StatusOr<std::string>& mine) const;
  // OK if it is on all ranks.
  Status agree(const Status& mine) const;
  // To each number the sum over all ranks, in their order.
  Status sum(std::span<double> numbers) const;
  // Whether it is so on some rank.
  StatusOr<bool> any(bool mine) const;
  Status barrier() const;
  // As long as one lives, the last resort of every wait for another rank is `ns`; afterwards a day,
  // since what ranks do between steps (tokenizing, saving) takes as long as it takes.
  class Patience {
   public:
    Patience(const Ranks& ranks, int64_t ns);
    ~Patience();
    Patience(const Patience&) = delete;
    Patience& operator=(const Patience&) = delete;

   private:
    const Ranks& ranks_;
  };
  // Tells the others how it ended here: they wait for this rank in vain.
  void leave(const Status& why) const;

 private:
  explicit Ranks(comm::Communicator& communicator) : communicator_(&communicator) {}
  StatusOr<std::vector<std::string>> exchange(const std::string& mine) const;

  comm::Communicator* communicator_ = nullptr;
  mutable std::vector<double> numbers_;  // of all ranks, on their way; a step makes no room
};

}  // namespace raddle::session
