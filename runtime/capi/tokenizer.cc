// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "raddle/data.h"
#include "runtime/base/staged_file.h"
#include "runtime/capi/border.h"
#include "runtime/capi/data_inputs.h"
#include "runtime/capi/handle.h"
#include "runtime/capi/text.h"
#include "runtime/data/bpe_trainer.h"
#include "runtime/data/tokenizer.h"

using raddle::Status;
using raddle::capi::border;
using raddle::capi::CallStop;

namespace {

raddle_tokenizer_t* make_handle(std::shared_ptr<const raddle::data::Tokenizer> tokenizer) {
  auto handle = std::make_unique<raddle_tokenizer>();
  handle->tokenizer = std::move(tokenizer);
  return handle.release();
}

}  // namespace

raddle_status_t raddle_tokenizer_open(raddle_context_t* context, const char* name,
                                      raddle_tokenizer_t** out_tokenizer) {
  return border(__func__,
                {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(name), RADDLE_ARGUMENT(out_tokenizer)},
                [&]() -> Status {
                  RADDLE_ASSIGN_OR_RETURN(
                      auto tokenizer, raddle::data::load_tokenizer(raddle::file_system(), name));
                  *out_tokenizer = make_handle(std::move(tokenizer));
                  return Status::ok();
                });
}

raddle_status_t raddle_tokenizer_train(raddle_context_t* context, const raddle_config_t* config,
                                       raddle_stop_t* stop, raddle_tokenizer_t** out_tokenizer) {
  return border(
      __func__, {RADDLE_ARGUMENT(context), RADDLE_ARGUMENT(config), RADDLE_ARGUMENT(out_tokenizer)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto files, raddle::capi::input_paths(config->config));
        RADDLE_ASSIGN_OR_RETURN(const auto source, raddle::capi::source_options(config->config));
        raddle::data::BpeTrainOptions options;
        options.vocab_size = config->config.get_int("data.vocab_size");
        CallStop call(stop);
        options.stop = &call.token;
        RADDLE_ASSIGN_OR_RETURN(auto tokenizer, raddle::data::train_bpe(files, source, options));
        *out_tokenizer = make_handle(std::move(tokenizer));
        return Status::ok();
      });
}

void raddle_tokenizer_destroy(raddle_tokenizer_t** tokenizer) {
  if (tokenizer == nullptr) return;
  raddle::capi::destroy(std::exchange(*tokenizer, nullptr));
}

raddle_status_t raddle_tokenizer_save(const raddle_tokenizer_t* tokenizer, const char* path) {
  return border(__func__, {RADDLE_ARGUMENT(tokenizer), RADDLE_ARGUMENT(path)}, [&]() -> Status {
    const std::string json = tokenizer->tokenizer->to_json();
    RADDLE_ASSIGN_OR_RETURN(
        raddle::StagedFile staged,
        raddle::StagedFile::create(raddle::file_system(), path, raddle::Existing::kKeep));
    RADDLE_RETURN_IF_ERROR(staged.file().append(json.data(), json.size()));
    return staged.publish();
  });
}

int64_t raddle_tokenizer_vocab_size(const raddle_tokenizer_t* tokenizer) {
  return tokenizer == nullptr ? 0 : tokenizer->tokenizer->vocab_size();
}

int32_t raddle_tokenizer_end_token(const raddle_tokenizer_t* tokenizer) {
  return tokenizer == nullptr ? -1 : tokenizer->tokenizer->special().eos.value_or(-1);
}

namespace {

// Gives the tokens to a caller with room for `capacity` of them.
Status hand_out(const std::vector<int32_t>& tokens, int32_t* out_tokens, int64_t capacity,
                int64_t* out_count) {
  if (capacity < 0 || (capacity > 0 && out_tokens == nullptr)) {
    return raddle::invalid_argument("capacity is {} and out_tokens is {}", capacity,
                                    out_tokens == nullptr ? "NULL" : "not NULL");
  }
  const auto count = static_cast<int64_t>(tokens.size());
  *out_count = count;
  if (out_tokens == nullptr) return Status::ok();  // the caller only counts
  if (count > capacity) {
    return raddle::out_of_range("the text has {} tokens and out_tokens has room for {}", count,
                                capacity);
  }
  std::copy(tokens.begin(), tokens.end(), out_tokens);
  return Status::ok();
}

}  // namespace

raddle_status_t raddle_tokenizer_encode(const raddle_tokenizer_t* tokenizer, const char* text,
                                        size_t text_bytes, int32_t* out_tokens, int64_t capacity,
                                        int64_t* out_count) {
  return border(
      __func__, {RADDLE_ARGUMENT(tokenizer), RADDLE_ARGUMENT(text), RADDLE_ARGUMENT(out_count)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto given, raddle::capi::long_text(text, text_bytes));
        RADDLE_ASSIGN_OR_RETURN(const auto tokens, tokenizer->tokenizer->encode(given));
        return hand_out(tokens, out_tokens, capacity, out_count);
      });
}

raddle_status_t raddle_tokenizer_encode_prompt(const raddle_tokenizer_t* tokenizer,
                                               const char* text, size_t text_bytes,
                                               int32_t* out_tokens, int64_t capacity,
                                               int64_t* out_count) {
  return border(
      __func__, {RADDLE_ARGUMENT(tokenizer), RADDLE_ARGUMENT(text), RADDLE_ARGUMENT(out_count)},
      [&]() -> Status {
        RADDLE_ASSIGN_OR_RETURN(const auto given, raddle::capi::long_text(text, text_bytes));
        RADDLE_ASSIGN_OR_RETURN(const auto tokens, tokenizer->tokenizer->encode_prompt(given));
        return hand_out(tokens, out_tokens, capacity, out_count);
      });
}

raddle_status_t raddle_tokenizer_decode(const raddle_tokenizer_t* tokenizer, const int32_t* tokens,
                                        int64_t token_count, char** out_text, size_t* out_bytes) {
  return border(__func__,
                {RADDLE_ARGUMENT(tokenizer), RADDLE_ARGUMENT(tokens), RADDLE_ARGUMENT(out_text)},
                [&]() -> Status {
                  constexpr int64_t kMost = PTRDIFF_MAX / int64_t{sizeof(int32_t)};
                  if (token_count < 0 || token_count > kMost) {
                    return raddle::invalid_argument("token_count is {}, expected 0 to {}",
                                                    token_count, kMost);
                  }
                  RADDLE_ASSIGN_OR_RETURN(
                      const std::string text,
                      tokenizer->tokenizer->decode({tokens, static_cast<size_t>(token_count)}));
                  *out_text = raddle::capi::copy_text(text);
                  if (out_bytes != nullptr) *out_bytes = text.size();
                  return Status::ok();
                });
}
