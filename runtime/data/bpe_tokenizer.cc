// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_tokenizer.h"

#include <algorithm>
#include <utility>

#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/data/added_tokens.h"
#include "runtime/data/bpe_encoder.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/pre_tokenizer.h"
#include "runtime/data/special_tokens.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {
namespace {

uint64_t fingerprint_of(const BpeSpec& spec, const std::vector<AddedToken>& normalized_added,
                        const std::string& other_meanings) {
  StreamingHash hash;
  const auto add = [&](const void* data, size_t bytes) {
    hash.update(&bytes, sizeof(bytes));
    hash.update(data, bytes);
  };
  const auto add_text = [&](const std::string& text) { add(text.data(), text.size()); };
  for (const std::string& token : spec.tokens) add_text(token);
  for (const BpeMerge& merge : spec.merges) add(&merge, sizeof(merge));
  for (const AddedToken& token : spec.added) {
    add(&token.id, sizeof(token.id));
    add_text(token.content);
    for (const auto& [rule, set] : {std::pair{"lstrip", token.lstrip},
                                    {"rstrip", token.rstrip},
                                    {"single_word", token.single_word},
                                    {"found in documents", !token.special},
                                    {"normalized", token.normalized},
                                    {"in_vocab", token.in_vocab}}) {
      if (set) add_text(rule);
    }
  }
  const auto add_split = [&](const SplitRule& split) {
    add_text(split.pattern);
    if (split.behavior == SplitBehavior::kIsolated) return;
    add(&split.behavior, sizeof(split.behavior));
    add(&split.invert, sizeof(split.invert));
  };
  for (const SplitRule& split : spec.patterns) add_split(split);
  if (!spec.spelled_patterns.empty()) add_text("spelled");
  for (const SplitRule& split : spec.spelled_patterns) add_split(split);
  add(&spec.whole_words, sizeof(spec.whole_words));
  // What most tokenizers do not have leaves the hash as it was before there was such a thing.
  if (spec.normal_form != NormalForm::kNone) add(&spec.normal_form, sizeof(spec.normal_form));
  if (!other_meanings.empty()) add_text(other_meanings);
  if (spec.prefix_space) add_text("prefix_space");
  if (spec.prefix_space && spec.prefix_behind > 0) {
    add(&spec.prefix_behind, sizeof(spec.prefix_behind));
  }
  for (const AddedToken& token : normalized_added) {
    const bool as_it_is = std::any_of(spec.added.begin(), spec.added.end(), [&](const auto& given) {
      return given.id == token.id && given.content == token.content;
    });
    if (!as_it_is) add_text(token.content);
  }
  if (spec.unk) add(&*spec.unk, sizeof(*spec.unk));
  if (spec.unk && spec.fuse_unk) add_text("fuse_unk");
  return hash.digest();
}

class BpeTokenizer final : public Tokenizer {
 public:
  BpeTokenizer(BpeSpec spec, const std::vector<AddedToken>& normalized_added, BpeModel model,
               std::shared_ptr<const PreTokenizer> parts, std::shared_ptr<const PreTokenizer> words,
               std::shared_ptr<const PreTokenizer> spelled)
      : spec_(std::move(spec)),
        coder_{.model = std::move(model),
               .parts = std::move(parts),
               .words = std::move(words),
               .spelled = std::move(spelled),
               .added = AddedTokenFinder(found_as_is(spec_.added)),
               .added_to_normalized = AddedTokenFinder(normalized_added),
               .normal_form = spec_.normal_form,
               .prefix_space = spec_.prefix_space},
        fingerprint_(fingerprint_of(spec_, normalized_added,
                                    (coder_.parts ? coder_.parts->other_meanings() : "") +
                                        coder_.words->other_meanings())) {}

  std::string_view name() const override { return coder_.model.has_merges() ? "bpe" : "bytes"; }
  int64_t vocab_size() const override { return static_cast<int64_t>(spec_.tokens.size()); }
  int64_t document_vocab_size() const override;
  const SpecialTokens& special() const override { return spec_.special; }
  uint64_t fingerprint() const override { return fingerprint_; }
  std::string_view token_bytes(int32_t id) const override {
    const bool known = id >= 0 && static_cast<size_t>(id) < spec_.tokens.size();
    return known ? std::string_view(spec_.tokens[static_cast<size_t>(id)]) : std::string_view();
  }
  std::string spelling(int32_t id) const override {
    for (const AddedToken& token : spec_.added) {
      if (token.id == id) return token.content;
    }
    return bytes_to_alphabet(token_bytes(id));
  }
  std::string to_json() const override {
    return spec_.source_json.empty() ? tokenizer_to_json(spec_) : spec_.source_json;
  }
  std::unique_ptr<TextEncoder> encoder(SpecialText special, TokenSink sink) const override {
    return make_bpe_encoder(coder_, special, std::move(sink));
  }
  const std::string& carried() const { return spec_.carried; }

 private:
  static std::vector<AddedToken> found_as_is(const std::vector<AddedToken>& all) {
    std::vector<AddedToken> picked;
    for (const AddedToken& token : all) {
      if (!token.normalized) picked.push_back(token);
    }
    return picked;
  }

