// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/token_shard_writer.h"

#include <cstring>
#include <filesystem>
#include <utility>

#include "runtime/data/token_shard_format.h"

namespace raddle::data {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

}  // namespace

TokenShardWriter::TokenShardWriter(FileSystem& fs, std::string path, int64_t vocab_size,
                                   uint64_t fingerprint)
    : fs_(fs),
      path_(std::move(path)),
      spill_path_(path_ + ".spill"),
      temporary_path_(path_ + ".tmp"),
      vocab_size_(vocab_size),
      tokenizer_fingerprint_(fingerprint),
      token_bytes_(vocab_size <= 65536 ? 2 : 4) {}

StatusOr<std::unique_ptr<TokenShardWriter>> TokenShardWriter::create(
    FileSystem& fs, const std::string& path, int64_t vocab_size, uint64_t tokenizer_fingerprint) {
  if (vocab_size < 1 || vocab_size > int64_t{1} << 31) {
    return invalid_argument("token shard {}: vocab_size is {}; expected 1 to 2^31", path,
                            vocab_size);
  }
  std::unique_ptr<TokenShardWriter> writer(
      new TokenShardWriter(fs, path, vocab_size, tokenizer_fingerprint));
  RADDLE_ASSIGN_OR_RETURN(writer->spill_, fs.create(writer->spill_path_));
  return writer;
}

TokenShardWriter::~TokenShardWriter() {
  // Best effort: what is left are temporary files only, and their removal must not hide an error.
  for (const std::string& path : {spill_path_, temporary_path_}) {
    if (fs_.exists(path)) static_cast<void>(fs_.remove_all(path).is_ok());
  }
}

Status TokenShardWriter::append(std::span<const int32_t> ids) {
  for (const int32_t id : ids) {
    if (id < 0 || id >= vocab_size_) {
      return invalid_argument(
          "token shard {}: id {} is not in the vocabulary; expected 0 <= id < {}", path_, id,
          vocab_size_);
    }
    const auto value = static_cast<uint32_t>(id);
    const size_t at = buffer_.size();
    buffer_.resize(at + token_bytes_);
    std::memcpy(buffer_.data() + at, &value, token_bytes_);  // little-endian: the low bytes
    if (buffer_.size() >= kBufferBytes) RADDLE_RETURN_IF_ERROR(flush());
  }
  token_count_ += ids.size();
  return Status::ok();
}

Status TokenShardWriter::end_document() {
  const uint64_t begin = document_ends_.empty() ? 0 : document_ends_.back();
  if (token_count_ > begin) document_ends_.push_back(token_count_);
  return Status::ok();
}

Status TokenShardWriter::flush() {
  hash_.update(buffer_.data(), buffer_.size());
  RADDLE_RETURN_IF_ERROR(spill_->append(buffer_.data(), buffer_.size()));
  buffer_.clear();
  return Status::ok();
}

Status TokenShardWriter::finish() {
  RADDLE_RETURN_IF_ERROR(end_document());
  const uint64_t bytes = token_count_ * token_bytes_;
  buffer_.resize(buffer_.size() + (padded_token_bytes(bytes) - bytes), std::byte{0});
  RADDLE_RETURN_IF_ERROR(flush());
  RADDLE_RETURN_IF_ERROR(spill_->close());
  RADDLE_RETURN_IF_ERROR(assemble());
  RADDLE_RETURN_IF_ERROR(fs_.remove_all(spill_path_));
  RADDLE_RETURN_IF_ERROR(fs_.rename(temporary_path_, path_));
  const std::string parent = std::filesystem::path(path_).parent_path().string();
  return fs_.sync_directory(parent.empty() ? "." : parent);
}

Status TokenShardWriter::assemble() {
  const size_t ends_bytes = document_ends_.size() * sizeof(uint64_t);
  hash_.update(document_ends_.data(), ends_bytes);
  TokenShardHeader header = {};
  std::memcpy(header.magic, kTokenShardMagic, sizeof(header.magic));
  header.version = kTokenShardVersion;
  header.token_bytes = static_cast<uint32_t>(token_bytes_);
  header.vocab_size = static_cast<uint64_t>(vocab_size_);
  header.token_count = token_count_;
  header.document_count = document_ends_.size();
  header.tokenizer_fingerprint = tokenizer_fingerprint_;
  header.payload_hash = hash_.digest();
  header.header_hash = hash_bytes(&header, kTokenShardHashedHeader);
  RADDLE_ASSIGN_OR_RETURN(MappedFile spill, MappedFile::open(spill_path_));
  RADDLE_ASSIGN_OR_RETURN(auto file, fs_.create(temporary_path_));
  RADDLE_RETURN_IF_ERROR(file->append(&header, sizeof(header)));
  RADDLE_RETURN_IF_ERROR(file->append(spill.data(), spill.bytes()));
  RADDLE_RETURN_IF_ERROR(file->append(document_ends_.data(), ends_bytes));
  RADDLE_RETURN_IF_ERROR(file->sync());
  return file->close();
}

}  // namespace raddle::data
