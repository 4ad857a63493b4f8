// SPDX-License-Identifier: Apache-2.0
// What the bodies of frames say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::control {

// One process of a job.
struct Member {
  int64_t rank = 0;
  std::string host;
  int64_t pid = 0;
  std::string address;  // of its transports; opaque here
};

// "rank 3 (host worker-1, pid 4711)".
std::string name_of(const Member& member);

struct Hello {
  std::string nonce;  // of this member: it proves which process this is, and what a welcome answers
  int64_t size = 0;   // of the job, as this member knows it
  Member member;
  std::string agreement;  // lines
};

// Without proof, which goes before them in the frame.
std::string write_hello(const Hello& hello);
std::optional<Hello> read_hello(std::string_view body);

std::string write_members(const std::vector<Member>& members);
std::optional<std::vector<Member>> read_members(std::string_view body, int64_t size);

// How `rank` ended, or why a rank is refused. What does not fit is cut.
struct Word {
  int64_t rank = 0;
  Code code = Code::kOk;
  std::string text;
};
std::string write_word(const Word& word);
std::optional<Word> read_word(std::string_view body);

// At most `bytes` of it, not cut inside of a character of UTF-8.
std::string cut_text(std::string_view text, size_t bytes);

}  // namespace raddle::control
