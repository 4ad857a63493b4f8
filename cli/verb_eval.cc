// SPDX-License-Identifier: Apache-2.0
// raddle eval: a model's loss on a text, or its logits for given tokens.
#include <fmt/core.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

std::vector<int32_t> parse_tokens(const std::string& text) {
  std::vector<int32_t> tokens;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int32_t token = 0;
    const auto result = std::from_chars(at, end, token);
    if (result.ec != std::errc() || (result.ptr != end && *result.ptr != ',')) {
      throw Failure(kExitUsage,
                    fmt::format("--tokens {}: expected numbers between commas, as in 1,2,3", text));
    }
    tokens.push_back(token);
    if (result.ptr == end) return tokens;
    at = result.ptr + 1;
  }
}

int write_logits(const Session& session, const Parsed& parsed, raddle_stop_t* stop) {
  if (!parsed.has("logits-out")) {
    throw Failure(kExitUsage, "--tokens needs --logits-out FILE");
  }
  const auto path = parsed.text("logits-out");
  const auto tokens = parse_tokens(parsed.text("tokens"));
  check(raddle_session_write_logits(session.get(), tokens.data(),
                                    static_cast<int64_t>(tokens.size()), path.c_str(), stop));
  raddle_session_info_t info = RADDLE_SESSION_INFO_INIT;
  check(raddle_session_get_info(session.get(), &info));
  const auto rows = static_cast<int64_t>(tokens.size());
  write_output(json_line({{"logits", path}, {"shape", {rows, info.vocab_size}}}));
  return kExitDone;
}

int evaluate(const Session& session, bool json, raddle_stop_t* stop) {
  raddle_evaluation_t found = RADDLE_EVALUATION_INIT;
  check(raddle_session_evaluate(session.get(), stop, &found));
  if (json) {
    write_output(json_line({{"loss", found.loss},
                            {"perplexity", found.perplexity},
                            {"bits_per_byte", found.bits_per_byte},
                            {"tokens", found.tokens},
                            {"bytes", found.bytes},
                            {"step", found.step},
                            {"seconds", found.seconds}}));
    return kExitDone;
  }
  print("loss              {:.6f}\nperplexity        {:.4f}\n", found.loss, found.perplexity);
  if (found.bits_per_byte > 0) print("bits_per_byte     {:.4f}\n", found.bits_per_byte);
  print("tokens            {}\nseconds           {:.2f}\n", found.tokens, found.seconds);
  return kExitDone;
}

}  // namespace

int run_eval(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle eval");
  add_set_option(flags);
  flags.add_text("data", "text to measure the loss on; default: the run's validation data", "FILE");
  flags.add_text("tokens", "compute the logits of these tokens instead", "1,2,3");
  flags.add_text("logits-out", "safetensors file for the tensor logits [T, V]", "FILE");
  flags.add_switch("json", "print one JSON object");
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = make_config(parsed, "");
  if (parsed.has("data")) {
    set_option(config, "data.validation_path", parsed.text("data"));
  }
  Session session;
  const StopOnSignal stop(OnStop::kDrop);
  check(raddle_session_open(context.get(), parsed.positional.front().c_str(), config.get(),
                            stop.get(), session.out()));
  if (parsed.has("tokens")) return write_logits(session, parsed, stop.get());
  return evaluate(session, parsed.has("json"), stop.get());
}

}  // namespace raddle::cli
