// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/wire.h"

#include <algorithm>
#include <optional>

namespace raddle::control {

namespace {

constexpr uint32_t kMagic = 0x4C444452;  // "RDDL"

// Layout: magic 4, version 2, type 2, epoch 8, body bytes 4, zero 4.
template <class T>
void put(std::string* bytes, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) {
    bytes->push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * i)));
  }
}

uint64_t get(std::string_view bytes, size_t at, size_t count) {
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}

// The greatest body of a type; none: there is no such type.
std::optional<size_t> body_limit(uint64_t type, int64_t ranks) {
  switch (static_cast<Type>(type)) {
    case Type::kChallenge:
      return 32;
    case Type::kHello:
      return 256 + kHostLimit + kAgreementLimit + kAddressLimit;
    case Type::kWelcome:
      return 256 + static_cast<size_t>(ranks) * kMemberLimit;
    case Type::kBeat:
      return 0;
    case Type::kRefuse:
    case Type::kLoss:
    case Type::kLeave:
    case Type::kLeft:
      return kTextLimit + 64;
  }
  return std::nullopt;
}

}  // namespace

std::string encode(const Frame& frame) {
  std::string bytes;
  bytes.reserve(kHeaderBytes + frame.body.size());
  put(&bytes, kMagic);
  put(&bytes, kWireVersion);
  put(&bytes, static_cast<uint16_t>(frame.type));
  put(&bytes, frame.epoch);
  put(&bytes, static_cast<uint32_t>(frame.body.size()));
  put(&bytes, uint32_t{0});
  return bytes += frame.body;
}

void FrameReader::feed(std::string_view bytes) {
  if (!error_.is_ok()) return;
  if (begin_ == bytes_.size()) {
    bytes_.clear();
    begin_ = 0;
  }
  bytes_ += bytes;
}

int FrameReader::next(Frame* frame) {
  if (!error_.is_ok()) return -1;
  const std::string_view rest = std::string_view(bytes_).substr(begin_);
  // What is there of the header is looked at at once: garbage that is short is garbage too.
  std::string magic;
  put(&magic, kMagic);
  const size_t known = std::min(rest.size(), magic.size());
  if (rest.substr(0, known) != std::string_view(magic).substr(0, known)) {
    error_ = data_loss("what came is no message of a Raddle job");
    return -1;
  }
  if (rest.size() < kHeaderBytes) return 0;
  const uint64_t version = get(rest, 4, 2), type = get(rest, 6, 2);
  if (version != kWireVersion) {
    error_ = failed_precondition(
        "it speaks version {} of the messages between ranks, and this process version {}: all "
        "ranks "
        "must run the same build of Raddle",
        version, kWireVersion);
    return -1;
  }
  const size_t body_bytes = get(rest, 16, 4);
  const std::optional<size_t> limit = body_limit(type, ranks_);
  if (!limit || body_bytes > *limit || get(rest, 20, 4) != 0) {
    error_ = data_loss("a message of type {} and {} bytes is none that there is", type, body_bytes);
    return -1;
  }
  if (rest.size() < kHeaderBytes + body_bytes) return 0;
  frame->type = static_cast<Type>(type);
  frame->epoch = get(rest, 8, 8);
  frame->body.assign(rest.substr(kHeaderBytes, body_bytes));
  begin_ += kHeaderBytes + body_bytes;
  return 1;
}

void BodyWriter::number(uint64_t value) { put(&bytes_, value); }

void BodyWriter::text(std::string_view value) {
  put(&bytes_, static_cast<uint32_t>(value.size()));
  bytes_ += value;
}

std::string_view BodyReader::raw(size_t bytes) {
  ok_ = ok_ && bytes <= rest_.size();
  if (!ok_) return {};
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

uint64_t BodyReader::number() {
  const std::string_view bytes = raw(8);
  return bytes.size() == 8 ? get(bytes, 0, 8) : 0;
}

std::string_view BodyReader::text(size_t limit) {
  const std::string_view length = raw(4);
  if (length.size() != 4) return {};
  const size_t bytes = get(length, 0, 4);
  ok_ = ok_ && bytes <= limit;
  return raw(bytes);
}

}  // namespace raddle::control
