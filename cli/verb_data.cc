// SPDX-License-Identifier: Apache-2.0
// raddle data: from texts to token files, and a look at either.
#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <string>
#include <tuple>
#include <vector>

#include "cli/output.h"
#include "cli/signals.h"
#include "cli/verbs.h"

namespace raddle::cli {

namespace {

// The options that all sub-verbs share, as names of the options of the run that they set.
constexpr std::array kDataFlags = {
    std::pair{"format", "data.format"},
    std::pair{"text-field", "data.text_field"},
    std::pair{"prompt-field", "data.prompt_field"},
    std::pair{"tokenizer", "data.tokenizer"},
    std::pair{"vocab-size", "data.vocab_size"},
};

void add_data_options(Flags& flags) {
  add_set_option(flags);
  flags.add_text("format", "auto, text, jsonl or tokens", "FORMAT");
  flags.add_text("text-field", "field of a JSON line that holds the text", "NAME");
  flags.add_text("prompt-field", "field that holds the prompt which the text answers", "NAME");
  flags.add_text("tokenizer", "bytes, or a tokenizer.json", "NAME");
  flags.add_text("vocab-size", "tokens of a tokenizer to be trained", "N");
}

Config data_config(const Parsed& parsed) {
  Config config = make_config(parsed, "");
  for (const auto& [flag, key] : kDataFlags) {
    if (parsed.has(flag)) {
      set_option(config, key, parsed.text(flag));
    }
  }
  std::string paths;
  for (const std::string& path : parsed.positional) paths += (paths.empty() ? "" : ",") + path;
  set_option(config, "data.path", paths);
  return config;
}

std::string required(const Parsed& parsed, const Verb& verb, const char* name) {
  if (parsed.has(name)) return parsed.text(name);
  throw Failure(kExitUsage, fmt::format("{} needs --{}\nusage: raddle {} {}", verb.name, name,
                                        verb.name, verb.synopsis));
}

constexpr size_t kFilesMax = 100000;

int tokenize(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle data tokenize");
  add_data_options(flags);
  flags.add_text("out", "token file to write", "FILE");
  const Parsed parsed = parse(verb, flags, arguments, 1, kFilesMax);
  if (parsed.help) return kExitDone;
  const std::string out = required(parsed, verb, "out");
  const Context context = make_context(parsed);
  const Config config = data_config(parsed);
  const StopOnSignal stop(OnStop::kDrop);
  raddle_tokenize_result_t result = RADDLE_TOKENIZE_RESULT_INIT;
  check(raddle_data_tokenize(context.get(), config.get(), out.c_str(), stop.get(), &result));
  print("{{\"documents\": {}, \"tokens\": {}, \"bytes\": {}, \"replaced\": {}}}\n",
        result.documents, result.tokens, result.bytes, result.replaced);
  return kExitDone;
}

int inspect(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle data inspect");
  add_data_options(flags);
  const Parsed parsed = parse(verb, flags, arguments, 1, 1);
  if (parsed.help) return kExitDone;
  const Context context = make_context(parsed);
  const Config config = data_config(parsed);
  const StopOnSignal stop(OnStop::kDrop);
  Text json;
  check(raddle_data_inspect(context.get(), config.get(), parsed.positional.front().c_str(),
                            stop.get(), json.out()));
  print("{}\n", json.get());
  return kExitDone;
}

int train_tokenizer(const Verb& verb, std::span<char* const> arguments) {
  Flags flags("raddle data train-tokenizer");
  add_data_options(flags);
  flags.add_text("out", "tokenizer.json to write", "FILE");
  const Parsed parsed = parse(verb, flags, arguments, 1, kFilesMax);
  if (parsed.help) return kExitDone;
  const std::string out = required(parsed, verb, "out");
  for (const auto& [name, value, why] :
       {std::tuple{"tokenizer", "", "it makes one, from texts alone"},
        std::tuple{"format", "tokens", "tokens are no text to learn from"}}) {
    if (!parsed.has(name)) continue;
    const auto given = parsed.text(name);
    if (*value != '\0' && given != value) continue;
    throw Failure(kExitUsage,
                  fmt::format("{} does not take --{} {}: {}", verb.name, name, given, why));
  }
  // Saving would refuse it too, but only after the work.
  if (std::filesystem::exists(std::filesystem::symlink_status(out))) {
    throw Failure(kExitConfig, fmt::format("{} is there already and is not replaced; name another "
                                           "file, or remove it first",
                                           out));
  }
  const Context context = make_context(parsed);
  const Config config = data_config(parsed);
  const StopOnSignal stop(OnStop::kDrop);
  Tokenizer tokenizer;
  check(raddle_tokenizer_train(context.get(), config.get(), stop.get(), tokenizer.out()));
  check(raddle_tokenizer_save(tokenizer.get(), out.c_str()));
  print("{{\"vocab_size\": {}}}\n", raddle_tokenizer_vocab_size(tokenizer.get()));
  return kExitDone;
}

}  // namespace

int run_data(const Verb&, std::span<char* const> arguments) {
  static constexpr std::array kVerbs = {
      Verb{"data tokenize", "FILE... --out FILE [--tokenizer NAME]",
           "write texts as one token file", &tokenize},
      Verb{"data inspect", "FILE [--tokenizer NAME]", "say what a data file holds", &inspect},
      Verb{"data train-tokenizer", "FILE... --vocab-size N --out tokenizer.json",
           "train a byte-level BPE tokenizer", &train_tokenizer},
  };
  return dispatch("raddle data", kVerbs, arguments.subspan(1));
}

}  // namespace raddle::cli
