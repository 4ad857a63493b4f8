// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenizer.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/tokenizer_json.h"

namespace raddle::data {

StatusOr<std::vector<int32_t>> Tokenizer::encode(std::string_view text, SpecialText special) const {
  std::vector<int32_t> ids;
  RADDLE_RETURN_IF_ERROR(encode_stream(text, special, [&](std::span<const int32_t> part, size_t) {
    ids.insert(ids.end(), part.begin(), part.end());
    return Status::ok();
  }));
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

StatusOr<std::shared_ptr<const Tokenizer>> load_tokenizer(FileSystem& fs, const std::string& spec) {
  if (spec == "bytes") return make_bytes_tokenizer();
  namespace stdfs = std::filesystem;
  const bool is_file = stdfs::path(spec).extension() == ".json";
  const std::string file = is_file ? spec : (stdfs::path(spec) / "tokenizer.json").string();
  if (!fs.exists(file)) {
    return not_found(
        "tokenizer {}: {} does not exist; give \"bytes\", a tokenizer.json or a directory that "
        "holds "
        "one",
        spec, file);
  }
  RADDLE_ASSIGN_OR_RETURN(std::string text, fs.read_all(file));
  RADDLE_ASSIGN_OR_RETURN(BpeSpec bpe, tokenizer_from_json(std::move(text), file));
  const std::string config = stdfs::path(file).replace_filename("tokenizer_config.json").string();
  if (fs.exists(config)) {
    RADDLE_ASSIGN_OR_RETURN(const std::string config_text, fs.read_all(config));
    RADDLE_RETURN_IF_ERROR(apply_tokenizer_config(config_text, config, bpe));
  } else {
    guess_special_tokens(bpe);
  }
  auto tokenizer = make_bpe_tokenizer(std::move(bpe));
  if (!tokenizer.is_ok()) return std::move(tokenizer).status().with_context(file);
  return tokenizer;
}

Status save_tokenizer(FileSystem& fs, const Tokenizer& tokenizer, const std::string& directory) {
  nlohmann::ordered_json config;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  config["clean_up_tokenization_spaces"] = false;
  const auto put = [&](const char* key, std::optional<int32_t> id) {
    if (id.has_value()) config[key] = std::string(tokenizer.token_bytes(*id));
  };
  put("bos_token", tokenizer.special().bos);
  put("eos_token", tokenizer.special().eos);
  put("pad_token", tokenizer.special().pad);
  RADDLE_RETURN_IF_ERROR(
      write_file_atomically(fs, directory + "/tokenizer.json", tokenizer.to_json()));
  return write_file_atomically(fs, directory + "/tokenizer_config.json", config.dump(2) + "\n");
}

}  // namespace raddle::data
