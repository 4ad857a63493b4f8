/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_benchMachine(JNIEnv* env, jclass native,
                                                              jlong context, jint threads,
                                                              jint with_memory) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_machine_peaks_t out_peaks_;
  raddle_machine_peaks_init(&out_peaks_, sizeof(out_peaks_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_bench_machine((raddle_context_t*)(intptr_t)context, (int32_t)threads,
                                         (int32_t)with_memory, &out_peaks_));
    if (rj_ready(frame)) result = rj_new_machine_peaks(env, &out_peaks_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_benchStep(JNIEnv* env, jclass native,
                                                           jlong context, jlong config, jlong batch,
                                                           jlong sequence, jlong warmup,
                                                           jlong steps, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_step_bench_t out_bench_;
  raddle_step_bench_init(&out_bench_, sizeof(out_bench_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_bench_step((raddle_context_t*)(intptr_t)context,
                                      (const raddle_config_t*)(intptr_t)config, (int64_t)batch,
                                      (int64_t)sequence, (int64_t)warmup, (int64_t)steps,
                                      (raddle_stop_t*)(intptr_t)stop, &out_bench_));
    if (rj_ready(frame)) result = rj_new_step_bench(env, &out_bench_);
  }
  rj_end(frame);
  return result;
}
