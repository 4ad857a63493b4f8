/* SPDX-License-Identifier: Apache-2.0 */
/* Trains a small language model on a text file through the C ABI, then lets it write.
 *
 *   cc train.c $(pkg-config --cflags --libs raddle) -o train && ./train input.txt [steps]
 */
#include <raddle/raddle.h>
#include <stdio.h>
#include <stdlib.h>

/* Every call that can fail returns a status: NULL, or an error to read and destroy. */
#define TRY(call)                                              \
  do {                                                         \
    raddle_status_t status_ = (call);                          \
    if (status_ != NULL) {                                     \
      fprintf(stderr, "%s\n", raddle_status_message(status_)); \
      raddle_status_destroy(&status_);                         \
      return 1;                                                \
    }                                                          \
  } while (0)

static void on_log(void* user_data, raddle_log_level_t level, const char* message) {
  (void)user_data;
  if (level >= RADDLE_LOG_WARNING) fprintf(stderr, "raddle: %s\n", message);
}

static int32_t on_event(void* user_data, const raddle_event_t* event) {
  double* last_loss = user_data;
  if (event->kind == RADDLE_EVENT_STEP) {
    *last_loss = event->metrics->loss;
    if (event->step % 10 == 0) printf("step %d loss %.4f\n", (int)event->step, *last_loss);
  }
  return 0; /* anything else stops the training */
}

static int32_t on_token(void* user_data, int32_t token, const char* text, size_t text_bytes) {
  (void)user_data;
  (void)token;
  fwrite(text, 1, text_bytes, stdout);
  return 0;
}

static int train(raddle_context_t* context, raddle_config_t* config, raddle_session_t** session,
                 const char* path, const char* steps) {
  static const int32_t prompt[] = {'T', 'h', 'e', ' '}; /* the bytes tokenizer's tokens are bytes */
  raddle_generate_options_t options = RADDLE_GENERATE_OPTIONS_INIT;
  double last_loss = 0;

  TRY(raddle_config_set(config, "data.path", path));
  TRY(raddle_config_set(config, "data.tokenizer", "bytes"));
  TRY(raddle_config_set(config, "data.validation_fraction", "0"));
  TRY(raddle_config_set(config, "model.layers", "2"));
  TRY(raddle_config_set(config, "model.width", "64"));
  TRY(raddle_config_set(config, "model.heads", "4"));
  TRY(raddle_config_set(config, "model.context", "64"));
  TRY(raddle_config_set(config, "model.virtual_width.m", "4"));
  TRY(raddle_config_set(config, "model.virtual_width.n", "8"));
  TRY(raddle_config_set(config, "train.micro_batch_tokens", "512"));
  TRY(raddle_config_set(config, "train.steps", steps));
  TRY(raddle_config_set(config, "optimizer.learning_rate", "3e-3"));

  TRY(raddle_session_create(context, config, NULL, NULL, session));
  TRY(raddle_session_train(*session, NULL, NULL, on_event, &last_loss));
  printf("trained to loss %.4f; the model writes:\nThe ", last_loss);
  options.max_tokens = 40;
  options.seed = 1;
  TRY(raddle_session_generate(*session, prompt, 4, &options, NULL, NULL, on_token, NULL));
  printf("\n");
  return 0;
}

int main(int argc, char** argv) {
  raddle_context_options_t options = RADDLE_CONTEXT_OPTIONS_INIT;
  raddle_context_t* context = NULL;
  raddle_config_t* config = NULL;
  raddle_session_t* session = NULL;
  int failed;

  if (argc < 2) {
    fprintf(stderr, "usage: %s TEXT_FILE [STEPS]\n", argv[0]);
    return 64;
  }
  options.log_callback = on_log;
  TRY(raddle_context_create(&options, &context));
  TRY(raddle_config_create(&config));
  failed = train(context, config, &session, argv[1], argc > 2 ? argv[2] : "100");
  raddle_session_destroy(&session); /* NULL-safe: it may not have come to a session */
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
  return failed;
}
