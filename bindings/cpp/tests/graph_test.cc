// SPDX-License-Identifier: Apache-2.0
// Graph, Plan, steps by hand on a graph of the caller's, tokenizers and data tools.
#include <algorithm>
#include <array>
#include <numeric>

#include "bindings/cpp/tests/check.h"

using raddle::Dtype;
using raddle::TensorView;

namespace {

constexpr std::int64_t kRows = 8, kWidth = 4, kClasses = 3;

raddle::Graph small_graph(const raddle::Context& context) {
  auto graph = raddle::Graph::create(context).value();
  const auto ids = graph.add_input("ids", Dtype::kI32, {kRows}).value();
  const auto targets = graph.add_input("targets", Dtype::kI32, {kRows}).value();
  const auto weights = graph.add_input("weights", Dtype::kF32, {kRows}).value();
  const auto scale = graph.add_input("scale", Dtype::kF32, {1}).value();
  const auto table =
      graph.add_parameter("table", Dtype::kF32, {kRows, kWidth}, "init=normal(0.5)").value();
  const auto head =
      graph.add_parameter("head", Dtype::kF32, {kClasses, kWidth}, "init=normal(0.5)").value();
  graph.set_block(0).or_throw();
  const auto h = graph.add_op("embedding", "h", {table, ids}).value();
  const auto y = graph.add_op("gelu", "y", {h}).value();
  graph.set_block(-1).or_throw();
  const auto loss =
      graph.add_op("linear_cross_entropy", "loss", {y, head, targets, weights, scale}).value();
  graph.add_loss(loss, 1).or_throw();
  graph.add_output(y).or_throw();
  return graph;
}

struct Data {
  std::array<std::int32_t, kRows> ids, targets;
  std::vector<float> weights = std::vector<float>(kRows, 1.0f);
  std::array<float, 1> scale = {1.0f / kRows};

  Data() {
    std::iota(ids.begin(), ids.end(), 0);
    for (std::size_t i = 0; i < targets.size(); ++i) targets[i] = ids[i] % 3;
  }
  std::vector<TensorView> inputs() const {
    return {{"ids", ids}, {"targets", targets}, {"weights", weights}, {"scale", scale}};
  }
};

}  // namespace

TEST(a_graph_is_built_and_read_back) {
  const auto context = fixture::context();
  auto graph = small_graph(context);
  CHECK_ERROR(graph.add_op("gelou", "z", {0}), kInvalidArgument, "gelu");
  CHECK_ERROR(graph.add_input("ids", Dtype::kI32, {kRows}), kAlreadyExists, "ids");
  CHECK_ERROR(graph.to_text(), kFailedPrecondition, "finished");
  graph.finish().or_throw();
  CHECK_ERROR(graph.finish(), kFailedPrecondition, "finished");
  CHECK(graph.parameter_elements() == (kRows + kClasses) * kWidth);
  const std::string text = graph.to_text().value();
  auto again = raddle::Graph::create_from_text(context, text).value();
  CHECK(again.to_text().value() == text);
  CHECK_ERROR(raddle::Graph::create_from_text(context, "raddle-graph 1\nx = y(z)\n"),
              kInvalidArgument, "line 2");
  const auto config = fixture::config(fixture::folder("graph"));
  CHECK(raddle::Graph::create_model(context, config).value().parameter_elements() > 1000);
  const auto ops = raddle::ops().value();
  CHECK(static_cast<std::int64_t>(ops.size()) == raddle::op_count());
  CHECK(std::any_of(ops.begin(), ops.end(), [](const raddle::OpInfo& op) {
    return op.name == "linear_cross_entropy" && op.output_count == 1 && op.input_count_min >= 3;
  }));
}

