/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionSave(JNIEnv* env, jclass native,
                                                             jlong session, jobject path,
                                                             jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  const char* path_ = rj_path(frame, path);
  char* out_path_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_save((raddle_session_t*)(intptr_t)session, path_,
                                        (raddle_stop_t*)(intptr_t)stop, &out_path_));
    if (rj_ready(frame)) result = rj_new_path(env, out_path_);
    raddle_text_destroy(&out_path_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionRestore(JNIEnv* env, jclass native,
                                                             jlong session, jobject path,
                                                             jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* path_ = rj_path(frame, path);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_restore((raddle_session_t*)(intptr_t)session, path_,
                                           (raddle_stop_t*)(intptr_t)stop));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_checkpointList(JNIEnv* env, jclass native,
                                                             jlong context, jobject directory,
                                                             jobject callback) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* directory_ = rj_path(frame, directory);
  rj_callback callback_ = rj_callback_of(frame, callback);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_checkpoint_list((raddle_context_t*)(intptr_t)context, directory_,
                                           callback == NULL ? NULL : rj_on_checkpoint, &callback_));
  }
  rj_end(&callback_.held);
  rj_end(frame);
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_checkpointVerify(JNIEnv* env, jclass native,
                                                                  jlong context, jobject path,
                                                                  jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  const char* path_ = rj_path(frame, path);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_checkpoint_verify((raddle_context_t*)(intptr_t)context, path_,
                                             (raddle_stop_t*)(intptr_t)stop, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_checkpointExport(JNIEnv* env, jclass native,
                                                               jlong context, jobject from,
                                                               jstring format, jobject to,
                                                               jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* from_ = rj_path(frame, from);
  const char* format_ = rj_text(frame, format);
  const char* to_ = rj_path(frame, to);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_checkpoint_export((raddle_context_t*)(intptr_t)context, from_, format_,
                                             to_, (raddle_stop_t*)(intptr_t)stop));
  }
  rj_end(frame);
}
