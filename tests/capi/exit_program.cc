// SPDX-License-Identifier: Apache-2.0
// Calls exit() while another thread trains. Arguments: steps to let pass first, then microseconds,
// and the number of threads.
#include <raddle/raddle.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

raddle_session_t* session = nullptr;
int32_t tokens[64];
std::atomic<int> steps{0};

void need(raddle_status_t status) {
  if (status == nullptr) return;
  std::fprintf(stderr, "%s\n", raddle_status_message(status));
  std::_Exit(9);
}

[[noreturn]] void train_for_ever() {
  raddle_batch_t batch = RADDLE_BATCH_INIT;
  batch.tokens = tokens;
  batch.token_count = 64;
  while (true) {
    raddle_status_t status = raddle_session_step(session, &batch, 1, nullptr, nullptr);
    raddle_status_destroy(&status);
    ++steps;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  raddle_context_t* context = nullptr;
  raddle_config_t* config = nullptr;
  need(raddle_context_create(nullptr, &context));
  need(raddle_config_create(&config));
  const char* const options[][2] = {
      {"model.layers", "2"},       {"model.width", "64"},       {"model.heads", "2"},
      {"model.context", "64"},     {"train.steps", "1000000"},  {"train.micro_batch_tokens", "256"},
      {"model.vocab_size", "256"}, {"runtime.threads", argv[3]}};
  for (const auto& option : options) need(raddle_config_set(config, option[0], option[1]));
  need(raddle_session_create(context, config, nullptr, nullptr, &session));
  for (int32_t i = 0; i < 64; ++i) tokens[i] = i * 7 % 256;
  std::thread(train_for_ever).detach();
  while (steps < std::stoi(argv[1])) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::microseconds(std::stoi(argv[2])));
  std::exit(0);
}