TEST(a_finished_graph_is_looked_at) {
  const auto context = fixture::context();
  auto graph = small_graph(context);
  CHECK(graph.tensor_count() == 0 && graph.node_count() == 0);
  CHECK_ERROR(graph.find_tensor("table"), kFailedPrecondition, "finished");
  graph.finish().or_throw();
  CHECK(graph.tensor_count() == 9 && graph.node_count() == 3);
  const auto id = graph.find_tensor("table").value();
  const raddle::GraphTensor table = graph.tensor(id).value();
  CHECK(table.name == "table" && table.kind == raddle::TensorKind::kParameter);
  CHECK(table.dtype == Dtype::kF32 && table.rank == 2 && table.node == -1);
  CHECK(table.dims[0] == kRows && table.dims[1] == kWidth);
  const raddle::GraphNode node = graph.node(0).value();
  CHECK(node.op == "embedding" && node.block == 0 && node.outputs.size() == 1);
  CHECK(node.inputs.size() == 2 && node.inputs[0] == id);
  CHECK(graph.tensor(node.outputs[0])->kind == raddle::TensorKind::kActivation);
  CHECK_ERROR(graph.find_tensor("tabel"), kNotFound, "table");
  CHECK_ERROR(graph.node(3), kOutOfRange, "3");
  CHECK_ERROR(graph.tensor(9), kOutOfRange, "9");
}

TEST(precision_is_said_before_the_first_tensor) {
  const auto context = raddle::Context::create().value();
  auto graph = raddle::Graph::create(context).value();
  graph.set_precision(Dtype::kBF16).or_throw();
  const auto x = graph.add_input("x", Dtype::kBF16, {kRows, kWidth}).value();
  CHECK(graph.add_op("gelu", "y", {x}).ok());
  CHECK(graph.set_precision(Dtype::kF32).code() == raddle::Code::kFailedPrecondition);
}

TEST(a_mesh_is_planned) {
  const auto context = raddle::Context::create().value();
  const std::vector<std::int64_t> lengths = {20000, 700, 900};
  const auto text = raddle::mesh_plan(context, lengths, 4, 8192, {}, 1).value();
  CHECK(text.find("\"makespan\"") != std::string::npos);
  CHECK(raddle::mesh_plan(context, lengths, 2, 8192, {}, 0).code() ==
        raddle::Code::kInvalidArgument);
}

TEST(a_world_of_one_trains_like_no_world) {
  const auto context = fixture::context();
  const auto config = fixture::config(fixture::folder("world"));
  CHECK(raddle::World::place_json(context).value().find("\"alone\"") != std::string::npos);
  auto world = raddle::World::join(context, &config).value();
  CHECK(world.rank() == 0 && world.size() == 1);
  { CHECK(raddle::Session::create_in_world(context, world, config).ok()); }
  world.leave(raddle::Code::kOk).or_throw();
  CHECK_ERROR(raddle::Session::create_in_world(context, world, config), kFailedPrecondition,
              "has left the world");
  raddle::WorldOptions options;
  options.rank = 0;
  options.size = 2;
  options.coordinator = "nowhere";
  CHECK_ERROR(raddle::World::join(context, nullptr, options), kInvalidArgument, "host:port");
}

TEST(groups_need_a_cost_file) {
  const auto context = raddle::Context::create().value();
  const std::vector<std::int64_t> lengths = {20000, 700, 900};
  CHECK(raddle::mesh_plan_groups(context, lengths, 4, 8192, 1, "none.json", 0).code() ==
        raddle::Code::kNotFound);
}

TEST(a_step_is_simulated) {
  const auto context = raddle::Context::create().value();
  const auto drawn = raddle::mesh_draw_lengths(context, "byted-64k", 100000, 1).value();
  CHECK(drawn.find("\"lengths\"") != std::string::npos);
  const std::vector<std::int64_t> lengths = {20000, 700, 900};
  const auto text = raddle::mesh_simulate(context, lengths, 4, 8192, 0, {}).value();
  CHECK(text.find("\"balanced\"") != std::string::npos);
  CHECK(raddle::mesh_simulate(context, lengths, 4, 8192, 0, "none.json").code() ==
        raddle::Code::kNotFound);
}

