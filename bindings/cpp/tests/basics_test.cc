// SPDX-License-Identifier: Apache-2.0
// Status, Result, Span, versions, enums, defaults, Context, Config.
#include <array>
#include <cstring>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <thread>

#include "bindings/cpp/tests/check.h"

using raddle::Code;
using raddle::Status;

TEST(three_errors_with_code_scope_and_message) {
  auto config = raddle::Config::create().value();
  CHECK_ERROR(config.set("train.stepps", "4"), kInvalidArgument, "train.steps");
  CHECK_ERROR(raddle::Session::open(fixture::context(), "no/such/run"), kNotFound, "no/such/run");
  CHECK_ERROR(raddle::option_info(-1), kOutOfRange, "-1");
  CHECK_ERROR(raddle::op_info(100000), kOutOfRange, "100000");
  CHECK(config.set("train.stepps", "4").scope() == raddle::Scope::kCall);
}

TEST(a_status_is_thrown_as_itself) {
  auto config = raddle::Config::create().value();
  bool thrown = false;
  try {
    config.set("train.steps", "many").or_throw();
  } catch (const raddle::Error& error) {
    thrown = error.code() == Code::kInvalidArgument && error.scope() == raddle::Scope::kCall &&
             std::strstr(error.what(), "train.steps") != nullptr &&
             error.status().message() == error.what();
  }
  CHECK(thrown);
  thrown = false;
  try {
    config.get("no.such.key").value();
  } catch (const std::exception& error) {
    thrown = std::strstr(error.what(), "no.such.key") != nullptr;
  }
  CHECK(thrown);
  Status().or_throw();
}

TEST(results_hold_a_value_or_a_status) {
  raddle::Result<std::string> good(std::string("text"));
  CHECK(good && good.ok() && good->size() == 4 && *good == "text" && good.code() == Code::kOk);
  raddle::Result<std::string> bad(Status(Code::kIo, raddle::Scope::kJob, "no disk"));
  CHECK(!bad && bad.code() == Code::kIo && bad.scope() == raddle::Scope::kJob);
  CHECK(bad.message() == "no disk" && std::move(bad).value_or("other") == "other");
  CHECK(raddle::Result<int>(Status()).code() == Code::kInternal);
  CHECK(Status().message().empty() && *Status().c_message() == 0);
  const Status copied = Status(Code::kIo, raddle::Scope::kPeer, "kept");
  CHECK(Status(copied).message() == "kept");
}

TEST(spans_take_what_lies_in_a_row) {
  const auto sum = [](raddle::Span<const std::int32_t> span) {
    return std::accumulate(span.begin(), span.end(), 0);
  };
  std::vector<std::int32_t> vector = {1, 2, 3};
  std::array<std::int32_t, 2> array = {4, 5};
  std::int32_t plain[] = {6};
  CHECK(sum(vector) == 6 && sum(array) == 9 && sum(plain) == 6 && sum({7, 8}) == 15);
  CHECK(sum({}) == 0 && sum(std::vector<std::int32_t>{9}) == 9);
  raddle::Span<std::int32_t> writable = vector;
  writable[0] = 10;
  CHECK(sum(writable) == 15 && vector[0] == 10);
  static_assert(!std::is_constructible_v<raddle::Span<std::int32_t>, std::vector<float>&>);
  static_assert(
      !std::is_constructible_v<raddle::Span<std::int32_t>, const std::vector<std::int32_t>&>);
  static_assert(!std::is_constructible_v<raddle::Span<std::int32_t>, std::vector<std::int32_t>>);
}

TEST(the_library_fits_the_headers) {
  CHECK(raddle::check_version().ok());
  CHECK(raddle::version() == raddle::detail::make_version(
                                 RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH));
  CHECK(raddle::version_string() == raddle::detail::version_words(raddle::version()));
  CHECK(raddle::build_info().find("compiler") != std::string_view::npos);
  using raddle::detail::make_version;
  using raddle::detail::serves;
  CHECK(serves(make_version(0, 1, 3), make_version(0, 1, 2)));
  CHECK(!serves(make_version(0, 1, 1), make_version(0, 1, 2)));
  CHECK(!serves(make_version(0, 2, 0), make_version(0, 1, 2)));
  CHECK(serves(make_version(1, 3, 0), make_version(1, 2, 9)));
  CHECK(!serves(make_version(1, 1, 9), make_version(1, 2, 0)));
  CHECK(!serves(make_version(2, 0, 0), make_version(1, 2, 0)));
}

