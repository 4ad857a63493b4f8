// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "runtime/base/file_kind.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/tokenizer_json.h"
#include "runtime/data/tokenizer_json_complete.h"
#include "runtime/data/tokenizer_json_parts.h"

namespace raddle::data {
namespace {

using Json = nlohmann::json;

// Ids that no token has; a few are normal, and a forged id must not ask for gigabytes.
constexpr int64_t kMostHoles = 65536;

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  Status read(const Json& json, BpeSpec& spec) {
    if (!json.is_object()) {
      return data_loss("{}: not a JSON object; expected a Hugging Face tokenizer.json", file_);
    }
    for (const char* key : {"truncation", "padding"}) {
      if (!json.value(key, Json()).is_null()) {
        log_info("{}: {} is passed over; texts are encoded whole", file_, key);
      }
    }
    RADDLE_ASSIGN_OR_RETURN(const bool is_bytes,
                            read_normalizer(json.value("normalizer", Json()), file_, spec));
    RADDLE_RETURN_IF_ERROR(
        read_pre_tokenizer(json.value("pre_tokenizer", Json()), is_bytes, file_, spec));
    RADDLE_RETURN_IF_ERROR(check_decoder(json.value("decoder", Json()), file_));
    RADDLE_RETURN_IF_ERROR(read_added(json.value("added_tokens", Json::array()), spec));
    if (is_bytes) RADDLE_RETURN_IF_ERROR(check_added_of_bytes(spec));
    const Json& model = json.value("model", Json());
    RADDLE_RETURN_IF_ERROR(check_model(model));
    spec.whole_words = is_true(model, "ignore_merges");
    RADDLE_RETURN_IF_ERROR(read_vocab(model["vocab"], spec));
    note_other_ids(spec);
    RADDLE_RETURN_IF_ERROR(read_merges(model["merges"], spec));
    RADDLE_RETURN_IF_ERROR(read_unknown(model, spec));
    if (is_true(model, "byte_fallback") && !has_all_bytes()) {
      return unimplemented(
          "{}: model.byte_fallback is set and the vocabulary lacks bytes of the byte-level "
          "alphabet; only byte-level vocabularies are read",
          file_);
    }
    return read_post_processor(json.value("post_processor", Json()), file_, spec);
  }

 private:
  Status check_model(const Json& model) const {
    if (!model.is_object()) return data_loss("{}: model is missing; expected an object", file_);
    const auto type = model.find("type");
    if (type != model.end() && *type != "BPE") {
      return unimplemented("{}: model.type is {}; only BPE is read", file_, json_text(*type));
    }
    for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      const Json value = model.value(key, Json());
      if (!value.is_null() && value != "") {
        return unimplemented("{}: model.{} is {}; only tokenizers without it are read", file_, key,
                             json_text(value));
      }
    }
    const Json dropout = model.value("dropout", Json());
    if (!dropout.is_null() && dropout != 0.0) {
      return unimplemented("{}: model.dropout is {}; only tokenizers without it are read", file_,
                           json_text(dropout));
    }
    if (!model.contains("vocab") || !model["vocab"].is_object()) {
      return data_loss("{}: model.vocab is missing; expected an object of token: id", file_);
    }
    if (!model.contains("merges") || !model["merges"].is_array()) {
      return data_loss("{}: model.merges is missing; expected an array", file_);
    }
    return Status::ok();
  }

  Status read_added(const Json& added, BpeSpec& spec) const {
    if (!added.is_array()) return data_loss("{}: added_tokens is not an array", file_);
    for (size_t i = 0; i < added.size(); ++i) {
      const Json& token = added[i];
      const bool valid = token.is_object() && token.contains("id") &&
                         token["id"].is_number_unsigned() && token.contains("content") &&
                         token["content"].is_string() && !token["content"].empty() &&
                         token["content"] != "" && token["id"].get<uint64_t>() < (1u << 30);
      if (!valid) {
        return data_loss("{}: added_tokens[{}] is {}; expected an id and a content", file_, i,
                         json_shown(token));
      }
      spec.added.push_back({.id = token["id"].get<int32_t>(),
                            .content = token["content"].get<std::string>(),
                            .special = is_true(token, "special"),
                            .lstrip = is_true(token, "lstrip"),
                            .rstrip = is_true(token, "rstrip"),
                            .single_word = is_true(token, "single_word"),
                            .normalized = is_true(token, "normalized")});
    }
    return Status::ok();
  }

