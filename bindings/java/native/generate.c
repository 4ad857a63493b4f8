/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionLogits(JNIEnv* env, jclass native,
                                                            jlong session, jintArray tokens,
                                                            jlong stop, jfloatArray out_logits) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t capacity = RJ_UNKNOWN;
  int64_t token_count = RJ_UNKNOWN;
  const int32_t* tokens_ = rj_array(frame, tokens, 'I', 0, 0, &token_count, "tokens");
  float* out_logits_ = rj_array(frame, out_logits, 'F', 1, 0, &capacity, "logits");
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_logits((raddle_session_t*)(intptr_t)session, tokens_,
                                          rj_count(token_count), (raddle_stop_t*)(intptr_t)stop,
                                          out_logits_, rj_count(capacity)));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionWriteLogits(JNIEnv* env, jclass native,
                                                                 jlong session, jintArray tokens,
                                                                 jobject path, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t token_count = RJ_UNKNOWN;
  const int32_t* tokens_ = rj_array(frame, tokens, 'I', 0, 0, &token_count, "tokens");
  const char* path_ = rj_path(frame, path);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_write_logits((raddle_session_t*)(intptr_t)session, tokens_,
                                                rj_count(token_count), path_,
                                                (raddle_stop_t*)(intptr_t)stop));
  }
  rj_end(frame);
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionGenerate(JNIEnv* env, jclass native,
                                                                 jlong session, jintArray prompt,
                                                                 jobject options, jlong stop,
                                                                 jobject callback) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t prompt_count = RJ_UNKNOWN;
  const int32_t* prompt_ = rj_array(frame, prompt, 'I', 0, 0, &prompt_count, "prompt");
  raddle_generate_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_generate_options(frame, options, &options_);
  raddle_generate_result_t out_result_;
  raddle_generate_result_init(&out_result_, sizeof(out_result_));
  rj_callback callback_ = rj_callback_of(frame, callback);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_generate(
                        (raddle_session_t*)(intptr_t)session, prompt_, rj_count(prompt_count),
                        options == NULL ? NULL : &options_, (raddle_stop_t*)(intptr_t)stop,
                        &out_result_, callback == NULL ? NULL : rj_on_token, &callback_));
    if (rj_ready(frame)) result = rj_new_generate_result(env, &out_result_);
  }
  rj_end(&callback_.held);
  rj_end(frame);
  return result;
}