TEST(enums_have_the_names_of_c) {
  CHECK(name(Code::kInvalidArgument) == "INVALID_ARGUMENT" && name(Code::kIo) == "IO");
  CHECK(name(static_cast<Code>(9999)) == "UNKNOWN");
  CHECK(name(raddle::Scope::kJob) == "job");
  CHECK(name(raddle::EventKind::kCheckpoint) == "CHECKPOINT");
  CHECK(name(raddle::Dtype::kBF16) == "BF16" && name(raddle::LogLevel::kOff) == "OFF");
  CHECK(name(raddle::Origin::kSet) == "SET" && name(raddle::StopGrade::kNone) == "NONE");
}

// What an untouched struct of values becomes is what raddle_X_init() makes.
template <typename Values, typename CStruct>
static bool same_defaults() {
  CStruct expected, actual;
  std::memset(&expected, 0, sizeof(expected));
  std::memset(&actual, 0, sizeof(actual));
  raddle::detail::init(&expected);
  return raddle::detail::to_c(Values{}, &actual).ok() && expected.struct_size == sizeof(expected) &&
         std::memcmp(&expected, &actual, sizeof(expected)) == 0;
}

TEST(defaults_are_those_of_c) {
  CHECK((same_defaults<raddle::GenerateOptions, raddle_generate_options_t>()));
  CHECK((same_defaults<raddle::SessionOptions, raddle_session_options_t>()));
  CHECK((same_defaults<raddle::BackwardOptions, raddle_backward_options_t>()));
  CHECK((same_defaults<raddle::ApplyOptions, raddle_apply_options_t>()));
  CHECK((same_defaults<raddle::Batch, raddle_batch_t>()));
  CHECK(raddle::GenerateOptions{}.temperature == -1);
}

TEST(config_sets_gets_and_names_origins) {
  auto config = raddle::Config::create().value();
  config.set("train.steps", 7).or_throw();
  CHECK(config.get("train.steps").value() == "7");
  CHECK(config.origin("train.steps").value() == "call");
  CHECK(config.origin("train.micro_batches").value() == "default");
  config.set("optimizer.learning_rate", 0.1).or_throw();
  CHECK(config.get("optimizer.learning_rate").value() == "0.1");
  config.set("optimizer.learning_rate", std::string("1e-3")).or_throw();
  config.set("data.path", std::filesystem::path("a.txt")).or_throw();
  CHECK(config.get("data.path").value() == "a.txt");
  config.set_from("train.micro_batches", "2", raddle::Origin::kRecipe, "a.toml:3").or_throw();
  CHECK(config.get("train.micro_batches").value() == "2");
  CHECK(config.origin("train.micro_batches").value().find("a.toml:3") != std::string::npos);
  config.set_from("train.steps", "9", raddle::Origin::kRecipe).or_throw();
  CHECK(config.get("train.steps").value() == "7");
  CHECK_ERROR(config.set("train.steps", "0x"), kInvalidArgument, "train.steps");
  CHECK_ERROR(config.set("train.steps", std::string_view("7\0"
                                                         "8",
                                                         3)),
              kInvalidArgument, "zero byte");
  CHECK_ERROR(config.get(std::string_view("train\0steps", 11)), kInvalidArgument, "zero byte");
  bool found = false, has_boolean = false;
  for (const raddle::OptionInfo& option : raddle::options().value()) {
    if (option.type == "boolean") {
      config.set(option.key, false).or_throw();
      has_boolean = config.get(option.key).value() == "false";
      config.set(option.key, true).or_throw();
      has_boolean &= config.get(option.key).value() == "true";
    }
    found |= option.key == "train.steps" && option.type == "integer" &&
             option.environment == "RADDLE_TRAIN_STEPS" && !option.help.empty();
  }
  CHECK(found && has_boolean && raddle::option_count() > 20);
}

