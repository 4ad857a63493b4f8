// SPDX-License-Identifier: Apache-2.0
// A step on a caller's inputs: whatever indexes or sizes memory is checked by what the graph does
// with it, not by what it is called; a refused step changes nothing.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/capi/abi_test.h"

namespace {

using abi_test::ContextTest;

// Every kind of index, under names that say nothing. "a" picks rows of two tables, "b" turns
// heads, "c" cuts sequences, "d" is where a cache is written, "e" are targets with weights "h", "f"
// is not used.
constexpr char kGraph[] = R"(raddle-graph 1
input a I32 [4]
input b I32 [4]
input c I32 [5]
input d I32 [1]
input e I32 [4]
input f F32 [2, 2]
input g F32 [1]
input h F32 [4]
cache k F32 [6, 4]
cache v F32 [6, 4]
parameter wide F32 [19, 12] normal(0.1)
parameter small F32 [7, 12] normal(0.1)
parameter head F32 [5, 4] normal(0.1)
x1 = embedding(wide, a)
x2 = embedding(small, a)
x = add(x1, x2)
r = rope(x, b) {heads=1, kv_heads=1, head_dim=4, theta=100}
o, lse = attention(r, c) {heads=1, kv_heads=1, head_dim=4, scale=0.5}
y = scale(f) {scale=2}
cached = attention_cached(x, d, k, v) {heads=1, kv_heads=1, head_dim=4, scale=0.5}
loss = linear_cross_entropy(o, head, e, h, g)
loss loss 1
)";

class Inputs : public ContextTest {
 protected:
  void SetUp() override {
    ContextTest::SetUp();
    ABI_OK(raddle_config_create(&config));
    ABI_OK(raddle_graph_create_from_text(context, kGraph, std::strlen(kGraph), &graph));
    ABI_OK(raddle_session_create_from_graph(context, config, graph, nullptr, nullptr, &session));
    views = {view("a", a), view("b", b), view("c", c), view("d", d),
             view("e", e), view("f", f), view("g", g), view("h", h)};
    views[5].rank = 2;
    views[5].dims[0] = views[5].dims[1] = 2;
  }
  void TearDown() override {
    raddle_session_destroy(&session);
    raddle_graph_destroy(&graph);
    raddle_config_destroy(&config);
    ContextTest::TearDown();
  }
  template <class T>
  static raddle_tensor_view_t view(const char* name, std::vector<T>& values) {
    raddle_tensor_view_t out = RADDLE_TENSOR_VIEW_INIT;
    out.name = name;
    out.data = values.data();
    out.dtype = std::is_same_v<T, float> ? RADDLE_F32 : RADDLE_I32;
    out.rank = 1;
    out.dims[0] = static_cast<int64_t>(values.size());
    return out;
  }
  raddle_status_t step() {
    return raddle_session_step_inputs(session, views.data(), static_cast<int64_t>(views.size()),
                                      nullptr, nullptr);
  }
  std::vector<float> state() {
    std::vector<float> all;
    for (int64_t i = 0; i < raddle_session_tensor_count(session); ++i) {
      raddle_tensor_view_t found = RADDLE_TENSOR_VIEW_INIT;
      const char* name = raddle_session_tensor_name(session, i);
      EXPECT_EQ(abi_test::take(raddle_session_get_tensor(session, name, &found)).code, RADDLE_OK);
      int64_t count = 1;
      for (int32_t k = 0; k < found.rank; ++k) count *= found.dims[k];
      const float* data = static_cast<const float*>(found.data);
      all.insert(all.end(), data, data + count);
    }
    return all;
  }
  void refuse(const char* part) {
    const std::vector<float> before = state();
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, part, step());
    EXPECT_EQ(state(), before) << "a refused step changed the state";
  }
  // Refused with this value at `index`, fine with what was there.
  template <class T>
  void refuse_value(std::vector<T>& values, size_t index, T bad, const char* part) {
    SCOPED_TRACE(bad);
    const T good = values[index];
    values[index] = bad;
    refuse(part);
    values[index] = good;
  }

  raddle_config_t* config = nullptr;
  raddle_graph_t* graph = nullptr;
  raddle_session_t* session = nullptr;
  std::vector<int32_t> a = {0, 6, 3, 1}, b = {0, 1, 0, 1}, c = {0, 2, 4, 4, 4}, d = {2},
                       e = {4, 0, 1, 2};
  std::vector<float> f = {1, 1, 1, 1}, g = {0.25f}, h = {1, 1, 1, 1};
  std::vector<raddle_tensor_view_t> views;
};

