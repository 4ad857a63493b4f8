/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_planCreate(JNIEnv* env, jclass native, jlong context,
                                                          jlong config, jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_plan_t* out_plan_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_plan_create((raddle_context_t*)(intptr_t)context,
                                       (const raddle_config_t*)(intptr_t)config,
                                       (const raddle_graph_t*)(intptr_t)graph, &out_plan_));
    if (rj_ready(frame)) result = rj_address(out_plan_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_planDestroy(JNIEnv* env, jclass native, jlong plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_plan_t* plan_ = (raddle_plan_t*)(intptr_t)plan;
  (void)native;
  if (rj_ready(frame)) {
    raddle_plan_destroy(&plan_);
  }
  rj_end(frame);
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_planGetMemory(JNIEnv* env, jclass native,
                                                               jlong plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_memory_table_t out_table_;
  raddle_memory_table_init(&out_table_, sizeof(out_table_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_plan_get_memory((const raddle_plan_t*)(intptr_t)plan, &out_table_));
    if (rj_ready(frame)) result = rj_new_memory_table(env, &out_table_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_planExplain(JNIEnv* env, jclass native,
                                                             jlong plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_text_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_plan_explain((const raddle_plan_t*)(intptr_t)plan, &out_text_));
    if (rj_ready(frame)) result = rj_new_text(env, out_text_);
    raddle_text_destroy(&out_text_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_planToJson(JNIEnv* env, jclass native,
                                                            jlong plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_plan_to_json((const raddle_plan_t*)(intptr_t)plan, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_planHash(JNIEnv* env, jclass native, jlong plan) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_plan_hash((const raddle_plan_t*)(intptr_t)plan);
  }
  rj_end(frame);
  return result;
}
