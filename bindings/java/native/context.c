/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_contextCreate(JNIEnv* env, jclass native,
                                                             jobject options) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_context_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_context_options(frame, options, &options_);
  raddle_context_t* out_context_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_context_create(options == NULL ? NULL : &options_, &out_context_));
    if (rj_ready(frame)) result = rj_address(out_context_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_contextDestroy(JNIEnv* env, jclass native,
                                                             jlong context) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_context_t* context_ = (raddle_context_t*)(intptr_t)context;
  (void)native;
  if (rj_ready(frame)) {
    raddle_context_destroy(&context_);
  }
  rj_end(frame);
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_contextDescribe(JNIEnv* env, jclass native,
                                                                 jlong context) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_context_describe((raddle_context_t*)(intptr_t)context, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}
