// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bytes_tokenizer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "runtime/base/hash.h"
#include "runtime/data/byte_alphabet.h"

namespace raddle::data {
namespace {

constexpr std::string_view kEndOfText = "<|endoftext|>";
constexpr int32_t kEndOfTextId = 256;
constexpr size_t kPieceIds = 1 << 16;

class BytesTokenizer final : public Tokenizer {
 public:
  BytesTokenizer() {
    special_.eos = kEndOfTextId;
    for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<char>(i);
  }
  std::string_view name() const override { return "bytes"; }
  int64_t vocab_size() const override { return kEndOfTextId + 1; }
  const SpecialTokens& special() const override { return special_; }
  uint64_t fingerprint() const override { return hash_text(to_json()); }
  Status encode_stream(std::string_view text, SpecialText special,
                       const TokenSink& sink) const override {
    std::vector<int32_t> ids;
    ids.reserve(std::min(text.size(), kPieceIds));
    for (size_t at = 0; at < text.size();) {
      if (special == SpecialText::kParse && text.substr(at).starts_with(kEndOfText)) {
        ids.push_back(kEndOfTextId);
        at += kEndOfText.size();
      } else {
        ids.push_back(static_cast<unsigned char>(text[at++]));
      }
      if (ids.size() == kPieceIds) {
        RADDLE_RETURN_IF_ERROR(sink(ids, at));
        ids.clear();
      }
    }
    return sink(ids, text.size());
  }
  std::string_view token_bytes(int32_t id) const override {
    if (id == kEndOfTextId) return kEndOfText;
    if (id < 0 || id > kEndOfTextId) return {};
    return {&bytes_[static_cast<size_t>(id)], 1};
  }
  std::string to_json() const override;

 private:
  SpecialTokens special_;
  std::array<char, 256> bytes_;
};

std::string BytesTokenizer::to_json() const {
  nlohmann::ordered_json vocab = nlohmann::ordered_json::object();
  for (size_t byte = 0; byte < 256; ++byte) vocab[byte_alphabet()[byte]] = byte;
  const nlohmann::ordered_json byte_level = {{"type", "ByteLevel"},
                                             {"add_prefix_space", false},
                                             {"trim_offsets", true},
                                             {"use_regex", false}};
  nlohmann::ordered_json json;
  json["version"] = "1.0";
  json["truncation"] = nullptr;
  json["padding"] = nullptr;
  json["added_tokens"] = {{{"id", kEndOfTextId},
                           {"content", kEndOfText},
                           {"single_word", false},
                           {"lstrip", false},
                           {"rstrip", false},
                           {"normalized", false},
                           {"special", true}}};
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = byte_level;
  json["post_processor"] = nullptr;
  json["decoder"] = byte_level;
  json["model"] = {{"type", "BPE"},
                   {"dropout", nullptr},
                   {"unk_token", nullptr},
                   {"continuing_subword_prefix", nullptr},
                   {"end_of_word_suffix", nullptr},
                   {"fuse_unk", false},
                   {"byte_fallback", false},
                   {"ignore_merges", false},
                   {"vocab", vocab},
                   {"merges", nlohmann::ordered_json::array()}};
  return json.dump(2) + "\n";
}

}  // namespace

std::shared_ptr<const Tokenizer> make_bytes_tokenizer() {
  return std::make_shared<BytesTokenizer>();
}

}  // namespace raddle::data
