// SPDX-License-Identifier: Apache-2.0
// Misuse of graphs and plans: wrong counts, shapes, types and states are errors that name what is
// wrong, and the graph stays usable.
#include <cstring>
#include <string>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

class Graph : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_graph_create(context, &graph));
    const int64_t rows = 8;
    const int64_t shape[] = {16, 4};
    ABI_OK(raddle_graph_add_input(graph, "tokens", RADDLE_I32, &rows, 1, &tokens));
    ABI_OK(raddle_graph_add_parameter(graph, "table", RADDLE_F32, shape, 2, "init=normal(0.02)",
                                      &table));
  }
  void TearDown() override {
    raddle_graph_destroy(&graph);
    EXPECT_EQ(graph, nullptr);
    ContextTest::TearDown();
  }
  raddle_status_t embed(const char* name, raddle_tensor_id_t* out) {
    const raddle_tensor_id_t inputs[] = {table, tokens};
    return raddle_graph_add_op(graph, "embedding", name, inputs, 2, nullptr, out, 1);
  }
  raddle_graph_t* graph = nullptr;
  raddle_tensor_id_t tokens = RADDLE_NO_TENSOR, table = RADDLE_NO_TENSOR;
};

TEST_F(Graph, NullArgumentsAreNamed) {
  raddle_tensor_id_t out = RADDLE_NO_TENSOR;
  char* text = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_graph", raddle_graph_create(context, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "context", raddle_graph_create(nullptr, &graph));
  const int64_t rows = 8;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "name",
            raddle_graph_add_input(graph, nullptr, RADDLE_I32, &rows, 1, &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "dims",
            raddle_graph_add_input(graph, "a", RADDLE_I32, nullptr, 1, &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "op",
            raddle_graph_add_op(graph, nullptr, "a", &table, 1, nullptr, &out, 1));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "graph", raddle_graph_finish(nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "out_text", raddle_graph_to_text(graph, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "text",
            raddle_graph_create_from_text(context, nullptr, 3, &graph));
  EXPECT_EQ(raddle_graph_parameter_elements(nullptr), 0);
  EXPECT_EQ(out, RADDLE_NO_TENSOR);
  EXPECT_EQ(text, nullptr);
  raddle_graph_destroy(nullptr);
}

TEST_F(Graph, ShapesTypesAndNamesAreChecked) {
  raddle_tensor_id_t out = RADDLE_NO_TENSOR;
  const int64_t rows = 8;
  for (const int64_t bad : {INT64_C(0), INT64_C(-1), INT64_MIN, INT64_MAX}) {
    const int64_t shape[] = {bad, 1 << 20};
    EXPECT_NE(
        abi_test::take(raddle_graph_add_parameter(graph, "p", RADDLE_F32, shape, 2, nullptr, &out))
            .code,
        RADDLE_OK)
        << bad;
  }
  EXPECT_NE(abi_test::take(raddle_graph_add_input(graph, "x", 77, &rows, 1, &out)).code, RADDLE_OK);
  EXPECT_NE(abi_test::take(raddle_graph_add_input(graph, "x", RADDLE_I32, &rows, 5, &out)).code,
            RADDLE_OK);
  EXPECT_NE(abi_test::take(raddle_graph_add_input(graph, "x", RADDLE_I32, &rows, -1, &out)).code,
            RADDLE_OK);
  const auto twice =
      abi_test::take(raddle_graph_add_input(graph, "tokens", RADDLE_I32, &rows, 1, &out));
  EXPECT_NE(twice.code, RADDLE_OK);
  EXPECT_NE(twice.message.find("tokens"), std::string::npos) << twice.message;
  EXPECT_EQ(out, RADDLE_NO_TENSOR) << "an output was written on failure";
  ABI_OK(embed("x", &out));
}

TEST_F(Graph, OpsAreChecked) {
  raddle_tensor_id_t out[2] = {RADDLE_NO_TENSOR, RADDLE_NO_TENSOR};
  const raddle_tensor_id_t swapped[] = {tokens, table};
  const raddle_tensor_id_t strange[] = {table, 1234};
  const raddle_tensor_id_t good[] = {table, tokens};
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "embedding",
            raddle_graph_add_op(graph, "embeding", "x", good, 2, nullptr, out, 1));
  for (const raddle_tensor_id_t* inputs : {swapped, strange}) {
    EXPECT_EQ(
        abi_test::take(raddle_graph_add_op(graph, "embedding", "x", inputs, 2, nullptr, out, 1))
            .code,
        RADDLE_INVALID_ARGUMENT);
  }
  EXPECT_EQ(
      abi_test::take(raddle_graph_add_op(graph, "embedding", "x", good, 1, nullptr, out, 1)).code,
      RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(
      abi_test::take(raddle_graph_add_op(graph, "embedding", "x", good, -2, nullptr, out, 1)).code,
      RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(
      abi_test::take(raddle_graph_add_op(graph, "embedding", "x", good, 2, nullptr, out, 2)).code,
      RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(
      abi_test::take(raddle_graph_add_op(graph, "embedding", "x", good, 2, "eps=", out, 1)).code,
      RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(out[0], RADDLE_NO_TENSOR);
}

TEST_F(Graph, StatesAreChecked) {
  raddle_tensor_id_t x = RADDLE_NO_TENSOR;
  char* text = nullptr;
  raddle_plan_t* plan = nullptr;
  raddle_config_t* config = nullptr;
  ABI_OK(raddle_config_create(&config));
  ABI_OK(embed("x", &x));
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "finish", raddle_graph_to_text(graph, &text));
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "finish",
            raddle_plan_create(context, config, graph, &plan));
  EXPECT_EQ(abi_test::take(raddle_graph_add_loss(graph, x, 1.0)).code, RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(abi_test::take(raddle_graph_set_block(graph, -7)).code, RADDLE_INVALID_ARGUMENT);
  EXPECT_EQ(plan, nullptr);
  EXPECT_EQ(text, nullptr);
  raddle_config_destroy(&config);
}

TEST_F(Graph, PrecisionIsSaidFirst) {
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "before its first tensor",
            raddle_graph_set_precision(graph, RADDLE_BF16));
  raddle_graph_destroy(&graph);
  ABI_OK(raddle_graph_create(context, &graph));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "RADDLE_BF16", raddle_graph_set_precision(graph, RADDLE_I32));
  ABI_OK(raddle_graph_set_precision(graph, RADDLE_BF16));
  const int64_t dims[] = {4, 4};
  raddle_tensor_id_t x = RADDLE_NO_TENSOR, y = RADDLE_NO_TENSOR;
  ABI_OK(raddle_graph_add_input(graph, "x", RADDLE_F32, dims, 2, &x));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "x (x) is F32, expected BF16",
            raddle_graph_add_op(graph, "gelu", "y", &x, 1, nullptr, &y, 1));
  ABI_OK(raddle_graph_add_input(graph, "narrow", RADDLE_BF16, dims, 2, &x));
  ABI_OK(raddle_graph_add_op(graph, "gelu", "y", &x, 1, nullptr, &y, 1));
  ABI_OK(raddle_graph_finish(graph));
  raddle_graph_tensor_t tensor = RADDLE_GRAPH_TENSOR_INIT;
  ABI_OK(raddle_graph_get_tensor(graph, y, &tensor));
  EXPECT_EQ(tensor.dtype, RADDLE_BF16);
}

TEST_F(Graph, TextsAreChecked) {
  for (const char* text : {"", "nonsense", "raddle-graph 1\n%0 = gelu(%9)\n"}) {
    raddle_graph_t* read = nullptr;
    EXPECT_EQ(
        abi_test::take(raddle_graph_create_from_text(context, text, std::strlen(text), &read)).code,
        RADDLE_INVALID_ARGUMENT)
        << text;
    EXPECT_EQ(read, nullptr);
  }
}

TEST_F(Graph, ACallThatFailsAddsNothing) {
  raddle_tensor_id_t x = RADDLE_NO_TENSOR, taken = RADDLE_NO_TENSOR;
  ABI_OK(embed("x", &x));
  const int64_t rows = 8;
  ABI_OK(raddle_graph_add_input(graph, "y.stats", RADDLE_F32, &rows, 1, &taken));
  raddle_tensor_id_t out[2] = {RADDLE_NO_TENSOR, RADDLE_NO_TENSOR};
  ABI_FAILS(RADDLE_ALREADY_EXISTS, "y.stats",
            raddle_graph_add_op(graph, "layer_norm", "y", &x, 1, "eps=1", out, 2));
  EXPECT_EQ(out[0], RADDLE_NO_TENSOR);
  const raddle_tensor_id_t guessed = taken + 1;
  EXPECT_EQ(
      abi_test::take(raddle_graph_add_op(graph, "gelu", "z", &guessed, 1, nullptr, out, 1)).code,
      RADDLE_INVALID_ARGUMENT);
  ABI_OK(raddle_graph_add_op(graph, "gelu", "y", &x, 1, nullptr, out, 1));
  EXPECT_EQ(out[0], guessed);
  ABI_OK(raddle_graph_finish(graph));
}

TEST_F(Graph, SizesBeyondReason) {
  raddle_tensor_id_t out = RADDLE_NO_TENSOR;
  const int64_t good[] = {2, 3, 4, 5};
  ABI_OK(raddle_graph_add_input(graph, "four", RADDLE_F32, good, 4, &out));
  out = RADDLE_NO_TENSOR;
  for (int32_t dim = 0; dim < 4; ++dim) {
    for (const int64_t bad : {INT64_C(0), INT64_C(-1), INT64_C(-5), INT64_MIN, INT64_MAX,
                              INT64_C(1) << 31, INT64_C(1) << 62}) {
      int64_t dims[] = {2, 3, 4, 5};
      dims[dim] = bad;
      ABI_FAILS(RADDLE_INVALID_ARGUMENT, "bad",
                raddle_graph_add_input(graph, "bad", RADDLE_F32, dims, 4, &out));
      ABI_FAILS(RADDLE_INVALID_ARGUMENT, "bad",
                raddle_graph_add_parameter(graph, "bad", RADDLE_F32, dims, 4, nullptr, &out));
    }
  }
  const int64_t product[] = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "2^40",
            raddle_graph_add_input(graph, "bad", RADDLE_F32, product, 4, &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "rank",
            raddle_graph_add_input(graph, "bad", RADDLE_F32, good, INT32_MAX, &out));
  // Nothing of the refused ones stayed.
  ABI_OK(raddle_graph_add_input(graph, "bad", RADDLE_F32, good, 4, &out));
}

TEST_F(Graph, NamesAreShortPlainWords) {
  raddle_tensor_id_t out = RADDLE_NO_TENSOR;
  const int64_t rows = 8;
  for (const char* bad :
       {"", "_", "a b", "a\nb", "\x1b[31m", "\xff\xfe", "a:b", "a,b", "a=b", "a(b"}) {
    const auto outcome =
        abi_test::take(raddle_graph_add_input(graph, bad, RADDLE_F32, &rows, 1, &out));
    EXPECT_EQ(outcome.code, RADDLE_INVALID_ARGUMENT) << bad;
    for (const char c : outcome.message) EXPECT_TRUE(c >= ' ' && c <= '~') << outcome.message;
    EXPECT_EQ(abi_test::take(embed(bad, &out)).code, RADDLE_INVALID_ARGUMENT) << bad;
  }
  // No zero byte at the end: on the heap, so that a sanitizer sees who reads on.
  const std::vector<char> endless(4096, 'x'), attributes(1 << 17, 'x');
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "does not end",
            raddle_graph_add_input(graph, endless.data(), RADDLE_F32, &rows, 1, &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "does not end",
            raddle_graph_add_parameter(graph, endless.data(), RADDLE_F32, &rows, 1, nullptr, &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "does not end",
            raddle_graph_add_parameter(graph, "p", RADDLE_F32, &rows, 1, attributes.data(), &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "does not end", embed(endless.data(), &out));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "does not end",
            raddle_graph_add_op(graph, endless.data(), "y", &table, 1, nullptr, &out, 1));
  EXPECT_EQ(out, RADDLE_NO_TENSOR);
  ABI_OK(embed("x", &out));
}

// A text whose gradient is larger than the parameter that it is said to belong to once overflowed
// the state in the first step.
TEST_F(Graph, TextsWithGradientsAreNoGraphsToTrain) {
  const std::string text =
      "raddle-graph 1\n"
      "input ids I32 [4]\ninput weights F32 [4]\ninput scale F32 [1]\n"
      "parameter table F32 [5, 6]\nparameter tiny F32 [1]\n"
      "x = embedding(table, ids)\n"
      "g:tiny = linear_grad_weight(x, x)\n"
      "loss = linear_cross_entropy(x, table, ids, weights, scale)\n"
      "loss loss 1\n";
  raddle_graph_t* read = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "dweight is the gradient of tiny with shape [1]",
            raddle_graph_create_from_text(context, text.data(), text.size(), &read));
  EXPECT_EQ(read, nullptr);
}

TEST_F(Graph, ModelsOutliveWhatTheyWereMadeOf) {
  raddle_config_t* config = nullptr;
  ABI_OK(raddle_config_create(&config));
  ABI_OK(raddle_config_set(config, "model.layers", "1"));
  ABI_OK(raddle_config_set(config, "model.width", "32"));
  ABI_OK(raddle_config_set(config, "model.heads", "2"));
  ABI_OK(raddle_config_set(config, "model.vocab_size", "64"));
  raddle_graph_t* model = nullptr;
  raddle_plan_t* plan = nullptr;
  ABI_OK(raddle_graph_create_model(context, config, &model));
  ABI_OK(raddle_plan_create(context, config, model, &plan));
  raddle_graph_destroy(&model);
  raddle_config_destroy(&config);
  char* text = nullptr;
  ABI_OK(raddle_plan_explain(plan, &text));
  EXPECT_GT(std::strlen(text), 100u);
  raddle_text_destroy(&text);
  EXPECT_NE(raddle_plan_hash(plan), 0u);
  EXPECT_EQ(raddle_plan_hash(nullptr), 0u);
  raddle_memory_table_t table_of_plan = RADDLE_MEMORY_TABLE_INIT;
  table_of_plan.struct_size = 3;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size", raddle_plan_get_memory(plan, &table_of_plan));
  raddle_plan_destroy(&plan);
}

TEST_F(Graph, AFinishedGraphSaysWhatItHolds) {
  raddle_graph_tensor_t tensor = RADDLE_GRAPH_TENSOR_INIT;
  raddle_graph_node_t node = RADDLE_GRAPH_NODE_INIT;
  raddle_tensor_id_t id = RADDLE_NO_TENSOR;
  ABI_FAILS(RADDLE_FAILED_PRECONDITION, "not finished", raddle_graph_get_tensor(graph, 0, &tensor));
  EXPECT_EQ(raddle_graph_tensor_count(graph), 0);
  EXPECT_EQ(raddle_graph_node_count(nullptr), 0);
  ABI_OK(embed("x", &id));
  const raddle_tensor_id_t tiled[] = {id};
  ABI_OK(raddle_graph_set_block(graph, 3));
  ABI_OK(raddle_graph_add_op(graph, "tile", "wide", tiled, 1, "width=8", &id, 1));
  ABI_OK(raddle_graph_add_output(graph, id));
  ABI_OK(raddle_graph_finish(graph));

  ASSERT_EQ(raddle_graph_tensor_count(graph), 4);
  ABI_OK(raddle_graph_find_tensor(graph, "wide", &id));
  ABI_OK(raddle_graph_get_tensor(graph, id, &tensor));
  EXPECT_STREQ(tensor.name, "wide");
  EXPECT_EQ(tensor.kind, RADDLE_TENSOR_ACTIVATION);
  EXPECT_EQ(tensor.dtype, RADDLE_F32);
  ASSERT_EQ(tensor.rank, 2);
  EXPECT_EQ(tensor.dims[0], 8);
  EXPECT_EQ(tensor.dims[1], 8);
  EXPECT_EQ(tensor.is_output, 1);
  EXPECT_EQ(tensor.loss_coefficient, 0);
  ABI_OK(raddle_graph_get_node(graph, tensor.node, &node));
  EXPECT_STREQ(node.op, "tile");
  EXPECT_EQ(node.block, 3);
  ASSERT_EQ(node.input_count, 1);
  ASSERT_EQ(node.output_count, 1);
  EXPECT_EQ(node.outputs[0], id);
  ASSERT_EQ(node.attribute_count, 2);  // width and mean
  EXPECT_EQ(node.attributes[0], 8);
  ABI_OK(raddle_graph_get_tensor(graph, table, &tensor));
  EXPECT_EQ(tensor.kind, RADDLE_TENSOR_PARAMETER);
  EXPECT_EQ(tensor.node, -1);

  ABI_FAILS(RADDLE_NOT_FOUND, "did you mean 'wide'", raddle_graph_find_tensor(graph, "wid", &id));
  for (const int32_t bad : {-1, 4, INT32_MAX}) {
    ABI_FAILS(RADDLE_OUT_OF_RANGE, "tensor", raddle_graph_get_tensor(graph, bad, &tensor));
  }
  for (const int64_t bad : {INT64_C(-1), INT64_C(2), INT64_MAX}) {
    ABI_FAILS(RADDLE_OUT_OF_RANGE, "node", raddle_graph_get_node(graph, bad, &node));
  }
  tensor.struct_size = 3;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size", raddle_graph_get_tensor(graph, 0, &tensor));
}

TEST(Ops, TheTableRefusesOtherIndices) {
  raddle_op_info_t info = RADDLE_OP_INFO_INIT;
  EXPECT_GT(raddle_op_count(), 10);
  for (const int64_t bad : {INT64_C(-1), raddle_op_count(), INT64_MAX}) {
    ABI_FAILS(RADDLE_OUT_OF_RANGE, "", raddle_op_get_info(bad, &info));
  }
  EXPECT_EQ(info.name, nullptr);
}

}  // namespace
