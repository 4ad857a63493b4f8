// SPDX-License-Identifier: Apache-2.0
// A token shard opened for reading: a flat file of ids with document boundaries and, where they are
// not all 1, the weights of the tokens. Tokens are read
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
#include "runtime/base/stop_token.h"
#include "runtime/data/token_weights.h"

namespace raddle::data {

struct TokenShardHeader;

enum class VerifyShard {
  kContents,  // sizes, document offsets, weights, checksum, and every id against the vocabulary:
              // reads it all
  kSizes,     // all but checksum and ids: for files too large to read at every start
};

// Whether the first bytes of a file are a shard's; whether it is whole is open()'s business.
StatusOr<bool> begins_as_token_shard(const std::string& path);

class TokenShard {
 public:
  // DATA_LOSS naming file, field, expected and actual when the file is not a whole shard.
  // CANCELLED when `stop` is set while it is read.
  static StatusOr<std::shared_ptr<const TokenShard>> open(const std::string& path,
                                                          VerifyShard verify,
                                                          StopToken* stop = nullptr);

  const std::string& path() const { return file_->path(); }
  int64_t vocab_size() const { return vocab_size_; }
  uint64_t token_count() const { return token_count_; }
  uint64_t document_count() const { return document_ends_.size(); }
  uint64_t tokenizer_fingerprint() const { return tokenizer_fingerprint_; }
  uint64_t content_hash() const { return content_hash_; }
  int token_bytes() const { return token_bytes_; }
  const TokenWeights& weights() const { return weights_; }

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
  Status read_run_count();
  Status check_size(const TokenShardHeader& header) const;
  Status read_documents();
  Status read_weights();
  Status check_contents(StopToken* stop) const;
  uint64_t ends_offset() const;

  std::unique_ptr<ReadableFile> file_;
  int64_t vocab_size_ = 0;
  uint64_t token_count_ = 0, tokenizer_fingerprint_ = 0, content_hash_ = 0;
  int token_bytes_ = 0;
  std::vector<uint64_t> document_ends_;
  uint64_t run_count_ = 0;  // 0: the file has no weights
  TokenWeights weights_;
};

}  // namespace raddle::data
