/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_codeName(JNIEnv* env, jclass native, jint code) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_new_text(env, raddle_code_name((raddle_code_t)code));
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_scopeName(JNIEnv* env, jclass native, jint scope) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_new_text(env, raddle_scope_name((raddle_scope_t)scope));
  }
  rj_end(frame);
  return result;
}