  // Behind a ByteLevel normalizer such a token is looked for among letters of the alphabet, where
  // no space is one.
  Status check_added_of_bytes(const BpeSpec& spec) const {
    for (const AddedToken& token : spec.added) {
      if (!token.normalized || !(token.lstrip || token.rstrip || token.single_word)) continue;
      return unimplemented(
          "{}: normalizer ByteLevel with added token {}, which is normalized and has lstrip, "
          "rstrip or single_word set, is not supported",
          file_, json_shown(token.content));
    }
    return Status::ok();
  }

  bool has_all_bytes() const {
    return std::all_of(byte_alphabet().begin(), byte_alphabet().end(),
                       [&](const std::string& letter) { return ids_.contains(letter); });
  }

  Status read_vocab(const Json& vocab, BpeSpec& spec) {
    int64_t most = 0;
    for (const auto& [text, id] : vocab.items()) {
      if (!id.is_number_unsigned() || id.get<uint64_t>() >= (1u << 30)) {
        return data_loss("{}: model.vocab has id {} for token {}; expected a number >= 0", file_,
                         json_shown(id), json_shown(text));
      }
      most = std::max(most, id.get<int64_t>() + 1);
    }
    for (const AddedToken& token : spec.added) most = std::max(most, int64_t{token.id} + 1);
    const auto named = static_cast<int64_t>(vocab.size() + spec.added.size());
    if (most > named + kMostHoles) {
      return data_loss(
          "{}: the highest id is {}, but only {} tokens are named; expected nearly all "
          "ids to have a token",
          file_, most - 1, named);
    }
    spec.tokens.resize(static_cast<size_t>(most));
    for (const AddedToken& token : spec.added) {
      std::string& place = spec.tokens[static_cast<size_t>(token.id)];
      if (!place.empty()) {
        return data_loss("{}: added_tokens gives id {} to two tokens", file_, token.id);
      }
      place = token.content;
    }
    for (const auto& [text, id] : vocab.items()) {
      RADDLE_RETURN_IF_ERROR(place_token(text, id.get<int32_t>(), spec));
    }
    return Status::ok();
  }

  // Hugging Face's library gives an added token the id that the vocabulary has for its text, else
  // the next one, and passes over what the file says.
  void note_other_ids(BpeSpec& spec) const {
    std::map<std::string, int64_t> given;
    const auto size = static_cast<int64_t>(ids_.size());
    int64_t next = size, others = 0;
    for (const AddedToken& token : spec.added) {
      const auto word = ids_.find(token.content);
      int64_t id = next;
      if (word != ids_.end()) id = word->second;
      id = given.emplace(token.content, id).first->second;
      next = std::max(next, id + 1);
      if (id == token.id || ++others > 1) continue;
      spec.warning = fmt::format(
          "{}: added token {} has id {}; Hugging Face's library passes over the ids of added "
          "tokens and gives it {}",
          file_, json_shown(token.content), token.id, id);
    }
    if (others == 0) return;
    spec.warning += fmt::format(
        ". Here the file's ids are taken, for {} tokens that differ; if they are not those of the "
        "model, write the file anew with the library",
        others);
  }

  Status place_token(const std::string& text, int32_t id, BpeSpec& spec) {
    ids_[text] = id;
    std::string& place = spec.tokens[static_cast<size_t>(id)];
    if (place == text) {  // an added token that the vocabulary names too
      for (AddedToken& token : spec.added) token.in_vocab |= token.id == id;
      return Status::ok();
    }
    const auto bytes = alphabet_to_bytes(text);
    if (!bytes || bytes->empty()) {
      return unimplemented(
          "{}: token {} (id {}) is not spelled in the byte-level alphabet; only "
          "byte-level vocabularies are read",
          file_, json_shown(text), id);
    }
    if (!place.empty()) {
      return data_loss("{}: id {} belongs to two tokens, one of them {}", file_, id,
                       json_shown(text));
    }
    place = *bytes;
    return Status::ok();
  }

