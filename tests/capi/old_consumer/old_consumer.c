/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the day of 0.1: trains a tiny model on batches of its own, lets it
 * go on from a prompt, and reads a tensor. Exits with 0 if all of it works on today's library. */
#include <raddle/raddle.h>
#include <stdio.h>
#include <string.h>

#define TOKENS 32

static int report(const char* what, raddle_status_t status) {
  if (status == NULL) return 0;
  fprintf(stderr, "%s: %s: %s\n", what, raddle_code_name(raddle_status_code(status)),
          raddle_status_message(status));
  raddle_status_destroy(&status);
  return 1;
}

static int32_t count_token(void* user_data, int32_t token, const char* text, size_t text_bytes) {
  (void)token;
  (void)text;
  (void)text_bytes;
  ++*(int*)user_data;
  return 0;
}

static int configure(raddle_config_t* config) {
  static const char* const kOptions[][2] = {
      {"model.family", "llama"}, {"model.layers", "1"},
      {"model.width", "32"},     {"model.heads", "2"},
      {"model.context", "32"},   {"model.vocab_size", "64"},
      {"train.steps", "10"},     {"train.micro_batch_tokens", "32"},
      {"runtime.threads", "1"},  {"optimizer.learning_rate", "1e-2"},
  };
  size_t i;
  for (i = 0; i < sizeof(kOptions) / sizeof(kOptions[0]); ++i) {
    if (report(kOptions[i][0], raddle_config_set(config, kOptions[i][0], kOptions[i][1]))) return 1;
  }
  return 0;
}

static int train(raddle_session_t* session) {
  raddle_batch_t batch = RADDLE_BATCH_INIT;
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  int32_t tokens[TOKENS];
  double first_loss = 0;
  int i;
  for (i = 0; i < TOKENS; ++i) tokens[i] = (i * 5) % 64;
  batch.tokens = tokens;
  batch.token_count = TOKENS;
  for (i = 0; i < 10; ++i) {
    if (report("step", raddle_session_step(session, &batch, 1, NULL, &metrics))) return 1;
    if (i == 0) first_loss = metrics.loss;
  }
  if (metrics.step != 10 || !(metrics.loss < first_loss)) {
    fprintf(stderr, "step %d, loss %f after %f\n", (int)metrics.step, metrics.loss, first_loss);
    return 1;
  }
  return 0;
}

static int look(raddle_session_t* session) {
  raddle_tensor_view_t view = RADDLE_TENSOR_VIEW_INIT;
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  raddle_generate_result_t result = RADDLE_GENERATE_RESULT_INIT;
  const int32_t prompt[] = {5, 10};
  const char* name = raddle_session_tensor_name(session, 0);
  int tokens = 0;
  if (report("tensor", raddle_session_get_tensor(session, name, &view))) return 1;
  options.max_tokens = 6;
  options.greedy = 1;
  if (report("generate", raddle_session_generate(session, prompt, 2, &options, NULL, &result,
                                                 &count_token, &tokens))) {
    return 1;
  }
  if (view.data == NULL || view.dtype != RADDLE_F32 || tokens != 6 || result.token_count != 6) {
    fprintf(stderr, "%d tokens, %d reported\n", tokens, (int)result.token_count);
    return 1;
  }
  return 0;
}

int main(void) {
  raddle_context_t* context = NULL;
  raddle_config_t* config = NULL;
  raddle_session_t* session = NULL;
  int failed;
  if (raddle_version() < RADDLE_VERSION) {
    fprintf(stderr, "the library is older than this program\n");
    return 1;
  }
  failed = report("context", raddle_context_create(NULL, &context)) ||
           report("config", raddle_config_create(&config)) || configure(config) ||
           report("session", raddle_session_create(context, config, NULL, NULL, &session)) ||
           train(session) || look(session);
  raddle_session_destroy(&session);
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
  return failed;
}
