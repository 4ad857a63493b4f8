// SPDX-License-Identifier: Apache-2.0
// Sessions: train, step, evaluate, generate, look at tensors, save and resume.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/cpp/tests/check.h"

using raddle::Batch;
using raddle::Event;
using raddle::EventKind;
using raddle::Session;

TEST(training_reports_steps_evaluations_and_checkpoints) {
  const auto home = fixture::folder("train");
  const auto context = fixture::context();
  auto config = fixture::config(home, 8);
  config.set("train.eval_interval", 4).or_throw();
  raddle::SessionOptions options;
  options.run_directory = home / "r\xc3\xbcn \xff";
  raddle::Stop stop;
  auto session = Session::create(context, config, options, stop).value();
  double first = 0, last = 0;
  int evaluations = 0;
  std::vector<std::filesystem::path> saved;
  const auto result =
      session
          .train(
              [&](const Event& event) {
                CHECK(event.steps_total() == 8);
                if (event.kind() == EventKind::kStep) {
                  const auto metrics = event.metrics().value();
                  CHECK(metrics.step == event.step() && metrics.step_tokens == 64);
                  CHECK(stop.done() == event.step() - 1 && stop.total() == 8);
                  (event.step() == 1 ? first : last) = metrics.loss;
                } else {
                  CHECK(!event.metrics());
                }
                if (const auto evaluation = event.evaluation()) {
                  CHECK(std::fabs(evaluation->perplexity - std::exp(evaluation->loss)) < 1e-6);
                  ++evaluations;
                }
                if (event.kind() == EventKind::kCheckpoint) saved.push_back(event.path());
                CHECK(event.message().empty());
              },
              stop)
          .value();
  CHECK(result.steps_done == 8 && result.stopped == 0 && result.saved == 1 && result.seconds > 0);
  CHECK(evaluations >= 2 && last < first && first < 7);
  CHECK(!saved.empty() && std::filesystem::exists(saved.back()));

  const auto info = session.info().value();
  CHECK(info.steps_done == 8 && info.steps_total == 8 && info.micro_batch_tokens == 64);
  CHECK(info.tokens_done == 8 * 64 && info.vocab_size == 257 && info.context_tokens == 32);
  CHECK(session.config()->get("train.steps").value() == "8");
  CHECK(session.tokenizer()->vocab_size() == 257);

  const auto list = raddle::checkpoints(context, options.run_directory).value();
  CHECK(!list.empty() && list.back().step == 8 && list.back().good == 1);
  CHECK(list.back().in_force == 1 && list.back().bytes > 0 && list.back().problem.empty());
  CHECK(list.back().path == saved.back());
  CHECK_ERROR(raddle::checkpoints(context, home / "none"), kNotFound, "none");
  CHECK(raddle::checkpoint_verify(context, list.back().path)->find("tensors") != std::string::npos);

  raddle::checkpoint_export(context, options.run_directory, "hf", home / "hf").or_throw();
  CHECK(std::filesystem::exists(home / "hf" / "model.safetensors"));
  CHECK_ERROR(raddle::checkpoint_export(context, options.run_directory, "ggml", home / "x"),
              kInvalidArgument, "ggml");
  auto own = raddle::Config::create().value();
  own.set("data.validation_path", home / "text.txt").or_throw();
  auto opened = Session::open(context, home / "hf", &own).value();
  CHECK(opened.evaluate().value().loss < 7);
  CHECK_ERROR(opened.step_on_data(), kFailedPrecondition, "train");
}

TEST(a_callback_stops_in_good_order) {
  auto session =
      Session::create(fixture::context(), fixture::config(fixture::folder("stop"), 9)).value();
  const auto result = session
                          .train([](const Event& event) {
                            return event.step() < 3 ? raddle::Next::kGoOn : raddle::Next::kStop;
                          })
                          .value();
  CHECK(result.steps_done == 3 && result.stopped == 1);
  CHECK(session.train()->steps_done == 9);
}

