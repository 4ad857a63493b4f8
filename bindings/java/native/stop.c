/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_stopCreate(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_stop_t* out_stop_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_stop_create(&out_stop_));
    if (rj_ready(frame)) result = rj_address(out_stop_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_stopDestroy(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_stop_t* stop_ = (raddle_stop_t*)(intptr_t)stop;
  (void)native;
  if (rj_ready(frame)) {
    raddle_stop_destroy(&stop_);
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_stopRequest(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    raddle_stop_request((raddle_stop_t*)(intptr_t)stop);
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_stopCancel(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    raddle_stop_cancel((raddle_stop_t*)(intptr_t)stop);
  }
  rj_end(frame);
}

JNIEXPORT jint JNICALL Java_dev_raddle_Native_stopGrade(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jint)raddle_stop_grade((const raddle_stop_t*)(intptr_t)stop);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_stopDone(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_stop_done((const raddle_stop_t*)(intptr_t)stop);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_stopTotal(JNIEnv* env, jclass native, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_stop_total((const raddle_stop_t*)(intptr_t)stop);
  }
  rj_end(frame);
  return result;
}