  Status read_merges(const Json& merges, BpeSpec& spec) {
    for (size_t i = 0; i < merges.size(); ++i) {
      std::string left, right;
      if (!split_merge(merges[i], left, right)) {
        return data_loss("{}: model.merges[{}] is {}; expected \"a b\" or [\"a\", \"b\"]", file_, i,
                         json_shown(merges[i]));
      }
      const auto a = ids_.find(left), b = ids_.find(right), ab = ids_.find(left + right);
      for (const auto& [it, text] :
           {std::pair(a, left), std::pair(b, right), std::pair(ab, left + right)}) {
        if (it == ids_.end()) {
          return data_loss(
              "{}: model.merges[{}] needs token {}, which the vocabulary does not have", file_, i,
              json_shown(text));
        }
      }
      spec.merges.push_back({a->second, b->second, ab->second});
    }
    keep_last(spec.merges);
    return Status::ok();
  }

  // Of a merge that is there twice the last counts.
  static void keep_last(std::vector<BpeMerge>& merges) {
    PairMap last;
    std::vector<BpeMerge> kept;
    for (auto merge = merges.rbegin(); merge != merges.rend(); ++merge) {
      const auto rank = static_cast<uint32_t>(kept.size());
      if (last.insert(pair_key(merge->left, merge->right), rank) == rank) kept.push_back(*merge);
    }
    std::reverse(kept.begin(), kept.end());
    merges = std::move(kept);
  }

  Status read_unknown(const Json& model, BpeSpec& spec) const {
    const Json unknown = model.value("unk_token", Json());
    if (unknown.is_null()) return Status::ok();
    const auto id = unknown.is_string() ? ids_.find(unknown.get<std::string>()) : ids_.end();
    if (id == ids_.end()) {
      if (has_all_bytes()) return Status::ok();  // then nothing is unknown
      return data_loss(
          "{}: model.unk_token is {}, which the vocabulary does not have, and bytes of the "
          "byte-level alphabet are missing too; set it to null, or to a token of the vocabulary",
          file_, json_shown(unknown));
    }
    spec.unk = id->second;
    spec.fuse_unk = is_true(model, "fuse_unk");
    return Status::ok();
  }

  static bool split_merge(const Json& merge, std::string& left, std::string& right) {
    if (merge.is_string()) {
      const auto& text = merge.get_ref<const std::string&>();
      const size_t space = text.find(' ');
      if (space == text.npos) return false;
      left = text.substr(0, space);
      right = text.substr(space + 1);
    } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() &&
               merge[1].is_string()) {
      left = merge[0].get<std::string>();
      right = merge[1].get<std::string>();
    }
    return !left.empty() && !right.empty();
  }

  const std::string& file_;
  std::map<std::string, int32_t> ids_;  // of the vocabulary, as spelled
};

}  // namespace

StatusOr<BpeSpec> tokenizer_from_json(std::string text, const std::string& file) {
  Json json = json_from(text);
  if (json.is_discarded()) {
    const std::string_view head = std::string_view(text).substr(0, 4096);
    const auto kind = head.starts_with('{') ? std::nullopt : recognize_file(head);
    if (kind) return data_loss("{}: not valid JSON, but {}; {}", file, kind->what, kind->remedy);
    return data_loss("{}: not valid JSON; expected a Hugging Face tokenizer.json", file);
  }
  BpeSpec spec;
  RADDLE_RETURN_IF_ERROR(Reader(file).read(json, spec));
  if (complete_tokenizer_json(json)) {
    text = json_text(json, 2) + "\n";
  }
  spec.source_json = std::move(text);
  return spec;
}

}  // namespace raddle::data
