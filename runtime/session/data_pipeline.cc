// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/data_pipeline.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/file_lock.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/source.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/tokenize.h"
#include "runtime/data/unread_tokenizer.h"

namespace raddle::session {
namespace {

using data::Loader;
using data::TokenShard;
using Shards = Loader::Shards;

StatusOr<data::SourceOptions> source_options(const config::Config& config) {
  data::SourceOptions options;
  const std::string& format = config.get_string("data.format");
  if (format != "tokens") {
    RADDLE_ASSIGN_OR_RETURN(options.format, data::parse_source_format(format));
  }
  options.document_separator = config.get_string("data.document_separator");
  options.text_field = config.get_string("data.text_field");
  options.prompt_field = config.get_string("data.prompt_field");
  return options;
}

// How documents are read from files; a change in it must not find shards of the way before.
constexpr int kReadingVersion = 2;

// Names a shard after everything that decides its content, so that a stale one is never found.
StatusOr<std::string> shard_name(const std::vector<std::string>& files,
                                 const data::SourceOptions& source,
                                 const data::Tokenizer& tokenizer) {
  RADDLE_ASSERT(!files.empty());
  std::string key = fmt::format(
      "{} {} {} {} {:x} [{}] [{}]", kReadingVersion, static_cast<int>(source.format),
      source.document_separator, source.text_field, tokenizer.fingerprint(),
      fmt::join(tokenizer.special().begin, " "), fmt::join(tokenizer.special().end, " "));
  if (!source.prompt_field.empty()) key += " prompt " + source.prompt_field;
  for (const std::string& file : files) {
    RADDLE_ASSIGN_OR_RETURN(const FileInfo info, file_system().info(file));
    if (info.kind == FileInfo::Kind::kNone) {
      return not_found("cannot read the data file {}: it does not exist", file);
    }
    std::error_code ignored;
    key += fmt::format(" {} {} {}", std::filesystem::absolute(file, ignored).string(), info.bytes,
                       info.modified_ns);
  }
  return "tokens-" + hash_hex(hash_text(key)) + ".tok";
}

Status check_fingerprint(const TokenShard& shard, const data::Tokenizer* tokenizer) {
  if (tokenizer == nullptr || shard.tokenizer_fingerprint() == tokenizer->fingerprint()) {
    return Status::ok();
  }
  return failed_precondition(
      "{} was written by another tokenizer (fingerprint {:016x}, data.tokenizer has {:016x}); "
      "tokenize the text again or name the tokenizer that wrote it",
      shard.path(), shard.tokenizer_fingerprint(), tokenizer->fingerprint());
}

// Token files say by which tokenizer they were written, not whether it put a beginning before each
// document then.
Status check_beginning(const TokenShard& shard, const data::Tokenizer* tokenizer) {
  if (tokenizer == nullptr || shard.document_count() == 0) return Status::ok();
  const std::vector<int32_t>& begin = tokenizer->special().begin;
  std::vector<int32_t> first(std::min<uint64_t>(begin.size(), shard.document_end(0)));
  RADDLE_RETURN_IF_ERROR(shard.copy(0, first));
  if (first == begin) return Status::ok();
  log_warning(
      "{}: its documents do not begin with token {} as the tokenizer's files ask, but prompts "
      "will; tokenize the texts again",
      shard.path(), fmt::join(begin, " "));
  return Status::ok();
}

// A shard that was made before; null when there is none, or one that has to be made again.
StatusOr<std::shared_ptr<const TokenShard>> find_in_cache(const std::string& path,
                                                          const data::Tokenizer& tokenizer,
                                                          StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const bool there, file_system().exists(path));
  if (!there) return std::shared_ptr<const TokenShard>();
  auto shard = TokenShard::open(path, data::VerifyShard::kContents, stop);
  Status status = shard.status();
  if (status.is_ok()) status = check_fingerprint(**shard, &tokenizer);
  if (status.is_ok()) return shard;
  const bool damaged = status.code() == Code::kDataLoss || status.code() == Code::kUnimplemented ||
                       status.code() == Code::kFailedPrecondition;
  if (!damaged) return status;
  log_warning("making the tokens again: {}", status.message());
  return std::shared_ptr<const TokenShard>();
}

// Tokenizes `texts` into the cache, unless that was done before. Of several runs that want the same
// one does it, and the others wait for it.
StatusOr<std::shared_ptr<const TokenShard>> open_cached(const std::vector<std::string>& texts,
                                                        const data::Tokenizer& tokenizer,
                                                        const std::string& path,
                                                        data::TokenizeOptions options) {
  RADDLE_ASSIGN_OR_RETURN(auto found, find_in_cache(path, tokenizer, options.stop));
  if (found != nullptr) return found;
  FileSystem& fs = file_system();
  RADDLE_RETURN_IF_ERROR(fs.create_directories(parent_directory(path)));
  RADDLE_ASSIGN_OR_RETURN(const FileLock lock, wait_for_lock(fs, path + ".lock", options.stop));
  RADDLE_ASSIGN_OR_RETURN(found, find_in_cache(path, tokenizer, options.stop));
  if (found != nullptr) return found;
  for (const std::string_view suffix : {kTemporarySuffix, std::string_view(".tok.lock")}) {
    RADDLE_RETURN_IF_ERROR(remove_abandoned(fs, parent_directory(path), "tokens-", suffix));
  }
  options.existing = Existing::kReplace;
  RADDLE_ASSIGN_OR_RETURN(const auto done,
                          data::tokenize_files(fs, tokenizer, texts, path, options));
  log_info("tokenized {} bytes to {} tokens of {} documents: {}", done.bytes_done, done.tokens,
           done.documents, path);
  return TokenShard::open(path, data::VerifyShard::kContents, options.stop);
}

StatusOr<Shards> open_shards(const config::Config& config, const std::vector<std::string>& files,
                             const data::Tokenizer* tokenizer, const ShardPlaces& places,
                             StopToken* stop) {
  const std::string& format = config.get_string("data.format");
  Shards shards;
  std::vector<std::string> texts;
  for (const std::string& file : files) {
    bool tokens = format == "tokens";
    if (format == "auto") {
      RADDLE_ASSIGN_OR_RETURN(tokens, data::begins_as_token_shard(file));
    }
    if (!tokens) {
      texts.push_back(file);
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(auto shard, TokenShard::open(file, data::VerifyShard::kContents, stop));
    RADDLE_RETURN_IF_ERROR(check_fingerprint(*shard, tokenizer));
    RADDLE_RETURN_IF_ERROR(check_beginning(*shard, tokenizer));
    shards.push_back(std::move(shard));
  }
  if (texts.empty()) return shards;
  if (tokenizer == nullptr) {
    return invalid_argument("the data {} is text, but there is no tokenizer; set data.tokenizer",
                            texts.front());
  }
  data::TokenizeOptions options;
  RADDLE_ASSIGN_OR_RETURN(options.source, source_options(config));
  options.stop = stop;
  RADDLE_ASSIGN_OR_RETURN(const std::string name, shard_name(texts, options.source, *tokenizer));
  std::shared_ptr<const TokenShard> shard;
  if (!places.of_run.directory.empty()) {
    RADDLE_ASSIGN_OR_RETURN(shard,
                            find_in_cache(places.of_run.directory + "/" + name, *tokenizer, stop));
  }
  if (shard == nullptr) {
    RADDLE_ASSIGN_OR_RETURN(shard,
                            open_cached(texts, *tokenizer, places.directory + "/" + name, options));
  }
  shards.push_back(std::move(shard));
  return shards;
}

StatusOr<data::LoaderOptions> loader_options(const config::Config& config, int64_t sequence_max) {
  data::LoaderOptions options;
  options.capacity = config.get_int("train.micro_batch_tokens");
  if (const int64_t length = config.get_int("data.sequence_length"); length > sequence_max) {
    return invalid_argument("data.sequence_length is {}, longer than model.context {}", length,
                            sequence_max);
  }
  options.sequence_length = sequence_length(config, sequence_max);
  if (options.sequence_length < 2) {
    return invalid_argument(
        "sequences are of {} token, the least of model.context ({}), train.micro_batch_tokens ({}) "
        "and data.sequence_length ({}, 0: not set); expected 2 or more, as a token is learned from "
        "those before it",
        options.sequence_length, sequence_max, options.capacity,
        config.get_int("data.sequence_length"));
  }
  options.seed = static_cast<uint64_t>(config.get_int("train.seed"));
  options.shuffle = config.get_bool("data.shuffle");
  options.validation_fraction = config.get_double("data.validation_fraction");
  options.split = data::Split::kTrain;
  return options;
}

// A loader over `files`, which must hold a token to predict.
StatusOr<std::unique_ptr<Loader>> make_loader(Shards shards, const data::LoaderOptions& options,
                                              const std::vector<std::string>& files) {
  RADDLE_ASSERT(!files.empty());
  RADDLE_ASSIGN_OR_RETURN(auto loader, Loader::create(std::move(shards), options));
  if (loader->epoch_targets() > 0) return loader;
  return invalid_argument(
      "{} has nothing to learn: each of its {} tokens stands in a document of its own, so none can "
      "be predicted from another, or has weight 0; name a longer text",
      files.front(), loader->epoch_tokens());
}

// Directories of the model that may hold its tokenizer too, after the keys that name them.
StatusOr<std::vector<std::pair<std::string, std::string>>> model_directories(
    const config::Config& config) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::string &from = config.get_string("model.init_from"),
                    &file = config.get_string("model.hf_config");
  if (!from.empty()) out.emplace_back("model.init_from", from);
  if (file.empty()) return out;
  RADDLE_ASSIGN_OR_RETURN(const FileInfo info, file_system().info(file));
  if (info.kind == FileInfo::Kind::kDirectory) {
    out.emplace_back("model.hf_config", file);
  } else if (std::filesystem::path(file).filename() == "config.json") {
    out.emplace_back("model.hf_config", parent_directory(file));
  }
  return out;
}

}  // namespace

