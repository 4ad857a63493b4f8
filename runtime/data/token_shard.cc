// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/token_shard.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "runtime/base/file_hash.h"
#include "runtime/data/byte_reader.h"
#include "runtime/data/token_shard_format.h"

namespace raddle::data {
namespace {

constexpr size_t kReadTokens = size_t{1} << 16;

// What the file must be for these counts; nothing when the sum does not fit 64 bits.
bool file_bytes_for(const TokenShardHeader& header, uint64_t runs, uint64_t* bytes) {
  uint64_t tokens = 0, ends = 0, weights = 0;
  if (__builtin_mul_overflow(header.token_count, uint64_t{header.token_bytes}, &tokens))
    return false;
  if (tokens > std::numeric_limits<uint64_t>::max() - 7) return false;
  if (__builtin_mul_overflow(header.document_count, uint64_t{8}, &ends)) return false;
  if (__builtin_add_overflow(padded_bytes(tokens), ends, &ends)) return false;
  if (header.version == kTokenShardWeighted) {
    if (runs > std::numeric_limits<uint64_t>::max() / 16) return false;
    weights = runs * sizeof(uint64_t) + padded_bytes(runs * sizeof(float)) + sizeof(runs);
    if (__builtin_add_overflow(ends, weights, &ends)) return false;
  }
  return !__builtin_add_overflow(ends, uint64_t{sizeof(TokenShardHeader)}, bytes);
}

}  // namespace

StatusOr<bool> begins_as_token_shard(const std::string& path) {
  char magic[sizeof(kTokenShardMagic)];
  RADDLE_RETURN_IF_ERROR(check_data_file(path));
  RADDLE_ASSIGN_OR_RETURN(const auto file, file_system().open(path));
  if (file->bytes() < sizeof(magic)) return false;
  RADDLE_RETURN_IF_ERROR(file->read_at(0, magic, sizeof(magic)));
  return std::memcmp(magic, kTokenShardMagic, sizeof(magic)) == 0;
}

StatusOr<std::shared_ptr<const TokenShard>> TokenShard::open(const std::string& path,
                                                             VerifyShard verify, StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(auto file, file_system().open(path));
  std::shared_ptr<TokenShard> shard(new TokenShard(std::move(file)));
  RADDLE_RETURN_IF_ERROR(shard->read_header());
  RADDLE_RETURN_IF_ERROR(shard->read_documents());
  RADDLE_RETURN_IF_ERROR(shard->read_weights());
  if (verify == VerifyShard::kContents) RADDLE_RETURN_IF_ERROR(shard->check_contents(stop));
  return std::shared_ptr<const TokenShard>(std::move(shard));
}

Status TokenShard::read_header() {
  TokenShardHeader header;
  if (file_->bytes() < sizeof(header)) {
    return data_loss(
        "token shard {}: the file has {} bytes; expected a header of {} bytes at least", path(),
        file_->bytes(), sizeof(header));
  }
  RADDLE_RETURN_IF_ERROR(file_->read_at(0, &header, sizeof(header)));
  if (std::memcmp(header.magic, kTokenShardMagic, sizeof(header.magic)) != 0) {
    return data_loss(
        "token shard {}: field magic is not \"RDLTOK01\"; this is not a token shard (make "
        "one with `raddle data tokenize`)",
        path());
  }
  const uint64_t hash = hash_bytes(&header, kTokenShardHashedHeader);
  if (hash != header.header_hash) {
    return data_loss(
        "token shard {}: field header_hash is {}, but the header's bytes hash to {}; the "
        "header is damaged",
        path(), hash_hex(header.header_hash), hash_hex(hash));
  }
  if (header.version != kTokenShardPlain && header.version != kTokenShardWeighted) {
    return unimplemented(
        "token shard {}: field version is {}; this library reads versions {} and {}", path(),
        header.version, kTokenShardPlain, kTokenShardWeighted);
  }
  if (header.token_bytes != 2 && header.token_bytes != 4) {
    return data_loss("token shard {}: field token_bytes is {}; expected 2 or 4", path(),
                     header.token_bytes);
  }
  const uint64_t most = header.token_bytes == 2 ? 65536 : uint64_t{1} << 31;
  if (header.vocab_size == 0 || header.vocab_size > most) {
    return data_loss("token shard {}: field vocab_size is {}; expected 1 to {} for ids of {} bytes",
                     path(), header.vocab_size, most, header.token_bytes);
  }
  if (header.version == kTokenShardWeighted) RADDLE_RETURN_IF_ERROR(read_run_count());
  RADDLE_RETURN_IF_ERROR(check_size(header));
  vocab_size_ = static_cast<int64_t>(header.vocab_size);
  token_count_ = header.token_count;
  tokenizer_fingerprint_ = header.tokenizer_fingerprint;
  content_hash_ = header.payload_hash;
  token_bytes_ = static_cast<int>(header.token_bytes);
  document_ends_.resize(header.document_count);
  return Status::ok();
}

// The count of runs is the last number of a file with weights, since tokens are written before it
// is known.
Status TokenShard::read_run_count() {
  if (file_->bytes() < sizeof(TokenShardHeader) + sizeof(run_count_)) {
    return data_loss(
        "token shard {}: the file has {} bytes; expected its weight_run_count in the last 8, "
        "behind the header; it was cut off",
        path(), file_->bytes());
  }
  RADDLE_RETURN_IF_ERROR(
      file_->read_at(file_->bytes() - sizeof(run_count_), &run_count_, sizeof(run_count_)));
  if (run_count_ > 0) return Status::ok();
  return data_loss(
      "token shard {}: field weight_run_count is 0; expected a run of weights at least "
      "in a file of version {}; it was cut off or changed",
      path(), kTokenShardWeighted);
}

Status TokenShard::check_size(const TokenShardHeader& header) const {
  uint64_t expected = 0;
  if (file_bytes_for(header, run_count_, &expected) && expected == file_->bytes()) {
    return Status::ok();
  }
  const std::string runs = header.version == kTokenShardWeighted
                               ? fmt::format(", weight_run_count {}", run_count_)
                               : std::string();
  return data_loss(
      "token shard {}: fields token_count {} and document_count {}{} ask for {} bytes, but "
      "the file has {}; it was cut off or changed",
      path(), header.token_count, header.document_count, runs,
      expected == 0 ? "more than 2^64" : std::to_string(expected), file_->bytes());
}

uint64_t TokenShard::ends_offset() const {
  return sizeof(TokenShardHeader) +
         padded_bytes(token_count_ * static_cast<uint64_t>(token_bytes_));
}

Status TokenShard::read_documents() {
  RADDLE_RETURN_IF_ERROR(file_->read_at(ends_offset(), document_ends_.data(),
                                        document_ends_.size() * sizeof(uint64_t)));
  for (uint64_t i = 0; i < document_count(); ++i) {
    if (document_end(i) <= document_begin(i) || document_end(i) > token_count_) {
      return data_loss(
          "token shard {}: document_ends[{}] is {}; expected more than {} and at most {}", path(),
          i, document_end(i), document_begin(i), token_count_);
    }
  }
  const uint64_t covered = document_count() == 0 ? 0 : document_end(document_count() - 1);
  if (covered != token_count_) {
    return data_loss("token shard {}: the last document ends at token {}, but token_count is {}",
                     path(), covered, token_count_);
  }
  return Status::ok();
}

Status TokenShard::read_weights() {
  if (run_count_ == 0) return Status::ok();
  std::vector<uint64_t> ends(run_count_);
  std::vector<float> weights(run_count_);
  const uint64_t offset = ends_offset() + document_count() * sizeof(uint64_t);
  const size_t end_bytes = ends.size() * sizeof(uint64_t);
  RADDLE_RETURN_IF_ERROR(file_->read_at(offset, ends.data(), end_bytes));
  RADDLE_RETURN_IF_ERROR(
      file_->read_at(offset + end_bytes, weights.data(), weights.size() * sizeof(float)));
  for (size_t i = 0; i < ends.size(); ++i) {
    const uint64_t begin = i == 0 ? 0 : ends[i - 1];
    if (ends[i] <= begin || ends[i] > token_count_) {
      return data_loss(
          "token shard {}: weight_run_ends[{}] is {}; expected more than {} and at most {}", path(),
          i, ends[i], begin, token_count_);
    }
    if (!(weights[i] >= 0.0f) || !std::isfinite(weights[i])) {
      return data_loss(
          "token shard {}: weight_run_weights[{}] (tokens {} to {}) is {}; expected a finite "
          "weight >= 0",
          path(), i, begin, ends[i] - 1, weights[i]);
    }
  }
  if (ends.back() != token_count_) {
    return data_loss(
        "token shard {}: the last run of weights ends at token {}, but token_count is {}", path(),
        ends.back(), token_count_);
  }
  weights_ = TokenWeights(std::move(ends), std::move(weights));
  return Status::ok();
}

Status TokenShard::check_contents(StopToken* stop) const {
  constexpr uint64_t kHeader = sizeof(TokenShardHeader);
  RADDLE_ASSIGN_OR_RETURN(const uint64_t hash,
                          hash_range(*file_, kHeader, file_->bytes() - kHeader, stop));
  if (hash != content_hash_) {
    return data_loss(
        "token shard {}: field payload_hash is {}, but the tokens and offsets hash to {}; "
        "the file is damaged, make it again",
        path(), hash_hex(content_hash_), hash_hex(hash));
  }
  std::vector<int32_t> ids(kReadTokens);
  for (uint64_t at = 0; at < token_count_; at += ids.size()) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + path()));
    ids.resize(std::min<uint64_t>(ids.size(), token_count_ - at));
    RADDLE_RETURN_IF_ERROR(copy(at, ids));
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] >= 0 && ids[i] < vocab_size_) continue;
      return data_loss("token shard {}: token {} is id {}; expected less than vocab_size {}",
                       path(), at + i, static_cast<uint32_t>(ids[i]), vocab_size_);
    }
  }
  return Status::ok();
}

Status TokenShard::copy(uint64_t begin, std::span<int32_t> out) const {
  RADDLE_ASSERT(begin <= token_count_ && out.size() <= token_count_ - begin);
  const auto width = static_cast<size_t>(token_bytes_);
  // Narrow ids are read into the end of `out` and widened from the front: none is overwritten
  // before it is read.
  auto* raw = reinterpret_cast<std::byte*>(out.data()) + out.size() * (sizeof(int32_t) - width);
  RADDLE_RETURN_IF_ERROR(
      file_->read_at(sizeof(TokenShardHeader) + begin * width, raw, out.size() * width));
  if (width == sizeof(int32_t)) return Status::ok();
  for (size_t i = 0; i < out.size(); ++i) {
    uint16_t narrow;
    std::memcpy(&narrow, raw + i * sizeof(narrow), sizeof(narrow));
    out[i] = narrow;
  }
  return Status::ok();
}

}  // namespace raddle::data