TEST(a_run_is_resumed_bit_for_bit) {
  const auto home = fixture::folder("resume");
  const auto context = fixture::context();
  const auto config = fixture::config(home, 6);
  const auto losses = [&](Session& session) {
    std::vector<double> all;
    session
        .train([&](const Event& event) {
          if (const auto metrics = event.metrics()) all.push_back(metrics->loss);
        })
        .value();
    return all;
  };
  auto whole = Session::create(context, config).value();
  const auto expected = losses(whole);
  raddle::SessionOptions options;
  options.run_directory = home / "run";
  {
    auto half = Session::create(context, config, options).value();
    half.train([](const Event& event) {
          return event.step() < 3 ? raddle::Next::kGoOn : raddle::Next::kStop;
        })
        .value();
    CHECK_ERROR(Session::create(context, config, options), kUnavailable, "in use");
  }
  CHECK_ERROR(Session::create(context, config, options), kAlreadyExists, "run");
  options.resume = "auto";
  auto rest = Session::create(context, config, options).value();
  CHECK(rest.info()->steps_done == 3);
  const auto got = losses(rest);
  CHECK(got.size() == 3 && std::equal(got.begin(), got.end(), expected.begin() + 3));

  const auto kept = rest.save(home / "kept").value();
  CHECK(kept == home / "kept");
  CHECK_ERROR(rest.save(home / "kept"), kAlreadyExists, "kept");
  auto values = rest.tensor(rest.tensor_names().front()).value();
  const float was = values.values()[0];
  values.values()[0] = 17;
  rest.restore(kept).or_throw();
  CHECK(values.values()[0] == was);
  CHECK_ERROR(rest.restore(home / "none"), kNotFound, "none");
  CHECK(rest.save().value().parent_path().parent_path() == options.run_directory);
}

TEST(steps_on_batches_of_the_caller) {
  auto config = fixture::config(fixture::folder("steps"));
  config.set("train.micro_batches", 2).or_throw();
  auto session = Session::create(fixture::context(), config).value();
  const auto tokens = fixture::tokens(32);
  std::vector<float> weights(32, 1.0f);
  const std::vector<std::int32_t> targets(tokens.rbegin(), tokens.rend());
  const std::vector<std::int32_t> positions(32, 1), starts = {0, 16, 32};

  const auto one = session.step_tokens({tokens}).value();
  CHECK(one.step == 1 && one.step_tokens == 32 && one.loss > 1);
  const auto two = session.step({{tokens}, {tokens, targets, weights, positions, starts}}).value();
  CHECK(two.step == 2 && two.step_tokens == 64);
  CHECK(session.step_on_data()->step == 3);
  const Batch full = {tokens, {}, {}, {}, starts};
  CHECK(session.backward({full}).value().step == 3);
  CHECK(session.apply().value().step == 4);
  raddle::BackwardOptions options;
  options.weight_sum = 30;
  CHECK(session.backward({full}, options)->loss > 0);
  options.accumulate = 1;
  CHECK(session.backward({full}, options)->step_tokens == 64);
  CHECK(session.apply(0)->learning_rate == 0);
  CHECK(session.evaluate_batches({full, full})->tokens == 60);
  CHECK(session.evaluate()->bytes > 0);

  CHECK_ERROR(session.step_tokens({tokens, {targets.data(), 5}}), kInvalidArgument,
              "Batch::targets has 5 elements");
  CHECK_ERROR(session.step({{tokens, {}, {weights.data(), 31}}}), kInvalidArgument,
              "Batch::weights has 31 elements");
  CHECK_ERROR(session.step_tokens({tokens, {}, {}, {positions.data(), 2}}), kInvalidArgument,
              "Batch::positions");
  CHECK_ERROR(session.step_tokens({{1, 999}}), kInvalidArgument, "999");
  CHECK_ERROR(session.step({}), kInvalidArgument, "batch_count");
  CHECK_ERROR(session.step_tokens({tokens, {}, {}, {}, {0}}), kInvalidArgument, "");
  CHECK(session.info()->steps_done == 5);
}

TEST(training_on_batches_of_the_caller) {
  auto session =
      Session::create(fixture::context(), fixture::config(fixture::folder("train_on"), 5)).value();
  const auto tokens = fixture::tokens(32);
  std::vector<std::int64_t> asked;
  int events = 0;
  auto source = [&](std::int64_t step, std::int64_t micro_batch) -> std::optional<Batch> {
    CHECK(micro_batch == 0);
    asked.push_back(step);
    if (step == 3) return std::nullopt;
    return Batch{tokens};
  };
  CHECK(session.train_on(source, [&](const Event&) { ++events; })->steps_done == 3);
  CHECK((asked == std::vector<std::int64_t>{0, 1, 2, 3}) && events >= 3);
  CHECK(session.train_on([&](auto, auto) { return Batch{tokens}; })->steps_done == 5);

  auto other =
      Session::create(fixture::context(), fixture::config(fixture::folder("train_on"), 5)).value();
  const auto bad = [&](auto, auto) { return Batch{tokens, {tokens.data(), 1}}; };
  CHECK_ERROR(other.train_on(bad), kInvalidArgument, "Batch::targets has 1 elements");
}

