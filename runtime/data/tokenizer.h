// SPDX-License-Identifier: Apache-2.0
// What turns text into ids and back. Tokenizers are immutable and may be shared between threads.
// Text is bytes: anything may be encoded, valid UTF-8 or not, and decoding gives the same bytes
// back.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
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
  std::optional<int32_t> eos;
  std::optional<int32_t> pad;
  bool add_bos = false;         // texts begin with bos: add_bos_token, or the post-processor
  std::optional<bool> add_eos;  // add_eos_token, where the files say so
  // What stands around a text. encode() adds neither; encode_prompt() adds `begin`.
  std::vector<int32_t> begin;  // of every document and of every prompt
  std::vector<int32_t> end;    // of every document: what the post-processor puts there, else eos
  std::vector<int32_t> stops;  // each ends a generated text: eos, end and generation_config's

  bool is_mark(int32_t id) const;  // stands for no text: in `begin` or in `end`
};

// What to do with text that spells an added token, such as "<|endoftext|>".
enum class SpecialText {
  kParse,   // it becomes that token, as in other tools; for prompts that one wrote oneself
  kAsText,  // it stays text; for documents, which must not be able to end themselves
};

// Receives ids in pieces of bounded size, with the number of bytes of the text that they and all
// before them stand for; at the end of a text it is called once more. An error from it ends the
// encoding and is returned.
using TokenSink = std::function<Status(std::span<const int32_t> ids, size_t bytes_done)>;

// Encodes texts that come in parts, one after another. A part may end anywhere, even inside a
// character, and the ids are those of the whole text. Where the tokenizer's patterns allow it,
// memory does not grow with the text.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  // `last`: the text ends here. After an error the encoder is of no more use.
  virtual Status add(std::string_view part, bool last) = 0;
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string_view name() const = 0;  // "bytes" or "bpe"
  virtual int64_t vocab_size() const = 0;     // highest id + 1
  // Highest id that a document may hold, + 1: special tokens are in none but as begin and end.
  virtual int64_t document_vocab_size() const = 0;
  virtual const SpecialTokens& special() const = 0;
  // Changes when any text could get other ids; stored in token shards and run directories.
  virtual uint64_t fingerprint() const = 0;
  // Borrows the tokenizer.
  virtual std::unique_ptr<TextEncoder> encoder(SpecialText special, TokenSink sink) const = 0;
  // The bytes of one id, special tokens spelled out; empty for an id that no token has.
  virtual std::string_view token_bytes(int32_t id) const = 0;
  // How a tokenizer.json spells the token: added ones as they are, others in the byte-level
  // alphabet.
  virtual std::string spelling(int32_t id) const = 0;
  virtual std::string to_json() const = 0;  // the text of a Hugging Face tokenizer.json

  Status encode_stream(std::string_view text, SpecialText special, const TokenSink& sink) const;
  StatusOr<std::vector<int32_t>> encode(std::string_view text,
                                        SpecialText special = SpecialText::kParse) const;
  // `text` as a model was trained to see its start: after special().begin, unless it spells that
  // itself. INVALID_ARGUMENT for an empty text where nothing begins one.
  StatusOr<std::vector<int32_t>> encode_prompt(std::string_view text) const;
  // INVALID_ARGUMENT for an id outside the vocabulary.
  StatusOr<std::string> decode(std::span<const int32_t> ids) const;
};

// Spec: "bytes", or the path of a tokenizer.json or of a directory that holds one.
StatusOr<std::shared_ptr<const Tokenizer>> load_tokenizer(FileSystem& fs, const std::string& spec);
// Whether load_tokenizer() would find a tokenizer's files in `directory`.
StatusOr<bool> has_tokenizer(FileSystem& fs, const std::string& directory);

// A tokenizer as the texts of its files, by name: what a directory of it holds. `where` is named in
// messages.
using TokenizerFiles = std::map<std::string, std::string>;
// Who wrote them: any tool, whose words mean what they mean to transformers, or tokenizer_files().
enum class FilesFrom { kAnyTool, kRun };
StatusOr<std::shared_ptr<const Tokenizer>> tokenizer_from_files(
    TokenizerFiles files, const std::string& where, FilesFrom from = FilesFrom::kAnyTool);
TokenizerFiles tokenizer_files(const Tokenizer& tokenizer);
// All names that they may have.
inline constexpr std::array kTokenizerFileNames = {"tokenizer.json", "tokenizer_config.json",
                                                   "generation_config.json"};

// Writes those files into `directory`, which must exist.
Status save_tokenizer(FileSystem& fs, const Tokenizer& tokenizer, const std::string& directory);

}  // namespace raddle::data
