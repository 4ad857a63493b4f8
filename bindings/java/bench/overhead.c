/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of Overhead.java from C: what is left of a row there is Java's part. */
#include <raddle/raddle.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static raddle_config_t* config;
static raddle_session_t* session;
static int32_t tokens[8];

static void check(raddle_status_t status) {
  if (status == NULL) return;
  fprintf(stderr, "%s\n", raddle_status_message(status));
  exit(1);
}

static void version(void) { (void)raddle_version_string(); }

static void get(void) {
  const char* value = NULL;
  check(raddle_config_get(config, "train.steps", &value));
}

static void set(void) { check(raddle_config_set(config, "train.steps", "1000000")); }

static void info(void) {
  raddle_session_info_t out = RADDLE_SESSION_INFO_INIT;
  check(raddle_session_get_info(session, &out));
}

static void step(void) {
  raddle_metrics_t metrics = RADDLE_METRICS_INIT;
  check(raddle_session_step_tokens(session, tokens, 8, NULL, NULL, NULL, NULL, 0, NULL, &metrics));
}

static int by_value(const void* a, const void* b) {
  double left = *(const double*)a, right = *(const double*)b;
  return (left > right) - (left < right);
}

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void row(const char* what, int calls, void (*call)(void)) {
  double rounds[9];
  int round, i;
  for (round = 0; round < 9; ++round) {
    double start = microseconds();
    for (i = 0; i < calls; ++i) call();
    rounds[round] = (microseconds() - start) / calls;
  }
  qsort(rounds, 9, sizeof(rounds[0]), by_value);
  printf("%-18s %9.3f us\n", what, rounds[4]);
}

int main(int argc, char** argv) {
  static const char* const options[][2] = {
      {"data.tokenizer", "bytes"}, {"model.layers", "1"},   {"model.width", "16"},
      {"model.heads", "2"},        {"model.context", "8"},  {"train.micro_batch_tokens", "8"},
      {"train.steps", "1000000"},  {"runtime.threads", "1"}};
  raddle_context_t* context = NULL;
  size_t i;
  if (argc < 2) return 64;
  for (i = 0; i < 8; ++i) tokens[i] = 'a' + (int32_t)i;
  check(raddle_context_create(NULL, &context));
  check(raddle_config_create(&config));
  check(raddle_config_set(config, "data.path", argv[1]));
  for (i = 0; i < sizeof(options) / sizeof(options[0]); ++i)
    check(raddle_config_set(config, options[i][0], options[i][1]));
  check(raddle_session_create(context, config, NULL, NULL, &session));
  row("version", 200000, version);
  row("config get", 200000, get);
  row("config set", 200000, set);
  row("session info", 200000, info);
  row("step of 8 tokens", 5000, step);
  raddle_session_destroy(&session);
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
  return 0;
}
