// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/assert.h"
#include "runtime/base/log.h"
#include "runtime/base/sealed_file.h"
#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/special_tokens.h"
#include "runtime/data/tokenizer_json.h"
#include "runtime/data/tokens_beside.h"
#include "runtime/data/unread_tokenizer.h"
#include "runtime/data/vocab_and_merges.h"

namespace raddle::data {
namespace {

namespace stdfs = std::filesystem;

constexpr const char* kTokenizer = "tokenizer.json";

// The older files of a tokenizer, which a tokenizer.json stands for.
constexpr std::array kOlderFiles = {"vocab.json", "merges.txt"};

// The files in `directory` that say something of a tokenizer. `first` is its tokenizer.json, by
// whatever name; empty: the older files.
StatusOr<TokenizerFiles> read_files(FileSystem& fs, const std::string& directory,
                                    const std::string& first) {
  TokenizerFiles files;
  const auto read = [&](const std::string& name) -> Status {
    const std::string path = (stdfs::path(directory) / name).string();
    RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(path));
    if (!there) return Status::ok();
    RADDLE_ASSIGN_OR_RETURN(files[name], read_sealed(fs, path));
    return Status::ok();
  };
  for (const char* name : kSpecialTokenFiles) RADDLE_RETURN_IF_ERROR(read(name));
  RADDLE_RETURN_IF_ERROR(read("added_tokens.json"));
  if (!first.empty()) {
    RADDLE_ASSIGN_OR_RETURN(files[kTokenizer], read_sealed(fs, first));
    return files;
  }
  for (const char* name : kOlderFiles) RADDLE_RETURN_IF_ERROR(read(name));
  RADDLE_ASSIGN_OR_RETURN(files[kTokenizer], tokenizer_json_of(files, directory));
  return files;
}

StatusOr<bool> has_older_files(FileSystem& fs, const std::string& directory) {
  RADDLE_ASSIGN_OR_RETURN(const bool has_vocab, fs.exists(directory + "/vocab.json"));
  return has_vocab ? fs.exists(directory + "/merges.txt") : has_vocab;
}

// `file` is what messages name for the tokenizer.json, which may have another name.
StatusOr<std::shared_ptr<const Tokenizer>> from_files(TokenizerFiles files,
                                                      const std::string& where,
                                                      const std::string& file, FilesFrom from) {
  const auto found = files.find(kTokenizer);
  if (found == files.end()) return data_loss("{}: there is no {}", where, kTokenizer);
  RADDLE_ASSIGN_OR_RETURN(BpeSpec bpe, tokenizer_from_json(std::move(found->second), file));
  if (!bpe.warning.empty()) log_warning("{}", bpe.warning);
  RADDLE_ASSIGN_OR_RETURN(std::string more, with_tokens_beside(files, where, bpe));
  if (!more.empty()) {
    RADDLE_ASSIGN_OR_RETURN(bpe, tokenizer_from_json(std::move(more), file));
  }
  RADDLE_RETURN_IF_ERROR(find_special_tokens(files, where, from, bpe));
  auto tokenizer = make_bpe_tokenizer(std::move(bpe));
  if (!tokenizer.is_ok()) return std::move(tokenizer).status().with_context(file);
  return tokenizer;
}

}  // namespace

bool SpecialTokens::is_mark(int32_t id) const {
  const auto in = [id](const std::vector<int32_t>& ids) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
  };
  return in(begin) || in(end);
}

Status Tokenizer::encode_stream(std::string_view text, SpecialText special,
                                const TokenSink& sink) const {
  return encoder(special, sink)->add(text, true);
}

StatusOr<std::vector<int32_t>> Tokenizer::encode(std::string_view text, SpecialText special) const {
  std::vector<int32_t> ids;
  RADDLE_RETURN_IF_ERROR(encode_stream(text, special, [&](std::span<const int32_t> part, size_t) {
    ids.insert(ids.end(), part.begin(), part.end());
    return Status::ok();
  }));
  return ids;
}