TEST(config_is_read_and_written) {
  const auto home = fixture::folder("config");
  auto config = raddle::Config::create().value();
  const auto recipe = fixture::write(home / "\xc3\xa4 \xff.toml", "[train]\nsteps = 12\n");
  config.load_file(recipe).or_throw();
  CHECK(config.get("train.steps").value() == "12");
  CHECK_ERROR(config.load_file(home / "none.toml"), kNotFound, "none.toml");
  CHECK_ERROR(config.load_text("train.steps = [", "mine"), kInvalidArgument, "mine");
  CHECK_ERROR(config.load_text("train.steps = \"x\""), kInvalidArgument, "train.steps");
  config.load_text({}).or_throw();
  setenv("RADDLE_TRAIN_STEPS", "13", 1);
  config.load_environment().or_throw();
  unsetenv("RADDLE_TRAIN_STEPS");
  CHECK(config.get("train.steps").value() == "13");
  auto again = raddle::Config::create().value();
  const std::uint64_t before = again.hash();
  again.load_text(config.to_toml().value()).or_throw();
  CHECK(again.get("train.steps").value() == "13" && again.hash() == config.hash());
  CHECK(again.hash() != before);
  again.fill_model().or_throw();
  again.validate().or_throw();
  again.set("model.virtual_width.m", 4).or_throw();
  CHECK_ERROR(again.validate(), kInvalidArgument, "virtual_width");
}

TEST(a_handle_that_was_moved_from_is_refused) {
  auto config = raddle::Config::create().value();
  auto moved = std::move(config);
  CHECK_ERROR(config.set("train.steps", 3), kInvalidArgument, "config");
  CHECK(config.c() == nullptr && config.hash() == 0);
  moved.set("train.steps", 3).or_throw();
  CHECK_ERROR(raddle::Plan::create({}, moved), kInvalidArgument, "context");
}

TEST(the_log_arrives_and_its_exception_comes_out_of_a_call) {
  const auto home = fixture::folder("log");
  std::vector<std::string> heard;
  {
    auto context = raddle::Context::create(raddle::LogLevel::kDebug, [&](raddle::LogLevel level,
                                                                         std::string_view message) {
                     if (level >= raddle::LogLevel::kDebug) {
                       heard.emplace_back(message);
                     }
                   }).value();
    auto session = raddle::Session::create(context, fixture::config(home, 2)).value();
    session.train().value();
    CHECK(context.describe().value().find('{') == 0);
  }
  CHECK(!heard.empty());

  auto context =
      raddle::Context::create(raddle::LogLevel::kDebug, [](raddle::LogLevel, std::string_view) {
        throw std::runtime_error("the log is full");
      }).value();
  std::string said;
  try {
    auto session = raddle::Session::create(context, fixture::config(home, 2)).value();
    session.train().value();
  } catch (const std::runtime_error& error) {
    said = error.what();
  }
  CHECK(said == "the log is full");
}

TEST(an_options_struct_of_a_bad_log_level_is_refused) {
  const auto bad = static_cast<raddle::LogLevel>(77);
  CHECK_ERROR(raddle::Context::create(bad, [](raddle::LogLevel, std::string_view) {}),
              kInvalidArgument, "log_level");
}

TEST(a_stop_is_shared_by_its_copies) {
  raddle::Stop stop;
  const raddle::Stop copy = stop;
  CHECK(stop.grade() == raddle::StopGrade::kNone && stop.done() == 0 && stop.total() == 0);
  std::thread([copy] { copy.request(); }).join();
  CHECK(stop.grade() == raddle::StopGrade::kRequested);
  stop.cancel();
  CHECK(copy.grade() == raddle::StopGrade::kCancelled);
  CHECK(raddle::Stop().grade() == raddle::StopGrade::kNone);
  CHECK(raddle::Stop::create().ok());
}
