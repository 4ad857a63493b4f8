/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jint JNICALL Java_dev_raddle_Native_version(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jint)raddle_version();
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_versionString(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_new_text(env, raddle_version_string());
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_buildInfo(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_new_text(env, raddle_build_info());
  }
  rj_end(frame);
  return result;
}
