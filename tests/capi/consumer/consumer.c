/* SPDX-License-Identifier: Apache-2.0 */
/* A user's C program: checks that headers and library agree, sets options, reads an error. */
#include <raddle/raddle.h>
#include <stdio.h>
#include <string.h>

static int failed(const char* what, raddle_status_t status) {
  fprintf(stderr, "%s: %s\n", what, raddle_status_message(status));
  raddle_status_destroy(&status);
  return 1;
}

int main(void) {
  raddle_context_t* context = NULL;
  raddle_config_t* config = NULL;
  const char* value = NULL;
  raddle_status_t status;

  if (raddle_version() != RADDLE_VERSION) {
    fprintf(stderr, "headers of another version than library %s\n", raddle_version_string());
    return 1;
  }
  status = raddle_context_create(NULL, &context);
  if (status != NULL) return failed("context", status);
  status = raddle_config_create(&config);
  if (status != NULL) return failed("config", status);
  status = raddle_config_set(config, "train.steps", "12");
  if (status != NULL) return failed("set", status);
  status = raddle_config_get(config, "train.steps", &value);
  if (status != NULL) return failed("get", status);
  if (strcmp(value, "12") != 0) {
    fprintf(stderr, "train.steps is %s\n", value);
    return 1;
  }
  status = raddle_config_set(config, "train.stepps", "12");
  if (raddle_status_code(status) != RADDLE_INVALID_ARGUMENT ||
      strstr(raddle_status_message(status), "train.steps") == NULL) {
    fprintf(stderr, "a misspelt key: %s\n", raddle_status_message(status));
    return 1;
  }
  raddle_status_destroy(&status);
  raddle_config_destroy(&config);
  raddle_context_destroy(&context);
  printf("raddle %s\n", raddle_version_string());
  return 0;
}