  BpeSpec spec_;
  BpeCoder coder_;
  uint64_t fingerprint_;
};

int64_t BpeTokenizer::document_vocab_size() const {
  std::vector<bool> special(spec_.tokens.size());
  for (const AddedToken& token : spec_.added) {
    special[static_cast<size_t>(token.id)] = token.special && !token.in_vocab;
  }
  for (auto id = static_cast<int64_t>(spec_.tokens.size()) - 1; id >= 0; --id) {
    const bool is_text =
        !spec_.tokens[static_cast<size_t>(id)].empty() && !special[static_cast<size_t>(id)];
    if (is_text || spec_.special.is_mark(static_cast<int32_t>(id))) return id + 1;
  }
  return 0;
}

// What is looked for in normalized text is looked for as it is there.
StatusOr<std::vector<AddedToken>> in_normal_form(const BpeSpec& spec) {
  std::vector<AddedToken> tokens;
  for (AddedToken token : spec.added) {
    if (!token.normalized) continue;
    RADDLE_ASSIGN_OR_RETURN(token.content, normalized(token.content, spec.normal_form));
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Of bytes that a text in UTF-8 may hold.
void warn_of_missing(const std::array<int32_t, 256>& byte_ids, const BpeSpec& spec) {
  int missing = 0, first = -1;
  for (int byte = 0; byte < 0xF5; ++byte) {
    if (byte_ids[static_cast<size_t>(byte)] >= 0 || byte == 0xC0 || byte == 0xC1) continue;
    ++missing;
    if (first < 0) first = byte;
  }
  if (missing == 0) return;
  log_warning(
      "the vocabulary has no token for {} bytes that texts may hold, the first 0x{:02X}; where a "
      "text has one it {}, as in Hugging Face's library",
      missing, first, spec.unk ? "becomes the unknown token" : "is left out");
}

}  // namespace

std::vector<std::string> byte_tokens() {
  std::vector<std::string> tokens;
  for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
  return tokens;
}

StatusOr<std::shared_ptr<const Tokenizer>> make_bpe_tokenizer(BpeSpec spec) {
  std::array<int32_t, 256> byte_ids;
  byte_ids.fill(-1);
  std::vector<bool> only_added(spec.tokens.size());
  // An added token is its text, but one of the vocabulary too, as "é" may be, is the bytes that its
  // letters stand for there.
  std::unordered_map<size_t, std::string> in_vocab;
  for (const AddedToken& token : spec.added) {
    const auto id = static_cast<size_t>(token.id);
    only_added[id] = !token.in_vocab;
    if (token.in_vocab) in_vocab[id] = alphabet_to_bytes(token.content).value_or(token.content);
  }
  std::unordered_map<std::string, int32_t> whole_words;
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    const std::string& token = in_vocab.contains(id) ? in_vocab[id] : spec.tokens[id];
    if (token.empty() || only_added[id]) continue;
    if (token.size() == 1)
      byte_ids[static_cast<unsigned char>(token[0])] = static_cast<int32_t>(id);
    if (spec.whole_words) whole_words.emplace(token, static_cast<int32_t>(id));
  }
  warn_of_missing(byte_ids, spec);
  // Behind other splits each of their words gets the space.
  std::vector<SplitRule> inner = spec.patterns;
  std::shared_ptr<const PreTokenizer> parts;
  if (spec.prefix_space && spec.prefix_behind > 0) {
    const auto border = inner.begin() + static_cast<std::ptrdiff_t>(spec.prefix_behind);
    RADDLE_ASSIGN_OR_RETURN(parts,
                            PreTokenizer::create(std::vector<SplitRule>(inner.begin(), border)));
    inner.erase(inner.begin(), border);
  }
  RADDLE_ASSIGN_OR_RETURN(auto words, PreTokenizer::create(std::move(inner)));
  std::shared_ptr<const PreTokenizer> spelled;
  if (!spec.spelled_patterns.empty()) {
    RADDLE_ASSIGN_OR_RETURN(spelled, PreTokenizer::create(spec.spelled_patterns));
  }
  RADDLE_ASSIGN_OR_RETURN(std::vector<AddedToken> normalized_added, in_normal_form(spec));
  BpeModel model(byte_ids, spec.merges, std::move(whole_words), spec.unk.value_or(-1),
                 spec.fuse_unk);
  complete_special_tokens(spec.special);
  return std::shared_ptr<const Tokenizer>(
      std::make_shared<BpeTokenizer>(std::move(spec), std::move(normalized_added), std::move(model),
                                     std::move(parts), std::move(words), std::move(spelled)));
}

std::string carried_config(const Tokenizer& tokenizer) {
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(&tokenizer);
  return bpe != nullptr ? bpe->carried() : std::string();
}

std::shared_ptr<const Tokenizer> make_bytes_tokenizer() {
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.tokens.emplace_back("<|endoftext|>");
  spec.added = {{256, "<|endoftext|>", true}};
  spec.special.eos = 256;
  return make_bpe_tokenizer(std::move(spec)).value();
}

}  // namespace raddle::data
