// SPDX-License-Identifier: Apache-2.0
// Writes a token shard of any length in bounded memory (8 bytes a document, 20 a run of weights),
// under a name of its own beside the target: tokens as they come, and in finish() the offsets, the
// weights if any is not 1, and over the first bytes the header. A reader never sees a part; an
// unfinished writer leaves nothing behind.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/staged_file.h"
#include "runtime/base/status.h"
#include "runtime/data/token_weights.h"

namespace raddle::data {

class TokenShardWriter {
 public:
  static StatusOr<std::unique_ptr<TokenShardWriter>> create(FileSystem& fs, const std::string& path,
                                                            int64_t vocab_size,
                                                            uint64_t tokenizer_fingerprint,
                                                            Existing existing = Existing::kKeep);
  TokenShardWriter(const TokenShardWriter&) = delete;
  TokenShardWriter& operator=(const TokenShardWriter&) = delete;

  // INVALID_ARGUMENT for an id outside the vocabulary, or a weight that is negative or not finite.
  Status append(std::span<const int32_t> ids, float weight = 1.0f);
  // Ends the document; does nothing when it is empty.
  Status end_document();
  Status finish();

  uint64_t token_count() const { return token_count_; }
  uint64_t document_count() const { return document_ends_.size(); }

 private:
  TokenShardWriter(StagedFile staged, std::string path, int64_t vocab_size, uint64_t fingerprint);
  Status flush();
  Status write_weights();
  Status write_ends_and_header();

  StagedFile staged_;
  std::string path_;
  int64_t vocab_size_;
  uint64_t tokenizer_fingerprint_;
  size_t token_bytes_;
  std::vector<std::byte> buffer_;
  StreamingHash hash_;
  uint64_t token_count_ = 0;
  std::vector<uint64_t> document_ends_;
  TokenWeights weights_;
};

}  // namespace raddle::data
