// SPDX-License-Identifier: Apache-2.0
// The wrapper without exceptions and RTTI, and in every standard and compiler: a training whose
// every call is checked by hand.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <raddle/raddle.hpp>
#include <string>
#include <type_traits>
#include <vector>

int plain_failures();

namespace {

template <typename T>
constexpr bool kIsHandle =
    std::is_nothrow_move_constructible_v<T> && !std::is_copy_constructible_v<T>;
static_assert(kIsHandle<raddle::Config> && kIsHandle<raddle::Graph> && kIsHandle<raddle::Plan> &&
              kIsHandle<raddle::Session> && kIsHandle<raddle::Tokenizer> &&
              kIsHandle<raddle::Training> && kIsHandle<raddle::Generation> &&
              kIsHandle<raddle::Tensor>);
static_assert(std::is_copy_constructible_v<raddle::Stop>);
static_assert(std::is_copy_constructible_v<raddle::Context>);

raddle::Status set_all(raddle::Config& config, const std::filesystem::path& text) {
  if (raddle::Status status = config.set("data.path", text); !status) return status;
  return config.load_text(
      "data.tokenizer = \"bytes\"\ndata.validation_fraction = 0\nmodel.layers = 1\n"
      "model.width = 32\nmodel.heads = 2\nmodel.context = 32\ntrain.micro_batch_tokens = 64\n"
      "train.steps = 4\n");
}

raddle::Result<double> last_loss(const std::filesystem::path& text) {
  auto context = raddle::Context::create(raddle::LogLevel::kError,
                                         [](raddle::LogLevel, std::string_view) noexcept {});
  if (!context) return context.status();
  auto config = raddle::Config::create();
  if (!config) return config.status();
  if (raddle::Status status = set_all(*config, text); !status.ok()) return status;
  auto session = raddle::Session::create(*context, *config);
  if (!session) return session.status();

  double loss = 0;
  raddle::Stop stop;
  auto trained = session->train(
      [&](const raddle::Event& event) {
        if (const auto metrics = event.metrics()) loss = metrics->loss;
        return event.step() < 3 ? raddle::Next::kGoOn : raddle::Next::kStop;
      },
      stop);
  if (!trained) return trained.status();
  if (trained->steps_done != 3 || trained->stopped != 1) {
    return raddle::Status(raddle::Code::kInternal, raddle::Scope::kCall, "it did not stop");
  }
  auto training = session->train_in_background(stop);
  if (!training) return training.status();
  for (const raddle::Event& event : *training) {
    if (const auto metrics = event.metrics()) loss = metrics->loss;
  }
  auto rest = training->join();
  if (!rest) return rest.status();
  return loss;
}

}  // namespace

int plain_failures() {
  const std::filesystem::path text = "plain_test.txt";
  std::string line = "A text for the model without exceptions. ";
  std::ofstream file(text);
  for (int i = 0; i < 50; ++i) file << line;
  file.close();

  int failed = 0;
  const auto loss = last_loss(text);
  if (!loss.ok() || !(*loss > 0.5) || !(*loss < 6)) {
    std::printf("without exceptions: %s\n", loss.status().c_message());
    ++failed;
  }
  const auto missing = last_loss("no such file.txt");
  if (missing.code() != raddle::Code::kNotFound || missing.message().empty()) {
    std::printf("a missing text gives %s\n", missing.status().c_message());
    ++failed;
  }
  std::vector<std::int32_t> array = {1, 2, 3};
  const raddle::Span<const std::int32_t> span = array;
  if (span.size() != 3 || span[2] != 3 || span.begin() + 3 != span.end()) ++failed;
  return failed;
}
