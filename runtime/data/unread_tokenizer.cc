// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/unread_tokenizer.h"

#include <string_view>

namespace raddle::data {
namespace {

// What a file of that name is the tokenizer of; "": of none that is known.
std::string_view kind_of_file(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"tokenizer.model", "SentencePiece (or tiktoken)"},
      {"spiece.model", "SentencePiece"},
      {"spm.model", "SentencePiece"},
      {"sentencepiece.model", "SentencePiece"},
      {"sentencepiece.bpe.model", "SentencePiece"},
      {"source.spm", "SentencePiece"},
      {"tekken.json", "Mistral's tekken"},
      {"vocab.txt", "WordPiece"}};
  for (const auto& [known, kind] : kNames) {
    if (name == known) return kind;
  }
  if (name.ends_with(".tiktoken")) return "tiktoken";
  return name.starts_with("tokenizer.model.") ? "SentencePiece (or tiktoken)" : "";
}

// A file that belongs to a tokenizer, but is not all of one; "": it does not.
std::string_view lack_beside(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {"vocab.json", "its merges.txt is not there"},
      {"merges.txt", "its vocab.json is not there"},
      {"vocab.bpe", "it is of GPT-2's first files, which are not read"},
      {"tokenizer_config.json", "its tokenizer.json is not there"},
      {"special_tokens_map.json", "its tokenizer.json is not there"},
      {"added_tokens.json", "its tokenizer.json is not there"}};
  for (const auto& [known, lack] : kNames) {
    if (name == known) return lack;
  }
  return "";
}

Status not_read(const std::string& directory, const std::string& name, std::string_view kind) {
  return unimplemented(
      "{0}/{1}: tokenizers of {2} are not read, only byte-level BPE as a tokenizer.json; if it is "
      "one, write that with transformers: AutoTokenizer.from_pretrained(\"{0}\")"
      ".save_pretrained(\"{0}\")",
      directory, name, kind);
}

}  // namespace

Status refuse_unread_file(const std::string& directory, const std::string& name) {
  const std::string_view kind = kind_of_file(name);
  if (!kind.empty()) return not_read(directory, name, kind);
  return name.ends_with(".model") ? not_read(directory, name, "SentencePiece") : Status::ok();
}

Status refuse_unread_tokenizer(FileSystem& fs, const std::string& directory) {
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, fs.info(directory));
  if (info.kind != FileInfo::Kind::kDirectory) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(directory));
  for (const std::string& name : names) {
    if (name == "tokenizer.json") {
      return not_found("{}/{} is a link to a file that does not exist; bring that file back",
                       directory, name);
    }
    const std::string_view kind = kind_of_file(name);
    if (kind.empty()) continue;
    return not_read(directory, name, kind);
  }
  const std::string inner = directory + "/tokenizer";
  for (const char* name : {"/tokenizer.json", "/vocab.json"}) {
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(inner + name));
    if (!there) continue;
    return not_found("{} has no tokenizer of its own, but {}{} is there; name that directory",
                     directory, inner, name);
  }
  for (const std::string& name : names) {
    const std::string_view lack = lack_beside(name);
    if (lack.empty()) continue;
    return not_found(
        "{}/{} is a part of a tokenizer, but {}; add what is missing (or write a tokenizer.json "
        "with transformers)",
        directory, name, lack);
  }
  return Status::ok();
}

}  // namespace raddle::data
