/* SPDX-License-Identifier: Apache-2.0 */
/* Steps by hand through the C ABI, on batches that this program makes: first a training loop that
 * asks a function for its batches; then a graph of the program's own, whose gradients it edits
 * between backward and apply, at learning rates of its own, with one parameter frozen, weights
 * written in and read out by copy, and an output of the graph read after each step.
 */
#include <raddle/raddle.h>
#include <stdio.h>
#include <string.h>

#define TRY(call)                                              \
  do {                                                         \
    raddle_status_t status_ = (call);                          \
    if (status_ != NULL) {                                     \
      fprintf(stderr, "%s\n", raddle_status_message(status_)); \
      raddle_status_destroy(&status_);                         \
      return 1;                                                \
    }                                                          \
  } while (0)

enum { kTokens = 64, kRows = 8, kWidth = 4, kClasses = 3 };

/* Micro-batch `micro_batch` of a step: a pure function of the two, so a resumed run repeats it. */
static int32_t make_batch(void* user_data, int64_t step, int64_t micro_batch,
                          raddle_batch_t* batch) {
  int32_t* tokens = user_data;
  int i;
  for (i = 0; i < kTokens; ++i) tokens[i] = "the cat sat "[(i + step + 5 * micro_batch) % 12];
  batch->tokens = tokens;
  batch->token_count = kTokens;
  return 0; /* anything else: there is no more */
}

static int train_on_own_batches(raddle_context_t* context, raddle_config_t* config) {
  raddle_train_result_t result = RADDLE_TRAIN_RESULT_INIT;
  raddle_evaluation_t evaluation = RADDLE_EVALUATION_INIT;
  raddle_batch_t batch = RADDLE_BATCH_INIT;
  raddle_session_t* session = NULL;
  int32_t tokens[kTokens];

  TRY(raddle_config_set(config, "data.tokenizer", "bytes"));
  TRY(raddle_config_set(config, "model.layers", "1"));
  TRY(raddle_config_set(config, "model.width", "32"));
  TRY(raddle_config_set(config, "model.heads", "2"));
  TRY(raddle_config_set(config, "model.context", "64"));
  TRY(raddle_config_set(config, "train.micro_batch_tokens", "64"));
  TRY(raddle_config_set(config, "train.micro_batches", "2"));
  TRY(raddle_config_set(config, "train.steps", "80"));
  TRY(raddle_config_set(config, "optimizer.learning_rate", "1e-2"));
  TRY(raddle_session_create(context, config, NULL, NULL, &session));
  TRY(raddle_session_train_on(session, make_batch, tokens, NULL, &result, NULL, NULL));
  make_batch(tokens, 1000, 0, &batch);
  TRY(raddle_session_evaluate_batches(session, &batch, 1, NULL, &evaluation));
  printf("own batches: %d steps, loss %.3f\n", (int)result.steps_done, evaluation.loss);
  raddle_session_destroy(&session);
  return !(evaluation.loss < 1.0);
}

static int build(raddle_context_t* context, raddle_graph_t** out_graph) {
  const char* text =
      "raddle-graph 1\n"
      "parameter table F32 [8, 4] normal(0.5) decay\n"
      "parameter head F32 [3, 4] normal(0.5) decay\n"
      "input ids I32 [8]\ninput targets I32 [8]\ninput weights F32 [8]\ninput scale F32 [1]\n"
      "h = embedding(table, ids)\n"
      "y = gelu(h)\n"
      "loss = linear_cross_entropy(y, head, targets, weights, scale)\n"
      "loss loss 1\noutput y\n";
  TRY(raddle_graph_create_from_text(context, text, strlen(text), out_graph));
  return 0;
}

static raddle_tensor_view_t view(const char* name, raddle_dtype_t type, void* data, int64_t rows) {
  raddle_tensor_view_t one = RADDLE_TENSOR_VIEW_INIT;
  one.name = name;
  one.dtype = type;
  one.data = data;
  one.rank = 1;
  one.dims[0] = rows;
  return one;
}

