/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_meshPlan(JNIEnv* env, jclass native, jlong context,
                                                          jlongArray lengths, jlong ranks,
                                                          jlong capacity, jobject cost_path,
                                                          jint with_plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  int64_t length_count = RJ_UNKNOWN;
  const int64_t* lengths_ = rj_array(frame, lengths, 'J', 0, 0, &length_count, "lengths");
  const char* cost_path_ = rj_path(frame, cost_path);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_mesh_plan((raddle_context_t*)(intptr_t)context, lengths_,
                                     rj_count(length_count), (int64_t)ranks, (int64_t)capacity,
                                     cost_path_, (int32_t)with_plan, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_meshPlanGroups(JNIEnv* env, jclass native,
                                                                jlong context, jlongArray lengths,
                                                                jlong ranks, jlong capacity,
                                                                jint any_size, jobject cost_path,
                                                                jint with_plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  int64_t length_count = RJ_UNKNOWN;
  const int64_t* lengths_ = rj_array(frame, lengths, 'J', 0, 0, &length_count, "lengths");
  const char* cost_path_ = rj_path(frame, cost_path);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_mesh_plan_groups((raddle_context_t*)(intptr_t)context, lengths_,
                                            rj_count(length_count), (int64_t)ranks,
                                            (int64_t)capacity, (int32_t)any_size, cost_path_,
                                            (int32_t)with_plan, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_meshSimulate(JNIEnv* env, jclass native,
                                                              jlong context, jlongArray lengths,
                                                              jlong ranks, jlong capacity,
                                                              jlong longest, jobject profile) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  int64_t length_count = RJ_UNKNOWN;
  const int64_t* lengths_ = rj_array(frame, lengths, 'J', 0, 0, &length_count, "lengths");
  const char* profile_ = rj_path(frame, profile);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_mesh_simulate((raddle_context_t*)(intptr_t)context, lengths_,
                                         rj_count(length_count), (int64_t)ranks, (int64_t)capacity,
                                         (int64_t)longest, profile_, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_meshDrawLengths(JNIEnv* env, jclass native,
                                                                 jlong context, jstring set,
                                                                 jlong tokens, jlong seed) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  const char* set_ = rj_text(frame, set);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_mesh_draw_lengths((raddle_context_t*)(intptr_t)context, set_,
                                             (int64_t)tokens, (int64_t)seed, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}
