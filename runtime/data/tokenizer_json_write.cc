// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "runtime/base/json.h"
#include "runtime/data/byte_alphabet.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson pre_tokenizer_json(const BpeSpec& spec) {
  const OrderedJson byte_level = {{"type", "ByteLevel"},
                                  {"add_prefix_space", false},
                                  {"trim_offsets", true},
                                  {"use_regex", false}};
  if (spec.patterns.empty()) return byte_level;
  OrderedJson parts = OrderedJson::array();
  for (const SplitRule& split : spec.patterns) {
    parts.push_back({{"type", "Split"},
                     {"pattern", {{"Regex", split.pattern}}},
                     {"behavior", "Isolated"},
                     {"invert", false}});
  }
  parts.push_back(byte_level);
  return {{"type", "Sequence"}, {"pretokenizers", parts}};
}

OrderedJson model_json(const BpeSpec& spec) {
  std::vector<bool> is_added(spec.tokens.size());
  for (const AddedToken& token : spec.added) is_added[static_cast<size_t>(token.id)] = true;
  // ordered_json looks a key up by walking all of them; building the list itself does not.
  OrderedJson::object_t vocab;
  vocab.reserve(spec.tokens.size());
  for (size_t id = 0; id < spec.tokens.size(); ++id) {
    if (is_added[id] || spec.tokens[id].empty()) continue;
    vocab.Container::emplace_back(bytes_to_alphabet(spec.tokens[id]), id);
  }
  OrderedJson merges = OrderedJson::array();
  for (const BpeMerge& merge : spec.merges) {
    merges.push_back(bytes_to_alphabet(spec.tokens[static_cast<size_t>(merge.left)]) + " " +
                     bytes_to_alphabet(spec.tokens[static_cast<size_t>(merge.right)]));
  }
  return {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", nullptr},
          {"end_of_word_suffix", nullptr},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", spec.whole_words},
          {"vocab", std::move(vocab)},
          {"merges", std::move(merges)}};
}

}  // namespace

std::string tokenizer_to_json(const BpeSpec& spec) {
  OrderedJson added = OrderedJson::array();
  for (const AddedToken& token : spec.added) {
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", token.special}});
  }
  OrderedJson json;
  json["version"] = "1.0";
  json["truncation"] = nullptr;
  json["padding"] = nullptr;
  json["added_tokens"] = std::move(added);
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = pre_tokenizer_json(spec);
  json["post_processor"] = nullptr;
  json["decoder"] = {{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"trim_offsets", true},
                     {"use_regex", false}};
  json["model"] = model_json(spec);
  return json_text(json, 2) + "\n";
}

}  // namespace raddle::data
