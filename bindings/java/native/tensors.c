/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionTensorCount(JNIEnv* env, jclass native,
                                                                  jlong session) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_session_tensor_count((const raddle_session_t*)(intptr_t)session);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_sessionTensorName(JNIEnv* env, jclass native,
                                                                   jlong session, jlong index) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_new_text(env, raddle_session_tensor_name((const raddle_session_t*)(intptr_t)session,
                                                         (int64_t)index));
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionGetTensorInfo(JNIEnv* env, jclass native,
                                                                      jlong session, jlong index) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_tensor_info_t out_info_;
  raddle_tensor_info_init(&out_info_, sizeof(out_info_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_get_tensor_info((const raddle_session_t*)(intptr_t)session,
                                                   (int64_t)index, &out_info_));
    if (rj_ready(frame)) result = rj_new_tensor_info(env, &out_info_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionGetTensor(JNIEnv* env, jclass native,
                                                                  jlong session, jstring name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  const char* name_ = rj_text(frame, name);
  raddle_tensor_view_t out_view_;
  raddle_tensor_view_init(&out_view_, sizeof(out_view_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_session_get_tensor((raddle_session_t*)(intptr_t)session, name_, &out_view_));
    if (rj_ready(frame)) result = rj_new_tensor_view(env, &out_view_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionExportDlpack(JNIEnv* env, jclass native,
                                                                   jlong session, jstring name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  const char* name_ = rj_text(frame, name);
  raddle_dl_versioned_t* out_tensor_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_export_dlpack((raddle_session_t*)(intptr_t)session, name_,
                                                 &out_tensor_));
    if (rj_ready(frame)) result = rj_address(out_tensor_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionExportTensor(JNIEnv* env, jclass native,
                                                                   jlong session, jstring name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  const char* name_ = rj_text(frame, name);
  raddle_dl_managed_t* out_tensor_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_export_tensor((raddle_session_t*)(intptr_t)session, name_,
                                                 &out_tensor_));
    if (rj_ready(frame)) result = rj_address(out_tensor_);
  }
  rj_end(frame);
  return result;
}
