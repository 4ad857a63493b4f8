// SPDX-License-Identifier: Apache-2.0
// Frames between the processes of a job: a header of fixed size and a body whose greatest size
// depends on its type alone. Nothing is taken from a peer before the header is checked, and memory
// grows with the bytes that came, never with those that a header promises.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::control {

// A change of a body's layout is another version. Checked by both sides, so that processes of two
// releases say so to each other.
inline constexpr uint16_t kWireVersion = 1;

enum class Type : uint16_t {
  kChallenge = 1,  // coordinator, on accepting: a number used once
  kHello = 2,      // member: who it is, and proof that it knows the secret
  kWelcome = 3,    // coordinator: all members, and the same proof
  kRefuse = 4,     // coordinator: why this member, or the whole job, does not come about
  kBeat = 5,       // both: still there
  kLoss = 6,       // coordinator: a member is lost
  kLeave = 7,      // member: how it ended
  kLeft = 8,       // coordinator: a member left in good order
};

inline constexpr size_t kHeaderBytes = 24;
inline constexpr int64_t kMostRanks = 16384;
inline constexpr size_t kAddressLimit = 4096;
inline constexpr size_t kHostLimit = 255;
inline constexpr size_t kAgreementLimit = 64 << 10;
inline constexpr size_t kTextLimit = 4096;  // of a reason
inline constexpr size_t kMemberLimit = kAddressLimit + kHostLimit + 32;

struct Frame {
  Type type = Type::kBeat;
  uint64_t epoch = 0;
  std::string body;
};

// The bytes to send: header, then body.
std::string encode(const Frame& frame);

// Frames from bytes that arrive in pieces of any size.
class FrameReader {
 public:
  // `ranks` of the job bounds a welcome.
  explicit FrameReader(int64_t ranks) : ranks_(ranks) {}

  // After an error nothing more is taken.
  void feed(std::string_view bytes);
  // 1: `frame` is filled; 0: more bytes are needed; -1: what came is no frame, see error().
  int next(Frame* frame);
  // FAILED_PRECONDITION: the peer speaks another version; DATA_LOSS: it speaks something else.
  const Status& error() const { return error_; }
  // What is held of frames that are not complete.
  size_t pending_bytes() const { return bytes_.size() - begin_; }

 private:
  int64_t ranks_;
  std::string bytes_;
  size_t begin_ = 0;
  Status error_;
};

// Writing and reading of bodies: whole numbers little-endian, texts with their length before them.
class BodyWriter {
 public:
  void number(uint64_t value);
  void text(std::string_view value);
  void raw(std::string_view value) { bytes_ += value; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class BodyReader {
 public:
  explicit BodyReader(std::string_view bytes) : rest_(bytes) {}
  // Past the end, or with a text over `limit`: zero or empty, and ok() is false from then on.
  uint64_t number();
  std::string_view text(size_t limit);
  std::string_view raw(size_t bytes);
  // Whether all was there and nothing is left over.
  bool ended_well() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace raddle::control