int64_t sequence_length(const config::Config& config, int64_t context) {
  const int64_t length = config.get_int("data.sequence_length");
  return std::min(length > 0 ? length : context, config.get_int("train.micro_batch_tokens"));
}

StatusOr<std::string> tokenizer_spec(const config::Config& config) {
  const std::string& spec = config.get_string("data.tokenizer");
  if (spec != "auto") return spec;
  FileSystem& fs = file_system();
  RADDLE_ASSIGN_OR_RETURN(const auto places, model_directories(config));
  for (const auto& [key, directory] : places) {
    RADDLE_ASSIGN_OR_RETURN(const bool has_own, data::has_tokenizer(fs, directory));
    if (has_own) return directory;
    Status unread = data::refuse_unread_tokenizer(fs, directory);
    if (unread.is_ok()) continue;
    // Whoever brings the batches has a tokenizer of their own.
    if (config.get_list("data.path").empty()) return std::string();
    return std::move(unread).with_context(fmt::format(
        "{} has a tokenizer that cannot be used; name one in data.tokenizer (\"bytes\" if the "
        "model is to learn bytes)",
        key));
  }
  return std::string("bytes");
}

StatusOr<std::shared_ptr<const data::Tokenizer>> make_tokenizer(const config::Config& config,
                                                                const std::string& spec,
                                                                StopToken* stop) {
  if (spec.empty()) return std::shared_ptr<const data::Tokenizer>();
  if (spec != "bpe") {
    const bool found = config.get_string("data.tokenizer") == "auto" && spec != "bytes";
    if (found) log_info("data.tokenizer is auto: the tokenizer is that of the model, in {}", spec);
    return data::load_tokenizer(file_system(), spec);
  }
  const std::vector<std::string> files = config.get_list("data.path");
  if (files.empty()) return std::shared_ptr<const data::Tokenizer>();
  data::BpeTrainOptions options;
  options.vocab_size = config.get_int("data.vocab_size");
  options.stop = stop;
  RADDLE_ASSIGN_OR_RETURN(const data::SourceOptions source, source_options(config));
  return data::train_bpe(files, source, options);
}