TEST(an_op_with_room_for_the_wrong_number_of_outputs_is_refused) {
  auto graph = raddle::Graph::create(fixture::context()).value();
  const auto x = graph.add_input("x", Dtype::kF32, {4, 4}).value();
  std::array<raddle::TensorId, 2> outputs = {};
  CHECK_ERROR(graph.add_op("gelu", "y", {x}, "", outputs), kInvalidArgument, "output");
}

TEST(a_plan_says_what_it_books) {
  const auto context = fixture::context();
  const auto config = fixture::config(fixture::folder("plan"));
  const auto plan = raddle::Plan::create(context, config).value();
  const auto memory = plan.memory().value();
  CHECK(memory.parameter_bytes > 0 && memory.total_bytes > memory.parameter_bytes);
  CHECK(memory.missing_bytes == 0 && memory.limit_bytes > memory.total_bytes);
  CHECK(plan.explain().value().find("parameters") != std::string::npos);
  CHECK(plan.to_json().value().front() == '{');
  CHECK(plan.hash() == raddle::Plan::create(context, config).value().hash());
  auto graph = small_graph(context);
  CHECK_ERROR(raddle::Plan::create(context, config, &graph), kFailedPrecondition, "finished");
  graph.finish().or_throw();
  const auto own = raddle::Plan::create(context, config, &graph).value();
  CHECK(own.memory()->parameter_bytes >= graph.parameter_elements() * 4);
  CHECK(own.memory()->parameter_bytes < memory.parameter_bytes);
  CHECK(own.hash() != plan.hash());
}

TEST(a_graph_is_trained_by_hand) {
  const auto context = fixture::context();
  auto config = raddle::Config::create().value();
  config.set("train.freeze", "head").or_throw();
  config.set("optimizer.weight_decay", 0).or_throw();
  auto graph = small_graph(context);
  CHECK_ERROR(raddle::Session::create_from_graph(context, config, graph), kFailedPrecondition,
              "finished");
  graph.finish().or_throw();
  auto session = raddle::Session::create_from_graph(context, config, graph).value();
  const Data data;
  const auto inputs = data.inputs();

  std::vector<float> table(kRows * kWidth), gradient(table.size()), y(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = 0.1f * static_cast<float>(i % 7) - 0.3f;
  session.write_tensor("table", table).or_throw();
  const double before = session.forward_inputs(inputs)->loss;
  for (int step = 0; step < 30; ++step) {
    const auto half = session.backward_inputs(inputs).value();
    CHECK(half.step == step);
    session.read_tensor("gradient/table", gradient).or_throw();
    std::fill_n(gradient.begin(), kWidth, 0.0f);  // row 0 shall not move
    session.write_tensor("gradient/table", gradient).or_throw();
    const auto metrics = session.apply(0.05).value();
    CHECK(metrics.step == step + 1 && metrics.learning_rate == 0.05);
  }
  const auto one = session.step_inputs(inputs).value();
  CHECK(one.step == 31 && one.loss < 0.8 * before);
  session.read_output("y", raddle::Span<float>(y)).or_throw();
  CHECK(std::any_of(y.begin(), y.end(), [](float value) { return value != 0; }));
  std::vector<float> after(table.size());
  CHECK_ERROR(session.read_output("y", raddle::Span<float>(after.data(), 3)), kInvalidArgument,
              "128");
  CHECK_ERROR(session.read_output("z", raddle::Span<float>(after)), kNotFound, "y");
  CHECK_ERROR(session.read_tensor("tabel", after), kNotFound, "table");
  CHECK_ERROR(session.read_tensor("table", raddle::Span<float>(after.data(), 3)), kInvalidArgument,
              "32");
  CHECK_ERROR(session.apply(), kFailedPrecondition, "gradient");
}

TEST(inputs_that_do_not_fit_are_refused) {
  const auto context = fixture::context();
  auto graph = small_graph(context);
  graph.finish().or_throw();
  auto session =
      raddle::Session::create_from_graph(context, raddle::Config::create().value(), graph).value();
  const Data data;
  auto inputs = data.inputs();
  inputs[0] = TensorView("ids", data.ids, {2, 4});
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "ids");
  inputs[0] = TensorView("ids", data.ids, {2, 3});
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "ids has 8 elements");
  inputs[0] = TensorView("ids", data.ids, {std::int64_t{1} << 62, 4, 4});
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "ids has 8 elements");
  inputs[0] = TensorView("ids", data.ids, {2, 2, 2, 1, 1});
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "at most 4");
  inputs[0] = TensorView("ids", data.weights);
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "ids");
  inputs.pop_back();
  CHECK_ERROR(session.step_inputs(inputs), kInvalidArgument, "");
  CHECK_ERROR(session.evaluate(), kFailedPrecondition, "graph");
}

