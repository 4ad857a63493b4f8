// SPDX-License-Identifier: Apache-2.0
#include "raddle/data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "runtime/base/file_system.h"
#include "runtime/base/json.h"
#include "runtime/base/log.h"
#include "runtime/capi/border.h"
#include "runtime/capi/data_inputs.h"
#include "runtime/capi/handle.h"
#include "runtime/data/source.h"
#include "runtime/data/token_shard.h"
#include "runtime/data/tokenize.h"
#include "runtime/data/tokenizer.h"
#include "runtime/session/data_pipeline.h"

using raddle::Status;
using raddle::StatusOr;
using raddle::capi::border;
using raddle::capi::CallStop;
using raddle::config::Config;
using Json = nlohmann::ordered_json;

namespace {

constexpr size_t kSampleTokens = 64;
constexpr size_t kSampleBytes = 256;

StatusOr<std::shared_ptr<const raddle::data::Tokenizer>> tokenizer_of(const Config& config) {
  RADDLE_ASSIGN_OR_RETURN(const std::string spec, raddle::session::tokenizer_spec(config));
  if (spec == "bpe") {
    return raddle::invalid_argument(
        "data.tokenizer = \"bpe\" trains one during a run; here name one that exists: bytes, or a "
        "tokenizer.json as `raddle data train-tokenizer` writes it");
  }
  return raddle::data::load_tokenizer(raddle::file_system(), spec);
}

double share_of(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

StatusOr<std::string> inspect_tokens(const Config& config, const std::string& path,
                                     raddle::StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto shard, raddle::data::TokenShard::open(
                                                path, raddle::data::VerifyShard::kContents, stop));
  // The sample needs the tokenizer that wrote the file; another one is no error here, but said.
  const auto tokenizer = tokenizer_of(config);
  const bool same =
      tokenizer.is_ok() && (*tokenizer)->fingerprint() == shard->tokenizer_fingerprint();
  const bool named = config.origin("data.tokenizer").rank != raddle::config::OriginRank::kDefault;
  if (named && !same) {
    raddle::log_warning("{} was not written by the tokenizer {}, so no sample is shown{}", path,
                        config.get_string("data.tokenizer"),
                        tokenizer.is_ok() ? "" : ": " + std::string(tokenizer.status().message()));
  }
  RADDLE_ASSIGN_OR_RETURN(
      const auto summary,
      raddle::data::inspect_shard(*shard, same ? tokenizer->get() : nullptr, kSampleTokens, stop));
  Json lengths = Json::object();
  for (size_t i = 0; i < summary.length_histogram.size(); ++i) {
    if (summary.length_histogram[i] == 0) continue;
    lengths[fmt::format("{}..{}", uint64_t{1} << i, ((uint64_t{1} << i) - 1) * 2 + 1)] =
        summary.length_histogram[i];
  }
  Json json = {{"format", "tokens"},
               {"tokens", summary.tokens},
               {"weighted_tokens", summary.weighted_tokens},
               {"weighted_share", share_of(summary.weighted_tokens, summary.tokens)},
               {"documents", summary.documents},
               {"vocab_size", summary.vocab_size},
               {"distinct_tokens", summary.distinct_tokens},
               {"bytes_per_token", summary.token_bytes},
               {"shortest_document", summary.shortest_document},
               {"longest_document", summary.longest_document},
               {"documents_by_length", lengths},
               {"tokenizer_fingerprint", fmt::format("{:016x}", summary.tokenizer_fingerprint)},
               {"content_hash", fmt::format("{:016x}", summary.content_hash)}};
  if (same) json["sample"] = summary.sample;
  return raddle::json_text(json, 2);
}

StatusOr<std::string> inspect_texts(const Config& config, const std::string& path,
                                    const raddle::StopToken* stop) {
  RADDLE_ASSIGN_OR_RETURN(const auto options, raddle::capi::source_options(config));
  RADDLE_ASSIGN_OR_RETURN(const auto source, raddle::data::open_source(path, options));
  RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, tokenizer_of(config));
  uint64_t documents = 0, bytes = 0, shortest = UINT64_MAX, longest = 0;
  std::string sample;
  uint64_t document_bytes = 0;
  while (true) {
    raddle::data::DocumentPart part;
    RADDLE_ASSIGN_OR_RETURN(const bool more, source->next_part(&part));
    if (!more) break;
    RADDLE_RETURN_IF_ERROR(raddle::check_stop(stop, "reading " + path));
    if (bytes == 0) sample = part.text.substr(0, kSampleBytes);
    bytes += part.text.size();
    document_bytes += part.text.size();
    if (!part.last) continue;
    ++documents;
    shortest = std::min(shortest, document_bytes);
    longest = std::max(longest, document_bytes);
    document_bytes = 0;
  }
  if (documents == 0) {
    raddle::log_warning("{} {}", path,
                        source->bytes_total() == 0 ? "is empty (0 bytes)" : "holds no documents");
  }
  RADDLE_ASSIGN_OR_RETURN(const auto tokens, tokenizer->encode(sample));
  return raddle::json_text(Json{{"format", std::string(source->format())},
                                {"documents", documents},
                                {"bytes", bytes},
                                {"shortest_document_bytes", documents == 0 ? 0 : shortest},
                                {"longest_document_bytes", longest},
                                {"replaced", source->replaced()},
                                {"not_utf8_bytes", source->census().invalid()},
                                {"tokenizer", std::string(tokenizer->name())},
                                {"vocab_size", tokenizer->vocab_size()},
                                {"sample", sample},
                                {"sample_tokens", tokens}},
                           2);
}

}  // namespace

