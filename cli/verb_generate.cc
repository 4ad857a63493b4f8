// SPDX-License-Identifier: Apache-2.0
// raddle generate: continues a prompt; the text goes to stdout as it is drawn.
#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <vector>

#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

int32_t print_text(void*, int32_t, const char* text, size_t text_bytes) {
  const size_t written = std::fwrite(text, 1, text_bytes, stdout);
  // A reader that went away ends the generation.
  return written == text_bytes && std::fflush(stdout) == 0 ? 0 : 1;
}

std::vector<int32_t> encode(const Session& session, const std::string& prompt) {
  const raddle_tokenizer_t* tokenizer = raddle_session_get_tokenizer(session.get());
  if (tokenizer == nullptr) {
    throw Failure(kExitData, "the model has no tokenizer beside it, so it cannot read a prompt");
  }
  // No token is shorter than a byte, so this is room enough.
  std::vector<int32_t> tokens(prompt.size());
  int64_t count = 0;
  check(raddle_tokenizer_encode(tokenizer, prompt.data(), prompt.size(), tokens.data(),
                                static_cast<int64_t>(tokens.size()), &count));
  tokens.resize(static_cast<size_t>(count));
  return tokens;
}

}  // namespace

int run_generate(const Verb& verb, std::span<char* const> arguments) {
  cxxopts::Options options("raddle generate");
  add_set_option(options);
  options.add_options()("prompt", "text to continue", cxxopts::value<std::string>(), "TEXT");
  options.add_options()("max-tokens", "how many tokens at most", cxxopts::value<std::string>(),
                        "N");
  options.add_options()("temperature", "0: always the likeliest token",
                        cxxopts::value<std::string>(), "X");
  options.add_options()("top-k", "draw among the k likeliest only", cxxopts::value<std::string>(),
                        "K");
  options.add_options()("seed", "same seed, same text", cxxopts::value<std::string>(), "S");
  options.add_options()("no-echo", "do not print the prompt before its continuation");
  const Parsed parsed = parse(verb, options, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  if (parsed.options.count("prompt") == 0)
    throw Failure(kExitUsage, "generate needs --prompt TEXT");
  const Context context = make_context(parsed);
  const Config config = make_config(parsed, "");
  for (const auto& [flag, key] :
       {std::pair{"max-tokens", "generate.max_tokens"},
        std::pair{"temperature", "generate.temperature"}, std::pair{"top-k", "generate.top_k"},
        std::pair{"seed", "generate.seed"}}) {
    if (parsed.options.count(flag) > 0) {
      set_option(config, key, parsed.options[flag].as<std::string>());
    }
  }
  Session session;
  check(raddle_session_open(context.get(), parsed.positional.front().c_str(), config.get(),
                            session.out()));
  const auto prompt = parsed.options["prompt"].as<std::string>();
  const std::vector<int32_t> tokens = encode(session, prompt);
  if (parsed.options.count("no-echo") == 0) print_text(nullptr, 0, prompt.data(), prompt.size());
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  {
    const StopOnSignal stop(session.get());
    check(raddle_session_generate(session.get(), tokens.data(), static_cast<int64_t>(tokens.size()),
                                  nullptr, &result, &print_text, nullptr));
  }
  fmt::print("\n");
  Terminal::get().print_line(fmt::format("{} tokens, prompt {:.1f} ms, {:.1f} tokens/s",
                                         result.token_count, result.prompt_ms,
                                         result.tokens_per_second));
  return kExitDone;
}

}  // namespace raddle::cli
