// SPDX-License-Identifier: Apache-2.0
// exit_program TEXT MICROSECONDS WAY: leaves by exit() while another thread trains, with a session
// that is destroyed at exit (WAY "static") or never ("leaked").
#include <chrono>
#include <cstdlib>
#include <raddle/raddle.hpp>
#include <string_view>
#include <thread>

namespace {

raddle::Session& session_of(const raddle::Config& config, bool is_static) {
  auto made = raddle::Session::create(raddle::Context::create().value(), config).value();
  if (!is_static) return *new raddle::Session(std::move(made));
  static raddle::Session session = std::move(made);
  return session;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  auto config = raddle::Config::create().value();
  config.set("data.path", std::filesystem::path(argv[1])).or_throw();
  config
      .load_text(
          "data.tokenizer = \"bytes\"\nmodel.layers = 1\nmodel.width = 32\nmodel.heads = 2\n"
          "model.context = 32\ntrain.micro_batch_tokens = 64\ntrain.steps = 100000000\n")
      .or_throw();
  raddle::Session& session = session_of(config, std::string_view(argv[3]) == "static");
  const raddle::Stop stop;
  std::thread([&session, stop] { static_cast<void>(session.train(stop)); }).detach();
  while (stop.done() < 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::microseconds(std::strtol(argv[2], nullptr, 10)));
  std::exit(0);
}