TEST_F(Inputs, IndicesAreCheckedByUse) {
  ABI_OK(step());
  // The smaller of the two tables bounds what picks from both.
  for (const int32_t bad : {7, 18, 19, -1, INT32_MAX, INT32_MIN}) {
    refuse_value(a, 1, bad, "a[1]");
  }
  for (const int32_t bad : {-1, INT32_MIN}) refuse_value(b, 3, bad, "b[3]");
  for (const int32_t bad : {-1, 1, 5, INT32_MAX}) refuse_value(c, 1 - (bad == 1), bad, "c[");
  refuse_value(c, 4, 5, "c[4]");
  // Four rows go into six from row 2 on, no later.
  for (const int32_t bad : {3, 5, 6, -1, INT32_MAX, INT32_MIN}) {
    refuse_value(d, 0, bad, "cache_rows of node");
  }
  for (const int32_t good : {0, 1, 2}) {
    d[0] = good;
    ABI_OK(step());
  }
  for (const int32_t bad : {5, -1, INT32_MAX}) refuse_value(e, 2, bad, "e[2]");
  ABI_OK(step());
}

TEST_F(Inputs, ATargetWithoutWeightIsNotLookedAt) {
  e[2] = 1000;
  refuse("e[2]");
  h[2] = 0;
  ABI_OK(step());
  h[2] = -0.0f;
  ABI_OK(step());
  h[2] = std::numeric_limits<float>::denorm_min();
  refuse("e[2]");
}

TEST_F(Inputs, NumbersMustBeFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
        -std::numeric_limits<float>::infinity()}) {
    refuse_value(h, 1, bad, "h[1]");
    refuse_value(f, 3, bad, "f[3]");
    refuse_value(g, 0, bad, "g[0]");
  }
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  // What a weight means is the graph's business: a negative one is a reward, none at all no loss.
  h = {1, -1, 0, 0};
  ABI_OK(step());
  h = {0, 0, 0, 0};
  ABI_OK(raddle_session_step_inputs(session, views.data(), 8, nullptr, &metrics));
  EXPECT_EQ(metrics.loss, 0);
  EXPECT_EQ(metrics.grad_norm, 0);
  EXPECT_EQ(metrics.skipped, 0);
}

TEST_F(Inputs, NamesComeOnce) {
  std::vector<int32_t> short_a = {0};
  const raddle_tensor_view_t g_view = views[6];
  views[6] = view("a", short_a);
  refuse("a");
  views[6] = view("a", a);
  refuse("a is given twice");
  views[6] = g_view;
  views.push_back(view("a", short_a));
  refuse("input_count is 9");
  views.pop_back();
  views[6].name = "loss";
  refuse("no input called loss");
  views[6].name = "wide";
  refuse("no input called wide");
  views[6].name = nullptr;
  refuse("name is NULL");
  views[6] = g_view;
  views[6].data = nullptr;
  refuse("data is NULL");
  views[6] = g_view;
  for (const int64_t count : {INT64_C(-1), INT64_C(9), INT64_MAX, INT64_MIN}) {
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, "input_count",
              raddle_session_step_inputs(session, views.data(), count, nullptr, nullptr));
  }
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "missing",
            raddle_session_step_inputs(session, views.data(), 7, nullptr, nullptr));
  ABI_OK(step());
}

TEST_F(Inputs, ShapesAndTypesAreThoseOfTheGraph) {
  const raddle_tensor_view_t good = views[0];
  for (const int64_t bad :
       {INT64_C(-1), INT64_C(0), INT64_C(3), INT64_C(5), INT64_MAX, INT64_MIN, INT64_C(1) << 62}) {
    views[0].dims[0] = bad;
    refuse("a");
  }
  views[0] = good;
  for (const int32_t bad : {-1, 0, 2, 4, 5, INT32_MAX, INT32_MIN}) {
    views[0].rank = bad;
    refuse("a");
  }
  views[0] = good;
  for (const int bad : {int{RADDLE_F32}, int{RADDLE_I64}, int{RADDLE_U32}, 9, -1, INT32_MAX}) {
    views[0].dtype = bad;
    refuse("a");
  }
  views[0] = good;
  ABI_OK(step());
}

TEST_F(Inputs, StructSizesMustBePossibleAndEqual) {
  for (const size_t bad :
       {size_t{0}, size_t{7}, size_t{12}, sizeof(raddle_tensor_view_t) - 1,
        sizeof(raddle_tensor_view_t) + 4, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX - 7, size_t{1} << 40}) {
    views[0].struct_size = bad;
    refuse("struct_size");
    views[0].struct_size = sizeof(raddle_tensor_view_t);
    views[3].struct_size = bad;
    refuse("struct_size");
    views[3].struct_size = sizeof(raddle_tensor_view_t);
  }
  views[3].struct_size -= 8;
  refuse("struct_size");
}

TEST_F(Inputs, ASessionThatDoesNotTrainSaysSo) {
  raddle_session_t* none = nullptr;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "session",
            raddle_session_step_inputs(none, views.data(), 8, nullptr, nullptr));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "inputs",
            raddle_session_step_inputs(session, nullptr, 8, nullptr, nullptr));
}

}  // namespace