raddle_status_t raddle_data_tokenize(raddle_context_t* context, const raddle_config_t* config,
                                     const char* path, raddle_stop_t* stop,
                                     raddle_tokenize_result_t* out_result) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(path)},
      [&]() -> Status {
        if (out_result != nullptr) {
          RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_result", out_result));
        }
        RADDLE_ASSIGN_OR_RETURN(const auto inputs, raddle::capi::input_paths(config->config));
        RADDLE_ASSIGN_OR_RETURN(const auto tokenizer, tokenizer_of(config->config));
        raddle::data::TokenizeOptions options;
        RADDLE_ASSIGN_OR_RETURN(options.source, raddle::capi::source_options(config->config));
        CallStop call(stop);
        options.stop = &call.token;
        RADDLE_ASSIGN_OR_RETURN(
            const auto done,
            raddle::data::tokenize_files(raddle::file_system(), *tokenizer, inputs, path, options));
        raddle_tokenize_result_t result = RADDLE_TOKENIZE_RESULT_INIT;
        result.documents = static_cast<int64_t>(done.documents);
        result.tokens = static_cast<int64_t>(done.tokens);
        result.bytes = static_cast<int64_t>(done.bytes_done);
        result.replaced = static_cast<int64_t>(done.replaced);
        if (out_result != nullptr) raddle::capi::write_struct(out_result, result);
        return Status::ok();
      });
}

raddle_status_t raddle_data_inspect(raddle_context_t* context, const raddle_config_t* config,
                                    const char* path, raddle_stop_t* stop, char** out_json) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(path),
                 RADDLE_ARGUMENT(out_json)},
                [&]() -> Status {
                  RADDLE_ASSIGN_OR_RETURN(const bool tokens,
                                          raddle::capi::holds_tokens(config->config, path));
                  CallStop call(stop);
                  RADDLE_ASSIGN_OR_RETURN(const std::string json,
                                          tokens
                                              ? inspect_tokens(config->config, path, &call.token)
                                              : inspect_texts(config->config, path, &call.token));
                  *out_json = raddle::capi::copy_text(json);
                  return Status::ok();
                });
}
