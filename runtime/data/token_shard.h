// SPDX-License-Identifier: Apache-2.0
// A token shard opened for reading: a flat file of ids with document boundaries. Tokens are read
// when they are wanted, so that a file that is cut meanwhile is an error and not a signal.
// Immutable; may be shared between threads. FORMAT.md describes the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/file_system.h"
#include "runtime/base/status.h"

namespace raddle::data {

enum class VerifyShard {
  kContents,  // sizes, document offsets, checksum, and every id against the vocabulary: reads it
              // all
  kSizes,     // sizes and document offsets only: for files too large to read at every start
};

// Whether the first bytes of a file are a shard's; whether it is whole is open()'s business.
StatusOr<bool> begins_as_token_shard(const std::string& path);

class TokenShard {
 public:
  // DATA_LOSS naming file, field, expected and actual when the file is not a whole shard.
  static StatusOr<std::shared_ptr<const TokenShard>> open(const std::string& path,
                                                          VerifyShard verify);

  const std::string& path() const { return file_->path(); }
  int64_t vocab_size() const { return vocab_size_; }
  uint64_t token_count() const { return token_count_; }
  uint64_t document_count() const { return document_ends_.size(); }
  uint64_t tokenizer_fingerprint() const { return tokenizer_fingerprint_; }
  uint64_t content_hash() const { return content_hash_; }
  int token_bytes() const { return token_bytes_; }

  uint64_t document_begin(uint64_t document) const {
    return document == 0 ? 0 : document_ends_[document - 1];
  }
  uint64_t document_end(uint64_t document) const { return document_ends_[document]; }
  // Copies tokens [begin, begin + out.size()), which must lie inside the shard. DATA_LOSS or IO
  // when they can no longer be read.
  Status copy(uint64_t begin, std::span<int32_t> out) const;

 private:
  explicit TokenShard(std::unique_ptr<ReadableFile> file) : file_(std::move(file)) {}
  Status read_header();
  Status read_documents();
  Status check_contents() const;
  uint64_t ends_offset() const;

  std::unique_ptr<ReadableFile> file_;
  int64_t vocab_size_ = 0;
  uint64_t token_count_ = 0, tokenizer_fingerprint_ = 0, content_hash_ = 0;
  int token_bytes_ = 0;
  std::vector<uint64_t> document_ends_;
};

}  // namespace raddle::data
