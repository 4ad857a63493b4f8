// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/ranks.h"

#include <algorithm>
#include <cstring>

namespace raddle::session {
namespace {

// Of a text, in one go.
constexpr size_t kChunkBytes = 32 << 10;
// Of a packed tokenizer, the longest of what is told; what claims more is damaged.
constexpr uint64_t kTextMax = uint64_t{1} << 30;
// Numbers that are added up at once.
constexpr size_t kNumbersMax = 16;

// A result as text: the code's number, the scope's, and the value or the message.
std::string encode(const StatusOr<std::string>& result) {
  if (result.is_ok()) return "0 0 " + *result;
  const Status& status = result.status();
  return fmt::format("{} {} {}", static_cast<int>(status.code()), static_cast<int>(status.scope()),
                     status.message());
}

StatusOr<std::string> decode(const std::string& text, int64_t rank, bool is_own) {
  int code = -1, scope = -1, begin = 0;
  const bool found = std::sscanf(text.c_str(), "%d %d%n", &code, &scope, &begin) == 2;
  const auto at = static_cast<size_t>(begin) + 1;
  const bool is_whole = found && code >= 0 && code <= static_cast<int>(Code::kInternal) &&
                        scope >= 0 && scope <= static_cast<int>(Scope::kJob) && at <= text.size();
  if (!is_whole) return internal_error("rank {} says what is not understood here", rank);
  if (code == 0) return text.substr(at);
  const std::string message = text.substr(at);
  return Status(static_cast<Code>(code),
                is_own ? message : fmt::format("rank {}: {}", rank, message),
                static_cast<Scope>(scope));
}

}  // namespace

StatusOr<Ranks> Ranks::of(comm::Communicator* communicator) {
  if (communicator == nullptr || communicator->size() == 1) return Ranks();
  communicator->set_deadline(kDayNs);
  RADDLE_RETURN_IF_ERROR(communicator->reserve(kChunkBytes));
  Ranks ranks(*communicator);
  ranks.numbers_.resize(kNumbersMax * static_cast<size_t>(ranks.size()));
  return ranks;
}

StatusOr<std::vector<std::string>> Ranks::exchange(const std::string& mine) const {
  const auto ranks = static_cast<size_t>(size());
  const uint64_t own_size = mine.size();
  std::vector<uint64_t> sizes(ranks);
  RADDLE_RETURN_IF_ERROR(communicator().gather(communicator().world(),
                                               std::as_bytes(std::span(&own_size, 1)),
                                               std::as_writable_bytes(std::span(sizes))));
  const uint64_t longest = *std::max_element(sizes.begin(), sizes.end());
  if (longest > kTextMax) return internal_error("a rank wants to tell {} bytes", longest);
  std::vector<std::string> texts(ranks);
  std::vector<std::byte> chunk(kChunkBytes), chunks(kChunkBytes * ranks);
  for (size_t begin = 0; begin < longest; begin += kChunkBytes) {
    const auto here = [&](size_t size) {
      return size <= begin ? size_t{0} : std::min(size - begin, kChunkBytes);
    };
    std::memcpy(chunk.data(), mine.data() + std::min(begin, mine.size()), here(mine.size()));
    RADDLE_RETURN_IF_ERROR(communicator().gather(communicator().world(), chunk, chunks));
    for (size_t rank = 0; rank < ranks; ++rank) {
      texts[rank].append(reinterpret_cast<const char*>(chunks.data()) + rank * kChunkBytes,
                         here(sizes[rank]));
    }
  }
  return texts;
}

StatusOr<std::string> Ranks::share(const StatusOr<std::string>& of_leader) const {
  if (is_alone()) return of_leader;
  RADDLE_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                          exchange(leads() ? encode(of_leader) : std::string()));
  return decode(texts.front(), 0, leads());
}

StatusOr<std::vector<std::string>> Ranks::collect(const StatusOr<std::string>& mine) const {
  if (is_alone()) {
    if (!mine.is_ok()) return mine.status();
    return std::vector<std::string>{*mine};
  }
  RADDLE_ASSIGN_OR_RETURN(const std::vector<std::string> texts, exchange(encode(mine)));
  // One's own error is the one that can be mended here.
  if (!mine.is_ok()) return mine.status();
  std::vector<std::string> out;
  for (size_t r = 0; r < texts.size(); ++r) {
    RADDLE_ASSIGN_OR_RETURN(std::string text, decode(texts[r], static_cast<int64_t>(r), false));
    out.push_back(std::move(text));
  }
  return out;
}

Status Ranks::agree(const Status& mine) const {
  if (is_alone()) return mine;
  return collect(mine.is_ok() ? StatusOr<std::string>(std::string()) : mine).status();
}

Status Ranks::sum(std::span<double> numbers) const {
  RADDLE_ASSERT(numbers.size() <= kNumbersMax);
  if (is_alone()) return Status::ok();
  double mine[kNumbersMax] = {};
  std::copy(numbers.begin(), numbers.end(), mine);
  RADDLE_RETURN_IF_ERROR(communicator().gather(communicator().world(),
                                               std::as_bytes(std::span(mine)),
                                               std::as_writable_bytes(std::span(numbers_))));
  std::fill(numbers.begin(), numbers.end(), 0.0);
  for (size_t at = 0; at < numbers_.size(); at += kNumbersMax) {
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] += numbers_[at + i];
  }
  return Status::ok();
}

StatusOr<bool> Ranks::any(bool mine) const {
  double count = mine ? 1 : 0;
  RADDLE_RETURN_IF_ERROR(sum(std::span(&count, 1)));
  return count > 0;
}

Status Ranks::barrier() const {
  return is_alone() ? Status::ok() : communicator().barrier(communicator().world());
}

Ranks::Patience::Patience(const Ranks& ranks, int64_t ns) : ranks_(ranks) {
  if (!ranks_.is_alone()) ranks_.communicator().set_deadline(ns);
}

Ranks::Patience::~Patience() {
  if (!ranks_.is_alone()) ranks_.communicator().set_deadline(kDayNs);
}

void Ranks::leave(const Status& why) const {
  if (!is_alone()) communicator().leave(why);
}

}  // namespace raddle::session
