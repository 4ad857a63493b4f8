/* SPDX-License-Identifier: Apache-2.0 */
/* parity CONFIG TEXT RUN_DIR: trains and prints each step's loss as the bits of a double, which
 * parity_test.py compares with what the other languages print.
 */
#include <inttypes.h>
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

static int32_t on_event(void* user_data, const raddle_event_t* event) {
  uint64_t bits;
  (void)user_data;
  if (event->kind != RADDLE_EVENT_STEP) return 0;
  memcpy(&bits, &event->metrics->loss, sizeof(bits));
  printf("step %" PRId64 " %016" PRIx64 "\n", event->step, bits);
  return 0;
}

int main(int argc, char** argv) {
  raddle_session_options_t options = RADDLE_SESSION_OPTIONS_INIT;
  raddle_context_t* context = NULL;
  raddle_config_t* config = NULL;
  raddle_session_t* session = NULL;

  if (argc != 4) return 64;
  options.run_directory = argv[3];
  TRY(raddle_context_create(NULL, &context));
  TRY(raddle_config_create(&config));
  TRY(raddle_config_load_file(config, argv[1]));
  TRY(raddle_config_set(config, "data.path", argv[2]));
  TRY(raddle_session_create(context, config, &options, NULL, &session));
  TRY(raddle_session_train(session, NULL, NULL, on_event, NULL));
  raddle_session_destroy(&session);
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
  return 0;
}
