// SPDX-License-Identifier: Apache-2.0
// Ranks as processes (rank_program.cc) that a test talks to and kills.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace raddle::comm::test {

class RankProcess {
 public:
  enum class Place { kHere, kNewPidNamespace };
  // A user that is not -1 is what it becomes; the test is root then.
  RankProcess(int32_t rank, int32_t size, size_t bytes, int64_t user = -1,
              Place place = Place::kHere);
  ~RankProcess();  // kills what is left of it
  RankProcess(RankProcess&& other) noexcept;
  RankProcess& operator=(RankProcess&&) = delete;

  // The first line that it says.
  const std::string& address() const { return address_; }
  void tell(const std::string& line);
  // The next line that it says; "" after so long, or when it has ended.
  std::string hear(int timeout_ms = 20'000);
  void signal(int number);
  // Waits for its end: it is a zombie until then. The exit code, or minus the signal.
  int reap();

 private:
  pid_t pid_ = -1;
  int to_ = -1, from_ = -1;
  std::string heard_, address_;
};

// All ranks of a world, which know each other's addresses and have been told to connect.
std::vector<RankProcess> start_ranks(int32_t size, size_t bytes);
void introduce(std::vector<RankProcess>& ranks);

}  // namespace raddle::comm::test