StatusOr<std::vector<int32_t>> Tokenizer::encode_prompt(std::string_view text) const {
  RADDLE_ASSIGN_OR_RETURN(std::vector<int32_t> ids, encode(text));
  const std::vector<int32_t>& begin = special().begin;
  const bool spelled =
      ids.size() >= begin.size() && std::equal(begin.begin(), begin.end(), ids.begin());
  if (!spelled) ids.insert(ids.begin(), begin.begin(), begin.end());
  if (ids.empty()) {
    return invalid_argument(
        "the prompt is empty, and this tokenizer ({}) has no token that begins a text; give at "
        "least one character to continue",
        name());
  }
  return ids;
}

StatusOr<std::string> Tokenizer::decode(std::span<const int32_t> ids) const {
  std::string text;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= vocab_size()) {
      return invalid_argument(
          "id {} at position {} is not in the vocabulary of tokenizer {}; expected "
          "0 <= id < {}",
          ids[i], i, name(), vocab_size());
    }
    text += token_bytes(ids[i]);
  }
  return text;
}

StatusOr<std::shared_ptr<const Tokenizer>> tokenizer_from_files(TokenizerFiles files,
                                                                const std::string& where,
                                                                FilesFrom from) {
  return from_files(std::move(files), where, (stdfs::path(where) / kTokenizer).string(), from);
}

TokenizerFiles tokenizer_files(const Tokenizer& tokenizer) {
  TokenizerFiles files = special_token_files(tokenizer);
  files[kTokenizer] = tokenizer.to_json();
  // Under another name a run would take its own file for one of the user's, or write over one.
  for (const auto& [name, text] : files) {
    RADDLE_ASSERT(std::find(kTokenizerFileNames.begin(), kTokenizerFileNames.end(), name) !=
                  kTokenizerFileNames.end());
  }
  return files;
}

StatusOr<bool> has_tokenizer(FileSystem& fs, const std::string& directory) {
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(directory + "/" + kTokenizer));
  return there ? there : has_older_files(fs, directory);
}

StatusOr<std::shared_ptr<const Tokenizer>> load_tokenizer(FileSystem& fs, const std::string& spec) {
  if (spec == "bytes") return make_bytes_tokenizer();
  const stdfs::path name = stdfs::path(spec).filename();
  RADDLE_ASSIGN_OR_RETURN(const FileInfo named, fs.info(spec));
  const bool is_file =
      named.kind == FileInfo::Kind::kFile || name.extension() == ".json" || name == "merges.txt";
  const stdfs::path file = is_file ? stdfs::path(spec) : stdfs::path(spec) / kTokenizer;
  const stdfs::path parent = file.has_parent_path() ? file.parent_path() : stdfs::path(".");
  const std::string directory = parent.string();
  if (is_file) RADDLE_RETURN_IF_ERROR(refuse_unread_file(directory, name.string()));
  const bool named_older = name == "vocab.json" || name == "merges.txt";
  RADDLE_ASSIGN_OR_RETURN(const bool there, fs.exists(file.string()));
  RADDLE_ASSIGN_OR_RETURN(const bool has_older, has_older_files(fs, directory));
  const bool older = (named_older || !there) && has_older;
  if (named_older && !has_older) {
    return not_found(
        "tokenizer {}: vocab.json and merges.txt belong together, but {} does not hold both; add "
        "the other, or name a tokenizer.json",
        spec, directory);
  }
  if (!there && !older) {
    RADDLE_RETURN_IF_ERROR(refuse_unread_tokenizer(fs, directory));
    return not_found(
        "tokenizer {}: {} does not exist; give \"bytes\", a tokenizer.json or a directory that "
        "holds one (or vocab.json and merges.txt)",
        spec, file.string());
  }
  RADDLE_ASSIGN_OR_RETURN(TokenizerFiles files,
                          read_files(fs, directory, older ? "" : file.string()));
  const std::string shown = older ? directory + "/vocab.json and merges.txt" : file.string();
  // A run's own has its checksum beside it.
  RADDLE_ASSIGN_OR_RETURN(const bool own, is_sealed(fs, directory + "/tokenizer_config.json"));
  return from_files(std::move(files), directory, shown,
                    own ? FilesFrom::kRun : FilesFrom::kAnyTool);
}

Status save_tokenizer(FileSystem& fs, const Tokenizer& tokenizer, const std::string& directory) {
  for (const auto& [name, text] : tokenizer_files(tokenizer)) {
    RADDLE_RETURN_IF_ERROR(write_sealed(fs, directory + "/" + name, text));
  }
  return Status::ok();
}

}  // namespace raddle::data