static int step_by_hand(raddle_context_t* context, raddle_config_t* config) {
  int32_t ids[kRows], targets[kRows];
  float weights[kRows], scale = 1.0f / kRows, table[kRows * kWidth], after[kRows * kWidth];
  float head[kClasses * kWidth], gradient[kRows * kWidth], y[kRows * kWidth];
  raddle_tensor_view_t inputs[4];
  raddle_apply_options_t apply = RADDLE_APPLY_OPTIONS_INIT;
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  raddle_graph_t* graph = NULL;
  raddle_session_t* session = NULL;
  double first = 0;
  int i, step;

  for (i = 0; i < kRows; ++i) ids[i] = i, targets[i] = i % kClasses, weights[i] = 1;
  for (i = 0; i < kRows * kWidth; ++i) table[i] = 0.1f * (float)(i % 7 - 3);
  for (i = 0; i < kClasses * kWidth; ++i) head[i] = 0.2f * (float)(i % 5 - 2);
  inputs[0] = view("ids", RADDLE_I32, ids, kRows);
  inputs[1] = view("targets", RADDLE_I32, targets, kRows);
  inputs[2] = view("weights", RADDLE_F32, weights, kRows);
  inputs[3] = view("scale", RADDLE_F32, &scale, 1);
  if (build(context, &graph) != 0) return 1;
  TRY(raddle_config_set(config, "train.freeze", "head"));
  TRY(raddle_config_set(config, "optimizer.weight_decay", "0"));
  TRY(raddle_session_create_from_graph(context, config, graph, NULL, NULL, &session));
  TRY(raddle_session_write_tensor(session, "table", table, kRows * kWidth));
  TRY(raddle_session_write_tensor(session, "head", head, kClasses * kWidth));
  apply.own_learning_rate = 1;
  for (step = 0; step < 50; ++step) {
    TRY(raddle_session_backward_inputs(session, inputs, 4, NULL, NULL, &metrics));
    if (step == 0) first = metrics.loss;
    TRY(raddle_session_read_tensor(session, "gradient/table", gradient, kRows * kWidth));
    for (i = 0; i < kWidth; ++i) gradient[i] = 0; /* row 0 shall not move */
    TRY(raddle_session_write_tensor(session, "gradient/table", gradient, kRows * kWidth));
    apply.learning_rate = 1.0 / (10 + step);
    TRY(raddle_session_apply(session, &apply, &metrics));
    if (metrics.learning_rate != apply.learning_rate) return 1;
  }
  TRY(raddle_session_forward_inputs(session, inputs, 4, NULL, &metrics));
  TRY(raddle_session_read_output(session, "y", y, sizeof(y)));
  TRY(raddle_session_read_tensor(session, "table", after, kRows * kWidth));
  TRY(raddle_session_read_tensor(session, "head", y, kClasses * kWidth));
  printf("own graph: loss %.3f -> %.3f\n", first, metrics.loss);
  for (i = 0; i < kClasses * kWidth; ++i) {
    if (y[i] != head[i]) return printf("the frozen parameter moved\n"), 1;
  }
  for (i = 0; i < kWidth; ++i) {
    if (after[i] != table[i]) return printf("row 0 moved\n"), 1;
  }
  raddle_session_destroy(&session);
  raddle_graph_destroy(&graph);
  return !(metrics.loss < 0.8 * first);
}

int main(void) {
  raddle_context_t* context = NULL;
  raddle_config_t *config = NULL, *own = NULL;
  int failed;
  TRY(raddle_context_create(NULL, &context));
  TRY(raddle_config_create(&config));
  TRY(raddle_config_create(&own));
  failed = train_on_own_batches(context, config) || step_by_hand(context, own);
  raddle_config_destroy(&config);
  raddle_config_destroy(&own);
  raddle_context_destroy(&context);
  return failed;
}