TEST(generating_calls_back_and_streams_alike) {
  auto session =
      Session::create(fixture::context(), fixture::config(fixture::folder("generate"), 4)).value();
  session.train().value();
  const auto prompt = session.tokenizer()->encode_prompt("The ").value();
  raddle::GenerateOptions options;
  options.max_tokens = 12;
  options.seed = 3;
  options.ignore_end = 1;
  std::vector<std::int32_t> called, streamed;
  std::string text;
  const auto result = session
                          .generate(
                              prompt,
                              [&](const raddle::Token& token) {
                                called.push_back(token.id);
                                text += token.text;
                              },
                              options)
                          .value();
  CHECK(result.token_count == 12 && called.size() == 12 && result.ended == 0);
  auto generation = session.generate_in_background(prompt, options).value();
  for (const raddle::Token& token : generation) streamed.push_back(token.id);
  CHECK(streamed == called && generation.join()->token_count == 12);
  const auto greedy = [&](std::int64_t seed) {
    raddle::GenerateOptions likeliest = options;
    likeliest.greedy = 1;
    likeliest.seed = seed;
    std::vector<std::int32_t> ids;
    session
        .generate(
            prompt, [&](const raddle::Token& token) { ids.push_back(token.id); }, likeliest)
        .value();
    return ids;
  };
  CHECK(greedy(1) == greedy(2) && greedy(1) != called);
  std::size_t some = 0;
  auto count = [&](const raddle::Token&) {
    return ++some < 5 ? raddle::Next::kGoOn : raddle::Next::kStop;
  };
  CHECK(session.generate(prompt, count, options)->token_count == 5);
  CHECK_ERROR(session.generate({}, count), kInvalidArgument, "prompt");
  CHECK_ERROR(session.generate_in_background({}), kInvalidArgument, "prompt");
}

TEST(logits_and_tensors) {
  const auto home = fixture::folder("logits");
  auto session = Session::create(fixture::context(), fixture::config(home)).value();
  const auto tokens = fixture::tokens(10);
  const auto all = session.logits(tokens).value();
  CHECK(all.size() == 10 * 257 && std::isfinite(all[0]));
  std::vector<float> small(9 * 257), same(all.size());
  CHECK_ERROR(session.logits(tokens, small), kInvalidArgument, "2570");
  session.logits(tokens, same).or_throw();
  CHECK(same == all);
  session.write_logits(tokens, home / "out \xff").or_throw();
  CHECK(std::filesystem::file_size(home / "out \xff") > all.size() * 4);
  CHECK_ERROR(session.write_logits(tokens, home / "out \xff"), kAlreadyExists, "out");

  const auto names = session.tensor_names();
  CHECK(static_cast<std::int64_t>(names.size()) == session.tensor_count());
  CHECK(std::count(names.begin(), names.end(), "gradient/" + names[0]) == 1);
  const raddle::TensorInfo about = session.tensor_info(0).value();
  CHECK(about.name == names[0] && about.parameter == names[0] && about.rank >= 1);
  CHECK(about.role == raddle::TensorRole::kParameter && about.dtype == raddle::Dtype::kF32);
  CHECK(about.trained == 1 && name(about.role) == "PARAMETER");
  CHECK_ERROR(session.tensor_info(session.tensor_count()), kOutOfRange, "");
  auto tensor = session.tensor(names[0]).value();
  CHECK(tensor.dims()[0] == about.dims[0]);
  CHECK(tensor.dims().size() >= 1 && tensor.values().size() > 30);
  std::vector<float> copy(tensor.values().size());
  session.read_tensor(names[0], copy).or_throw();
  CHECK(std::memcmp(copy.data(), tensor.values().data(), copy.size() * 4) == 0);
  tensor.values()[0] = 0.25f;
  session.read_tensor(names[0], copy).or_throw();
  CHECK(copy[0] == 0.25f);
  CHECK_ERROR(session.tensor(names[0] + "x"), kNotFound, names[0]);
  CHECK_ERROR(session.tensor(std::string_view("a\0b", 3)), kInvalidArgument, "zero byte");
  raddle_dl_versioned_t* const released = session.tensor(names[0])->release();
  CHECK(released->version_major == 1 && released->dl_tensor.dtype_bits == 32);
  released->deleter(released);
}

TEST(what_the_machine_does) {
  const auto context = fixture::context();
  const auto peaks = raddle::bench_machine(context, 1, 0).value();
  CHECK(peaks.threads == 1 && peaks.fma_gflops > 0 && peaks.triad_gb_per_second == 0);
  CHECK_ERROR(raddle::bench_machine(context, -1, 0), kInvalidArgument, "threads");
  const auto config = fixture::config(fixture::folder("bench"));
  const auto bench = raddle::bench_step(context, config, 1, 32, 1, 2).value();
  CHECK(bench.steps == 2 && bench.tokens_per_step == 32 && bench.step_ms_median > 0);
}
