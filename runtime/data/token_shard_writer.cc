// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/token_shard_writer.h"

#include <cmath>
#include <cstring>
#include <utility>

#include "runtime/data/token_shard_format.h"

namespace raddle::data {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

}  // namespace

TokenShardWriter::TokenShardWriter(StagedFile staged, std::string path, int64_t vocab_size,
                                   uint64_t fingerprint)
    : staged_(std::move(staged)),
      path_(std::move(path)),
      vocab_size_(vocab_size),
      tokenizer_fingerprint_(fingerprint),
      token_bytes_(vocab_size <= 65536 ? 2 : 4) {}

StatusOr<std::unique_ptr<TokenShardWriter>> TokenShardWriter::create(FileSystem& fs,
                                                                     const std::string& path,
                                                                     int64_t vocab_size,
                                                                     uint64_t tokenizer_fingerprint,
                                                                     Existing existing) {
  if (vocab_size < 1 || vocab_size > int64_t{1} << 31) {
    return invalid_argument("token shard {}: vocab_size is {}; expected 1 to 2^31", path,
                            vocab_size);
  }
  RADDLE_ASSIGN_OR_RETURN(StagedFile staged, StagedFile::create(fs, path, existing));
  const TokenShardHeader room = {};
  RADDLE_RETURN_IF_ERROR(staged.file().append(&room, sizeof(room)));
  return std::unique_ptr<TokenShardWriter>(
      new TokenShardWriter(std::move(staged), path, vocab_size, tokenizer_fingerprint));
}

Status TokenShardWriter::append(std::span<const int32_t> ids, float weight) {
  if (ids.empty()) return Status::ok();
  if (!(weight >= 0.0f) || !std::isfinite(weight)) {
    return invalid_argument(
        "token shard {}: the weight of tokens {} to {} is {}; expected a finite weight >= 0", path_,
        token_count_, token_count_ + ids.size() - 1, weight);
  }
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocab_size_) {
      return invalid_argument(
          "token shard {}: id {} is not in the vocabulary; expected 0 <= id < {}", path_, id,
          vocab_size_);
    }
  }
  const size_t before = buffer_.size();
  buffer_.resize(before + ids.size() * token_bytes_);
  std::byte* next = buffer_.data() + before;
  for (const int32_t id : ids) {  // little-endian: the low bytes
    if (token_bytes_ == 2) {
      std::memcpy(next, &id, 2);
    } else {
      std::memcpy(next, &id, 4);
    }
    next += token_bytes_;
  }
  token_count_ += ids.size();
  weights_.append(ids.size(), weight);
  return buffer_.size() >= kBufferBytes ? flush() : Status::ok();
}

Status TokenShardWriter::end_document() {
  const uint64_t begin = document_ends_.empty() ? 0 : document_ends_.back();
  if (token_count_ > begin) document_ends_.push_back(token_count_);
  return Status::ok();
}

Status TokenShardWriter::flush() {
  hash_.update(buffer_.data(), buffer_.size());
  RADDLE_RETURN_IF_ERROR(staged_.file().append(buffer_.data(), buffer_.size()));
  buffer_.clear();
  return Status::ok();
}

Status TokenShardWriter::finish() {
  RADDLE_RETURN_IF_ERROR(end_document());
  const uint64_t bytes = token_count_ * token_bytes_;
  buffer_.resize(buffer_.size() + (padded_bytes(bytes) - bytes), std::byte{0});
  RADDLE_RETURN_IF_ERROR(flush());
  RADDLE_RETURN_IF_ERROR(write_ends_and_header());
  return staged_.publish();
}

Status TokenShardWriter::write_weights() {
  const uint64_t runs = weights_.ends().size();
  const size_t end_bytes = runs * sizeof(uint64_t), weight_bytes = runs * sizeof(float);
  std::vector<std::byte> bytes(end_bytes + padded_bytes(weight_bytes) + sizeof(runs));
  std::memcpy(bytes.data(), weights_.ends().data(), end_bytes);
  std::memcpy(bytes.data() + end_bytes, weights_.weights().data(), weight_bytes);
  std::memcpy(bytes.data() + bytes.size() - sizeof(runs), &runs, sizeof(runs));
  hash_.update(bytes.data(), bytes.size());
  return staged_.file().append(bytes.data(), bytes.size());
}

Status TokenShardWriter::write_ends_and_header() {
  const size_t ends_bytes = document_ends_.size() * sizeof(uint64_t);
  hash_.update(document_ends_.data(), ends_bytes);
  RADDLE_RETURN_IF_ERROR(staged_.file().append(document_ends_.data(), ends_bytes));
  // A file that has no weights is as it always was, for readers that know no others.
  if (!weights_.all_one()) RADDLE_RETURN_IF_ERROR(write_weights());
  TokenShardHeader header = {};
  std::memcpy(header.magic, kTokenShardMagic, sizeof(header.magic));
  header.version = weights_.all_one() ? kTokenShardPlain : kTokenShardWeighted;
  header.token_bytes = static_cast<uint32_t>(token_bytes_);
  header.vocab_size = static_cast<uint64_t>(vocab_size_);
  header.token_count = token_count_;
  header.document_count = document_ends_.size();
  header.tokenizer_fingerprint = tokenizer_fingerprint_;
  header.payload_hash = hash_.digest();
  header.header_hash = hash_bytes(&header, kTokenShardHashedHeader);
  return staged_.file().rewrite(0, &header, sizeof(header));
}

}  // namespace raddle::data