TEST(bytes_are_tokens) {
  const auto context = fixture::context();
  auto tokenizer = raddle::Tokenizer::open(context, "bytes").value();
  CHECK(tokenizer.vocab_size() == 257 && tokenizer.end_token() == 256);
  const std::string text(
      "a\0\xff"
      "b",
      4);
  const auto tokens = tokenizer.encode(text).value();
  CHECK((tokens == std::vector<std::int32_t>{'a', 0, 255, 'b'}));
  CHECK(tokenizer.decode(tokens).value() == text);
  CHECK(tokenizer.encode("")->empty() && tokenizer.encode({})->empty());
  CHECK(tokenizer.decode({}).value().empty());
  CHECK(tokenizer.encode_prompt("The").value() == tokenizer.encode("The").value());
  CHECK_ERROR(tokenizer.encode_prompt(""), kInvalidArgument, "");
  std::array<std::int32_t, 2> room = {};
  CHECK_ERROR(tokenizer.encode("The", room), kOutOfRange, "3");
  CHECK(tokenizer.encode("Th", room).value() == 2 && room[1] == 'h');
  CHECK_ERROR(tokenizer.decode({999}), kInvalidArgument, "999");
  auto moved = std::move(tokenizer);
  CHECK(tokenizer.vocab_size() == 0 && moved.vocab_size() == 257);
  CHECK_ERROR(raddle::Tokenizer::open(context, "no such file"), kNotFound, "no such file");
}

TEST(a_tokenizer_is_trained_saved_and_opened) {
  const auto home = fixture::folder("tokenizer");
  const auto context = fixture::context();
  auto config = fixture::config(home);
  config.set("data.vocab_size", 300).or_throw();
  raddle::Stop stop;
  const auto tokenizer = raddle::Tokenizer::train(context, config, stop).value();
  CHECK(tokenizer.vocab_size() > 257 && tokenizer.vocab_size() <= 300 && stop.total() > 0);
  const auto path = home / "\xff own.json";
  tokenizer.save(path).or_throw();
  CHECK_ERROR(tokenizer.save(path), kAlreadyExists, "own.json");
  const auto opened = raddle::Tokenizer::open(context, path).value();
  const std::string text = "The small model reads.";
  CHECK(opened.encode(text).value() == tokenizer.encode(text).value());
  CHECK(opened.encode(text)->size() < text.size());
  CHECK(opened.decode(opened.encode(text).value()).value() == text);
  stop.cancel();
  CHECK_ERROR(raddle::Tokenizer::train(context, config, stop), kCancelled, "");
}

TEST(data_tools_write_and_look) {
  const auto home = fixture::folder("data");
  const auto context = fixture::context();
  const auto config = fixture::config(home);
  const auto file = home / "text.tok";
  const auto result = raddle::data_tokenize(context, config, file).value();
  CHECK(result.documents == 1 && result.tokens >= result.bytes && result.bytes > 1000);
  CHECK_ERROR(raddle::data_tokenize(context, config, file), kAlreadyExists, "text.tok");
  const std::string json = raddle::data_inspect(context, config, file).value();
  CHECK(json.find(std::to_string(result.tokens)) != std::string::npos);
  CHECK_ERROR(raddle::data_inspect(context, config, home / "none"), kNotFound, "none");
}
