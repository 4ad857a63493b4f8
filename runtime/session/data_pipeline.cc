// SPDX-License-Identifier: Apache-2.0
#include "runtime/session/data_pipeline.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/source.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/token_shard_format.h"
#include "runtime/data/tokenize.h"
#include "runtime/session/temporary_directory.h"

namespace raddle::session {
namespace {

using data::Loader;
using data::TokenShard;
using Shards = Loader::Shards;

StatusOr<bool> is_token_shard(const std::string& path) {
  RADDLE_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::open(path));
  return file.bytes() >= sizeof data::kTokenShardMagic &&
         std::equal(std::begin(data::kTokenShardMagic), std::end(data::kTokenShardMagic),
                    reinterpret_cast<const char*>(file.data()));
}

StatusOr<data::SourceOptions> source_options(const config::Config& config) {
  data::SourceOptions options;
  const std::string& format = config.get_string("data.format");
  if (format != "tokens") {
    RADDLE_ASSIGN_OR_RETURN(options.format, data::parse_source_format(format));
  }
  options.document_separator = config.get_string("data.document_separator");
  options.text_field = config.get_string("data.text_field");
  return options;
}

// Names a shard after everything that decides its content, so that a stale one is never found.
StatusOr<std::string> shard_name(const std::vector<std::string>& files,
                                 const data::SourceOptions& source,
                                 const data::Tokenizer& tokenizer) {
  std::string key =
      fmt::format("{} {} {} {:x}", static_cast<int>(source.format), source.document_separator,
                  source.text_field, tokenizer.fingerprint());
  for (const std::string& file : files) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(file, error);
    if (error) return not_found("cannot read the data file {}: {}", file, error.message());
    const auto changed = std::filesystem::last_write_time(file, error).time_since_epoch().count();
    key +=
        fmt::format(" {} {} {}", std::filesystem::absolute(file, error).string(), bytes, changed);
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

StatusOr<Shards> open_shards(const config::Config& config, const std::vector<std::string>& files,
                             const data::Tokenizer* tokenizer, const std::string& directory,
                             const std::atomic<bool>* cancel) {
  const std::string& format = config.get_string("data.format");
  Shards shards;
  std::vector<std::string> texts;
  for (const std::string& file : files) {
    bool tokens = format == "tokens";
    if (format == "auto") {
      RADDLE_ASSIGN_OR_RETURN(tokens, is_token_shard(file));
    }
    if (!tokens) {
      texts.push_back(file);
      continue;
    }
    RADDLE_ASSIGN_OR_RETURN(auto shard, TokenShard::open(file, data::VerifyShard::kContents));
    RADDLE_RETURN_IF_ERROR(check_fingerprint(*shard, tokenizer));
    shards.push_back(std::move(shard));
  }
  if (texts.empty()) return shards;
  if (tokenizer == nullptr) {
    return invalid_argument("the data {} is text, but there is no tokenizer; set data.tokenizer",
                            texts.front());
  }
  data::TokenizeOptions options;
  RADDLE_ASSIGN_OR_RETURN(options.source, source_options(config));
  options.cancel = cancel;
  RADDLE_ASSIGN_OR_RETURN(const std::string name, shard_name(texts, options.source, *tokenizer));
  const std::string path = directory + "/" + name;
  FileSystem& fs = posix_file_system();
  if (!fs.exists(path)) {
    RADDLE_RETURN_IF_ERROR(fs.create_directories(directory));
    RADDLE_ASSIGN_OR_RETURN(const auto done,
                            data::tokenize_files(fs, *tokenizer, texts, path, options));
    log_info("tokenized {} bytes to {} tokens of {} documents: {}", done.bytes_done, done.tokens,
             done.documents, path);
  }
  RADDLE_ASSIGN_OR_RETURN(auto shard, TokenShard::open(path, data::VerifyShard::kContents));
  RADDLE_RETURN_IF_ERROR(check_fingerprint(*shard, tokenizer));
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
  options.seed = static_cast<uint64_t>(config.get_int("train.seed"));
  options.shuffle = config.get_bool("data.shuffle");
  options.validation_fraction = config.get_double("data.validation_fraction");
  options.split = data::Split::kTrain;
  return options;
}

}  // namespace

int64_t sequence_length(const config::Config& config, int64_t context) {
  const int64_t length = config.get_int("data.sequence_length");
  return std::min(length > 0 ? length : context, config.get_int("train.micro_batch_tokens"));
}

StatusOr<std::shared_ptr<const data::Tokenizer>> make_tokenizer(const config::Config& config,
                                                                const std::atomic<bool>* cancel) {
  const std::string& spec = config.get_string("data.tokenizer");
  if (spec != "bpe") return data::load_tokenizer(posix_file_system(), spec);
  const std::vector<std::string> files = config.get_list("data.path");
  if (files.empty()) return std::shared_ptr<const data::Tokenizer>();
  data::BpeTrainOptions options;
  options.vocab_size = config.get_int("data.vocab_size");
  options.cancel = cancel;
  RADDLE_ASSIGN_OR_RETURN(const data::SourceOptions source, source_options(config));
  return data::train_bpe(files, source, options);
}

StatusOr<std::string> pack_tokenizer(const data::Tokenizer* tokenizer) {
  if (tokenizer == nullptr) return std::string();
  if (tokenizer->name() == "bytes") return std::string("bytes");
  RADDLE_ASSIGN_OR_RETURN(const TemporaryDirectory directory, TemporaryDirectory::create());
  FileSystem& fs = posix_file_system();
  RADDLE_RETURN_IF_ERROR(data::save_tokenizer(fs, *tokenizer, directory.path()));
  nlohmann::json packed;
  RADDLE_ASSIGN_OR_RETURN(const auto names, fs.list(directory.path()));
  for (const std::string& name : names) {
    RADDLE_ASSIGN_OR_RETURN(packed[name], fs.read_all(directory.path() + "/" + name));
  }
  return packed.dump();
}

StatusOr<std::shared_ptr<const data::Tokenizer>> unpack_tokenizer(const std::string& packed) {
  if (packed.empty()) return std::shared_ptr<const data::Tokenizer>();
  FileSystem& fs = posix_file_system();
  if (packed == "bytes") return data::load_tokenizer(fs, packed);
  const nlohmann::json files = nlohmann::json::parse(packed, nullptr, false);
  if (!files.is_object()) return data_loss("the checkpoint's tokenizer is not readable");
  RADDLE_ASSIGN_OR_RETURN(const TemporaryDirectory directory, TemporaryDirectory::create());
  for (const auto& [name, text] : files.items()) {
    if (!text.is_string() || name.find('/') != std::string::npos) {
      return data_loss("the checkpoint's tokenizer has a file {} that is none", name);
    }
    RADDLE_RETURN_IF_ERROR(write_file_atomically(fs, directory.path() + "/" + name,
                                                 text.get_ref<const std::string&>()));
  }
  return data::load_tokenizer(fs, directory.path());
}

StatusOr<Loaders> open_loaders(const config::Config& config, const data::Tokenizer* tokenizer,
                               const std::string& directory, int64_t sequence_max, bool with_train,
                               const std::atomic<bool>* cancel) {
  RADDLE_ASSIGN_OR_RETURN(data::LoaderOptions options, loader_options(config, sequence_max));
  const auto train_files = config.get_list("data.path");
  const auto validation_files = config.get_list("data.validation_path");
  if (!validation_files.empty()) options.validation_fraction = 0;
  if (options.validation_fraction == 0) options.split = data::Split::kAll;
  Loaders loaders;
  if (!validation_files.empty()) {
    RADDLE_ASSIGN_OR_RETURN(Shards shards,
                            open_shards(config, validation_files, tokenizer, directory, cancel));
    data::LoaderOptions all = data::validation_options(options);
    all.split = data::Split::kAll;
    RADDLE_ASSIGN_OR_RETURN(loaders.validation, Loader::create(std::move(shards), all));
  }
  const bool needs_train_files = with_train || options.validation_fraction > 0;
  if (train_files.empty() || !needs_train_files) return loaders;
  RADDLE_ASSIGN_OR_RETURN(Shards shards,
                          open_shards(config, train_files, tokenizer, directory, cancel));
  if (options.validation_fraction > 0) {
    RADDLE_ASSIGN_OR_RETURN(loaders.validation,
                            Loader::create(shards, data::validation_options(options)));
  }
  if (with_train) {
    RADDLE_ASSIGN_OR_RETURN(loaders.train, Loader::create(std::move(shards), options));
  }
  return loaders;
}

}  // namespace raddle::session
