// SPDX-License-Identifier: Apache-2.0
// What turns text into ids and back. Tokenizers are immutable and may be shared between threads.
// Text is bytes: anything may be encoded, valid UTF-8 or not, and decoding gives the same bytes
// back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/file_system.h"
#include "runtime/base/status.h"

namespace raddle::data {

struct SpecialTokens {
  std::optional<int32_t> bos;
  std::optional<int32_t> eos;  // ends a document
  std::optional<int32_t> pad;
  bool add_bos =
      false;  // the tokenizer's files ask for bos before every text; encode() never adds it
};

// What to do with text that spells an added token, such as "<|endoftext|>".
enum class SpecialText {
  kParse,   // it becomes that token, as in other tools; for prompts that one wrote oneself
  kAsText,  // it stays text; for documents, which must not be able to end themselves
};

// Receives ids in pieces of bounded size, with the number of bytes of the text that they and all
// before them stand for. An error from it ends the encoding and is returned.
using TokenSink = std::function<Status(std::span<const int32_t> ids, size_t bytes_done)>;

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string_view name() const = 0;  // "bytes" or "bpe"
  virtual int64_t vocab_size() const = 0;     // highest id + 1
  virtual const SpecialTokens& special() const = 0;
  // Changes when any text could get other ids; stored in token shards and run directories.
  virtual uint64_t fingerprint() const = 0;
  virtual Status encode_stream(std::string_view text, SpecialText special,
                               const TokenSink& sink) const = 0;
  // The bytes of one id, special tokens spelled out; empty for an id that no token has.
  virtual std::string_view token_bytes(int32_t id) const = 0;
  virtual std::string to_json() const = 0;  // the text of a Hugging Face tokenizer.json

  StatusOr<std::vector<int32_t>> encode(std::string_view text,
                                        SpecialText special = SpecialText::kParse) const;
  // INVALID_ARGUMENT for an id outside the vocabulary.
  StatusOr<std::string> decode(std::span<const int32_t> ids) const;
};

// Spec: "bytes", or the path of a tokenizer.json or of a directory that holds one.
StatusOr<std::shared_ptr<const Tokenizer>> load_tokenizer(FileSystem& fs, const std::string& spec);

// Writes tokenizer.json and tokenizer_config.json into `directory`, which must exist.
Status save_tokenizer(FileSystem& fs, const Tokenizer& tokenizer, const std::string& directory);

}  // namespace raddle::data