StatusOr<std::string> pack_tokenizer(const data::Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return std::string();
  const data::TokenizerFiles files = data::tokenizer_files(*tokenizer);
  if (files == data::tokenizer_files(*data::make_bytes_tokenizer())) return std::string("bytes");
  return json_text(nlohmann::json(files));
}

StatusOr<std::shared_ptr<const data::Tokenizer>> unpack_tokenizer(const std::string& packed) {
  if (packed.empty()) return std::shared_ptr<const data::Tokenizer>();
  if (packed == "bytes") return data::load_tokenizer(file_system(), packed);
  const nlohmann::json json = json_from(packed);
  if (!json.is_object()) return data_loss("the checkpoint's tokenizer is not readable");
  data::TokenizerFiles files;
  for (const auto& [name, text] : json.items()) {
    if (!text.is_string()) return data_loss("the checkpoint's tokenizer has no text for {}", name);
    files[name] = text.get<std::string>();
  }
  return data::tokenizer_from_files(std::move(files), "the checkpoint's tokenizer",
                                    data::FilesFrom::kRun);
}

StatusOr<Loaders> open_loaders(const config::Config& config, const data::Tokenizer* tokenizer,
                               const ShardPlaces& places, int64_t sequence_max, int64_t vocab_size,
                               bool with_train, StopToken* stop) {
  RADDLE_ASSERT(sequence_max > 0 && vocab_size > 0);
  RADDLE_ASSIGN_OR_RETURN(data::LoaderOptions options, loader_options(config, sequence_max));
  options.vocab_size = vocab_size;
  const auto train_files = config.get_list("data.path");
  const auto validation_files = config.get_list("data.validation_path");
  if (!validation_files.empty()) options.validation_fraction = 0;
  if (options.validation_fraction == 0) options.split = data::Split::kAll;
  Loaders loaders;
  if (!validation_files.empty()) {
    RADDLE_ASSIGN_OR_RETURN(Shards shards,
                            open_shards(config, validation_files, tokenizer, places, stop));
    data::LoaderOptions all = data::validation_options(options);
    all.split = data::Split::kAll;
    RADDLE_ASSIGN_OR_RETURN(loaders.validation,
                            make_loader(std::move(shards), all, validation_files));
  }
  const bool needs_train_files = with_train || options.validation_fraction > 0;
  if (train_files.empty() || !needs_train_files) return loaders;
  Shards shards;
  RADDLE_ASSIGN_OR_RETURN(auto trained_on, find_trained_on(places.of_run, options, stop));
  if (trained_on != nullptr) {
    shards.push_back(std::move(trained_on));
  } else {
    RADDLE_ASSIGN_OR_RETURN(shards, open_shards(config, train_files, tokenizer, places, stop));
  }
  const double fraction = options.validation_fraction;
  if (data::validation_pieces(shards, options.sequence_length, fraction) > 0) {
    RADDLE_ASSIGN_OR_RETURN(loaders.validation,
                            Loader::create(shards, data::validation_options(options)));
    // A last piece of one token has nothing to predict.
    if (loaders.validation->epoch_targets() == 0) loaders.validation = nullptr;
  }
  if (fraction > 0 && loaders.validation == nullptr) {
    log_warning(
        "{} is too short to keep {} of its sequences (data.validation_fraction) for validation, so "
        "nothing is validated; name a data.validation_path, or a smaller data.sequence_length",
        train_files.front(), fraction);
  }
  if (with_train) {
    RADDLE_ASSIGN_OR_RETURN(loaders.train, make_loader(std::move(shards), options, train_files));
  }
  return loaders;
}

}  // namespace raddle::session
