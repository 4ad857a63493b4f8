// SPDX-License-Identifier: Apache-2.0
// finetune TEXT RUN_DIRECTORY: trains a small model on a text, stops it half-way as Ctrl-C would,
// resumes it from its run directory, and lets it write.
#include <iostream>
#include <raddle/raddle.hpp>

namespace {

raddle::Config recipe(const std::filesystem::path& text) {
  auto config = raddle::Config::create().value();
  config
      .load_text(R"(
    data = { tokenizer = "bytes" }
    model = { layers = 2, width = 64, heads = 4, context = 64 }
    train = { steps = 60, micro_batch_tokens = 512 }
    optimizer = { learning_rate = 3e-3 })")
      .or_throw();
  config.set("data.path", text).or_throw();
  return config;
}

void show(const raddle::Event& event) {
  if (const auto metrics = event.metrics(); metrics && event.step() % 10 == 0) {
    std::cout << "step " << event.step() << " of " << event.steps_total() << ", loss "
              << metrics->loss << '\n';
  }
}

void finetune(const std::filesystem::path& text, const std::filesystem::path& run) {
  const auto context = raddle::Context::create().value();
  const auto config = recipe(text);
  const raddle::SessionOptions options = {run, "auto", {}};
  {
    auto session = raddle::Session::create(context, config, options).value();
    const raddle::Stop stop;  // any thread or a signal handler may ask it to stop
    const auto half = session.train(
        [&](const raddle::Event& event) {
          show(event);
          if (event.step() == 30) stop.request();
        },
        stop);
    std::cout << "stopped after " << half.value().steps_done << " steps\n";
  }
  auto session = raddle::Session::create(context, config, options).value();
  session.train(show).value();
  auto writing =
      session.generate_in_background(session.tokenizer()->encode("The ").value()).value();
  for (const raddle::Token& token : writing) std::cout << token.text << std::flush;
  std::cout << "\nwrote " << writing.join().value().token_count << " tokens\n";
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return std::cerr << "usage: finetune TEXT RUN_DIRECTORY\n", 64;
  finetune(argv[1], argv[2]);
} catch (const raddle::Error& error) {
  return std::cerr << "finetune: " << error.what() << '\n', 1;
}
