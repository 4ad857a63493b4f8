/* SPDX-License-Identifier: Apache-2.0 */
/* startup_bench [LIBRARY]: milliseconds to load libraddle and to make a context, as a program that
 * opens it at run time sees them. Nine processes, one after the other; prints the medians. */
#include <dlfcn.h>
#include <raddle/raddle.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 9 };
typedef struct {
  double load, context;
} times_t;
typedef raddle_status_t (*create_t)(const raddle_context_options_t*, raddle_context_t**);

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

/* Exits: 0 if all went well, after writing the times to `out`. */
static void measure(const char* library, int out) {
  const double begin = milliseconds();
  void* handle = dlopen(library, RTLD_NOW);
  const double loaded = milliseconds();
  create_t create = NULL;
  raddle_context_t* context = NULL;
  if (handle != NULL) *(void**)&create = dlsym(handle, "raddle_context_create");
  if (create == NULL || create(NULL, &context) != NULL) {
    fprintf(stderr, "startup_bench: %s: %s\n", library, handle == NULL ? dlerror() : "no context");
    _exit(1);
  }
  const times_t times = {loaded - begin, milliseconds() - loaded};
  _exit(write(out, &times, sizeof times) == sizeof times ? 0 : 1);
}

static int by_load(const void* a, const void* b) {
  const double x = ((const times_t*)a)->load, y = ((const times_t*)b)->load;
  return (x > y) - (x < y);
}

int main(int argc, char** argv) {
  times_t times[RUNS];
  for (int run = 0; run < RUNS; ++run) {
    int ends[2], status = 1;
    if (pipe(ends) != 0) return 1;
    const pid_t child = fork();
    if (child == 0) measure(argc > 1 ? argv[1] : RADDLE_LIBRARY, ends[1]);
    if (child < 0 || waitpid(child, &status, 0) < 0 || status != 0) return 1;
    if (read(ends[0], &times[run], sizeof times[run]) != sizeof times[run]) return 1;
    close(ends[0]);
    close(ends[1]);
  }
  qsort(times, RUNS, sizeof times[0], by_load);
  printf("load %.1f ms, context %.2f ms (the process with the median load of %d)\n",
         times[RUNS / 2].load, times[RUNS / 2].context, RUNS);
  return 0;
}
