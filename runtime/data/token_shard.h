// SPDX-License-Identifier: Apache-2.0
// A token shard opened for reading: a flat file of ids with document boundaries, mapped, never
// copied. Immutable; may be shared between threads. FORMAT.md describes the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "runtime/base/file_system.h"
#include "runtime/base/status.h"

namespace raddle::data {

enum class VerifyShard {
  kContents,  // sizes, document offsets, checksum, and every id against the vocabulary: reads it
              // all
  kSizes,     // sizes and document offsets only: for files too large to read at every start
};

class TokenShard {
 public:
  // DATA_LOSS naming file, field, expected and actual when the file is not a whole shard.
  static StatusOr<std::shared_ptr<const TokenShard>> open(const std::string& path,
                                                          VerifyShard verify);

  const std::string& path() const { return file_.path(); }
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
  int32_t token(uint64_t index) const {
    return token_bytes_ == 2 ? static_cast<int32_t>(narrow()[index])
                             : static_cast<int32_t>(wide()[index]);
  }
  // Copies tokens [begin, begin + out.size()), which must lie inside the shard.
  void copy(uint64_t begin, std::span<int32_t> out) const;

 private:
  explicit TokenShard(MappedFile file) : file_(std::move(file)) {}
  Status read_header();
  Status check_documents() const;
  Status check_contents() const;
  const std::byte* payload() const;
  const uint16_t* narrow() const { return reinterpret_cast<const uint16_t*>(payload()); }
  const uint32_t* wide() const { return reinterpret_cast<const uint32_t*>(payload()); }

  MappedFile file_;
  int64_t vocab_size_ = 0;
  uint64_t token_count_ = 0, tokenizer_fingerprint_ = 0, content_hash_ = 0;
  int token_bytes_ = 0;
  std::span<const uint64_t> document_ends_;
};

}  // namespace raddle::data
