// SPDX-License-Identifier: Apache-2.0
// raddle generate: continues a prompt; the text goes to stdout as it is drawn.
#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

// The length of the UTF-8 character that `text` begins with, or 0 if it begins with none.
size_t character_bytes(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  // Overlong forms, surrogates, and what lies beyond the last character.
  const bool valid = !(lead == 0xe0 && byte(1) < 0xa0) && !(lead == 0xed && byte(1) > 0x9f) &&
                     !(lead == 0xf0 && byte(1) < 0x90) && !(lead == 0xf4 && byte(1) > 0x8f);
  return valid ? length : 0;
}

// stdout is text: a model of bytes can draw some that are no character.
std::string valid_utf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const size_t length = character_bytes(text);
    valid += length > 0 ? text.substr(0, length) : std::string_view("\xef\xbf\xbd");
    text.remove_prefix(std::max<size_t>(1, length));
  }
  return valid;
}

// What goes to stdout. The prompt comes with the first token: of a generation that is refused there
// is no output.
struct Printed {
  std::string before;
  bool any = false;
};

int32_t print_text(void* user_data, int32_t, const char* text, size_t text_bytes) {
  auto* printed = static_cast<Printed*>(user_data);
  const std::string valid =
      valid_utf8(std::exchange(printed->before, {})) + valid_utf8({text, text_bytes});
  printed->any = true;
  // A reader that went away ends the generation.
  return write_output(valid) && flush_output() ? 0 : 1;
}

// A text that ends because the model sees no further is not one that had no more to say.
void say_if_cut_short(const Session& session, size_t prompt_tokens,
                      const raddle_generate_result_t& result) {
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  check(raddle_session_get_info(session.get(), &info));
  Config used;  // the run that was opened may have brought a limit of its own
  check(raddle_session_get_config(session.get(), used.out()));
  const int64_t total = static_cast<int64_t>(prompt_tokens) + result.token_count;
  const bool more = result.token_count < get_int(used, "generate.max_tokens");
  if (result.ended != 0 || !more || total < info.context_tokens) return;
  Terminal::get().print_line(
      fmt::format("the text ends here because prompt and text fill the model's context, {} tokens",
                  info.context_tokens));
}

std::vector<int32_t> encode(const Session& session, const std::string& prompt) {
  const raddle_tokenizer_t* tokenizer = raddle_session_get_tokenizer(session.get());
  if (tokenizer == nullptr) {
    throw Failure(kExitData,
                  "the model has no tokenizer beside it that is read, so it cannot read a prompt; "
                  "put its tokenizer.json (or vocab.json and merges.txt) into its directory");
  }
  int64_t count = 0;
  check(
      raddle_tokenizer_encode_prompt(tokenizer, prompt.data(), prompt.size(), nullptr, 0, &count));
  std::vector<int32_t> tokens(static_cast<size_t>(count));
  check(raddle_tokenizer_encode_prompt(tokenizer, prompt.data(), prompt.size(), tokens.data(),
                                       count, &count));
  return tokens;
}

}  // namespace

int run_generate(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle generate");
  add_set_option(flags);
  flags.add_text("prompt", "text to continue", "TEXT");
  flags.add_text("max-tokens", "how many tokens at most", "N");
  flags.add_text("temperature", "0: always the likeliest token", "X");
  flags.add_text("top-k", "draw among the k likeliest only", "K");
  flags.add_text("seed", "same seed, same text", "S");
  flags.add_switch("no-echo", "do not print the prompt before its continuation");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  if (!parsed.has("prompt")) throw Failure(kExitUsage, "generate needs --prompt TEXT");
  const Context context = make_context(parsed);
  const Config config = make_config(parsed, "");
  for (const auto& [flag, key] :
       {std::pair{"max-tokens", "generate.max_tokens"},
        std::pair{"temperature", "generate.temperature"}, std::pair{"top-k", "generate.top_k"},
        std::pair{"seed", "generate.seed"}}) {
    if (parsed.has(flag)) {
      set_option(config, key, parsed.text(flag));
    }
  }
  Session session;
  const StopOnSignal stop(OnStop::kDrop);
  check(raddle_session_open(context.get(), parsed.positional.front().c_str(), config.get(),
                            stop.get(), session.out()));
  const auto prompt = parsed.text("prompt");
  const std::vector<int32_t> tokens = encode(session, prompt);
  Printed printed{!parsed.has("no-echo") ? prompt : std::string()};
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  raddle_status_t status =
      raddle_session_generate(session.get(), tokens.data(), static_cast<int64_t>(tokens.size()),
                              nullptr, stop.get(), &result, &print_text, &printed);
  // The text ends before the log goes on.
  const bool done = raddle_status_code(status) == RADDLE_OK;
  if (done || printed.any) print_text(&printed, 0, "\n", 1);
  check(status);
  say_if_cut_short(session, tokens.size(), result);
  Terminal::get().print_line(fmt::format("{} tokens, prompt {:.1f} ms, {:.1f} tokens/s",
                                         result.token_count, result.prompt_ms,
                                         result.tokens_per_second));
  return kExitDone;
}

}  // namespace raddle::cli
