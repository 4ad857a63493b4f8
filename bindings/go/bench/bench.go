// SPDX-License-Identifier: Apache-2.0

// Bench prints what calls cost through the binding and in C, in microseconds, and what crossing
// from Go to C costs alone.
package main

// #cgo pkg-config: raddle
// #include <raddle/raddle.h>
// #include <stdlib.h>
// #include <time.h>
//
// static int64_t now(void) {
//   struct timespec t;
//   clock_gettime(CLOCK_MONOTONIC, &t);
//   return t.tv_sec * 1000000000LL + t.tv_nsec;
// }
//
// static void nothing(void) {}
//
// static int64_t version_ns(int64_t times) {
//   int64_t i, sum = 0, began = now();
//   for (i = 0; i < times; ++i) sum += raddle_version();
//   return sum == 0 ? -1 : now() - began;
// }
//
// static int64_t get_ns(const char* key, int64_t times) {
//   raddle_config_t* config = NULL;
//   const char* value = NULL;
//   int64_t i, began;
//   raddle_status_t status = raddle_config_create(&config);
//   began = now();
//   for (i = 0; i < times && status == NULL; ++i) status = raddle_config_get(config, key, &value);
//   began = status == NULL ? now() - began : -1;
//   raddle_config_destroy(&config);
//   return began;
// }
//
// // One step of the model that a text describes.
// static int64_t step_ns(const char* text, size_t bytes, const int32_t* tokens, int64_t count,
//                        int64_t times, int64_t* out_fastest) {
//   raddle_metrics_t metrics = RADDLE_METRICS_INIT;
//   raddle_context_t* context = NULL;
//   raddle_config_t* config = NULL;
//   raddle_session_t* session = NULL;
//   int64_t i, began, all = 0;
//   raddle_status_t status = raddle_context_create(NULL, &context);
//   if (status == NULL) status = raddle_config_create(&config);
//   if (status == NULL) status = raddle_config_load_text(config, text, bytes, NULL);
//   if (status == NULL) status = raddle_session_create(context, config, NULL, NULL, &session);
//   for (i = 0; i < times && status == NULL; ++i) {
//     began = now();
//     status = raddle_session_step_tokens(session, tokens, count, NULL, NULL, NULL, NULL, 0, NULL,
//                                         &metrics);
//     began = now() - began;
//     all += began;
//     if (i == 0 || began < *out_fastest) *out_fastest = began;
//   }
//   if (status != NULL) all = -1;
//   raddle_status_destroy(&status);
//   raddle_session_destroy(&session);
//   raddle_config_destroy(&config);
//   raddle_context_destroy(&context);
//   return all;
// }
import "C"

import (
	"context"
	"fmt"
	"log"
	"time"
	"unsafe"

	"raddle"
)

const (
	calls  = 1000000
	gets   = 200000
	steps  = 3000
	recipe = `data = {tokenizer = "bytes"}
model = {layers = 1, width = 16, heads = 1, context = 16}
train = {micro_batch_tokens = 16}
runtime = {threads = 1}`
)

func row(what string, c, through float64) {
	fmt.Printf("%-34s %10.3f %10.3f %10.3f\n", what, c, through, through-c)
}

// each is the mean of a number of calls, in microseconds.
func each(times int, f func()) float64 {
	began := time.Now()
	for i := 0; i < times; i++ {
		f()
	}
	return float64(time.Since(began).Nanoseconds()) / float64(times) / 1e3
}

func fromC(ns C.int64_t, times int) float64 {
	if ns < 0 {
		log.Fatal("a call of C's failed")
	}
	return float64(ns) / float64(times) / 1e3
}

// fastest is the shortest of a number of steps, in microseconds: the mean is the machine's noise.
func fastest(ctx context.Context, session *raddle.Session, tokens []int32) float64 {
	best := time.Hour
	for i := 0; i < steps; i++ {
		began := time.Now()
		raddle.Must(session.StepTokens(ctx, tokens, nil, nil, nil, nil))
		if took := time.Since(began); took < best {
			best = took
		}
	}
	return float64(best.Nanoseconds()) / 1e3
}

func main() {
	key := C.CString("train.steps")
	defer C.free(unsafe.Pointer(key))
	text := C.CString(recipe)
	defer C.free(unsafe.Pointer(text))
	tokens := []int32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	config := raddle.Must(raddle.NewConfig())
	raddle.Must(0, config.LoadText(recipe, ""))
	rt := raddle.Must(raddle.New(nil))
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()

	fmt.Printf("%-34s %10s %10s %10s\n", "microseconds a call", "C", "Go", "more")
	row("nothing: cgo's own cost", 0, each(calls, func() { C.nothing() }))
	row("raddle_version_string, Version", fromC(C.version_ns(calls), calls),
		each(calls, func() { raddle.Version() }))
	row("raddle_config_get, Config.Get", fromC(C.get_ns(key, gets), gets),
		each(gets, func() { raddle.Must(config.Get("train.steps")) }))
	var best C.int64_t
	fromC(C.step_ns(text, C.size_t(len(recipe)), (*C.int32_t)(&tokens[0]), C.int64_t(len(tokens)),
		steps, &best), steps)
	session := raddle.Must(rt.NewSession(context.Background(), config, nil))
	row("step of 16 tokens", fromC(best, 1), fastest(context.Background(), session, tokens))
	row("the same, with a context to cancel", fromC(best, 1), fastest(cancellable, session, tokens))
}
