/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionTrainStart(JNIEnv* env, jclass native,
                                                                 jlong session, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_operation_t* out_operation_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_train_start((raddle_session_t*)(intptr_t)session,
                                               (raddle_stop_t*)(intptr_t)stop, &out_operation_));
    if (rj_ready(frame)) result = rj_address(out_operation_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionGenerateStart(JNIEnv* env, jclass native,
                                                                    jlong session, jintArray prompt,
                                                                    jobject options, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  int64_t prompt_count = RJ_UNKNOWN;
  const int32_t* prompt_ = rj_array(frame, prompt, 'I', 0, 0, &prompt_count, "prompt");
  raddle_generate_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_generate_options(frame, options, &options_);
  raddle_operation_t* out_operation_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_generate_start((raddle_session_t*)(intptr_t)session, prompt_,
                                                  rj_count(prompt_count),
                                                  options == NULL ? NULL : &options_,
                                                  (raddle_stop_t*)(intptr_t)stop, &out_operation_));
    if (rj_ready(frame)) result = rj_address(out_operation_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_operationPoll(JNIEnv* env, jclass native,
                                                               jlong operation, jlong timeout_ms) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  const raddle_event_t* out_event_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_operation_poll((raddle_operation_t*)(intptr_t)operation,
                                          (int64_t)timeout_ms, &out_event_));
    if (rj_ready(frame)) result = rj_new_event(env, out_event_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_operationJoinTrained(JNIEnv* env, jclass native,
                                                                      jlong operation) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_train_result_t out_trained_;
  raddle_train_result_init(&out_trained_, sizeof(out_trained_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_operation_join((raddle_operation_t*)(intptr_t)operation, &out_trained_, NULL));
    if (rj_ready(frame)) result = rj_new_train_result(env, &out_trained_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_operationJoinGenerated(JNIEnv* env, jclass native,
                                                                        jlong operation) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_generate_result_t out_generated_;
  raddle_generate_result_init(&out_generated_, sizeof(out_generated_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_operation_join((raddle_operation_t*)(intptr_t)operation, NULL,
                                          &out_generated_));
    if (rj_ready(frame)) result = rj_new_generate_result(env, &out_generated_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_operationDestroy(JNIEnv* env, jclass native,
                                                               jlong operation) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_operation_t* operation_ = (raddle_operation_t*)(intptr_t)operation;
  (void)native;
  if (rj_ready(frame)) {
    raddle_operation_destroy(&operation_);
  }
  rj_end(frame);
}
