/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionBackward(JNIEnv* env, jclass native,
                                                                 jlong session,
                                                                 jobjectArray batches,
                                                                 jobject options, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t batch_count = RJ_UNKNOWN;
  const raddle_batch_t* batches_ = rj_read_batch_array(frame, batches, &batch_count);
  raddle_backward_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_backward_options(frame, options, &options_);
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_session_backward((raddle_session_t*)(intptr_t)session, batches_,
                                     rj_count(batch_count), options == NULL ? NULL : &options_,
                                     (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionBackwardInputs(
    JNIEnv* env, jclass native, jlong session, jobjectArray inputs, jobject options, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t input_count = RJ_UNKNOWN;
  const raddle_tensor_view_t* inputs_ = rj_read_tensor_view_array(frame, inputs, &input_count);
  raddle_backward_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_backward_options(frame, options, &options_);
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_backward_inputs((raddle_session_t*)(intptr_t)session, inputs_,
                                                   rj_count(input_count),
                                                   options == NULL ? NULL : &options_,
                                                   (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionApply(JNIEnv* env, jclass native,
                                                              jlong session, jobject options) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_apply_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_apply_options(frame, options, &options_);
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_apply((raddle_session_t*)(intptr_t)session,
                                         options == NULL ? NULL : &options_, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionStepTokens(
    JNIEnv* env, jclass native, jlong session, jintArray tokens, jintArray targets,
    jfloatArray weights, jintArray positions, jintArray cu_seqlens, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t sequence_count = RJ_UNKNOWN;
  int64_t token_count = RJ_UNKNOWN;
  const int32_t* tokens_ = rj_array(frame, tokens, 'I', 0, 0, &token_count, "tokens");
  const int32_t* targets_ = rj_array(frame, targets, 'I', 0, 0, &token_count, "targets");
  const float* weights_ = rj_array(frame, weights, 'F', 0, 0, &token_count, "weights");
  const int32_t* positions_ = rj_array(frame, positions, 'I', 0, 0, &token_count, "positions");
  const int32_t* cu_seqlens_ = rj_array(frame, cu_seqlens, 'I', 0, 1, &sequence_count, "cuSeqlens");
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_step_tokens((raddle_session_t*)(intptr_t)session, tokens_,
                                               rj_count(token_count), targets_, weights_,
                                               positions_, cu_seqlens_, rj_count(sequence_count),
                                               (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionTrainOn(JNIEnv* env, jclass native,
                                                                jlong session, jobject source,
                                                                jlong stop, jobject callback) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  rj_callback source_ = rj_callback_of(frame, source);
  raddle_train_result_t out_result_;
  raddle_train_result_init(&out_result_, sizeof(out_result_));
  rj_callback callback_ = rj_callback_of(frame, callback);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_train_on((raddle_session_t*)(intptr_t)session,
                                            source == NULL ? NULL : rj_on_batch_source, &source_,
                                            (raddle_stop_t*)(intptr_t)stop, &out_result_,
                                            callback == NULL ? NULL : rj_on_event, &callback_));
    if (rj_ready(frame)) result = rj_new_train_result(env, &out_result_);
  }
  rj_end(&source_.held);
  rj_end(&callback_.held);
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionEvaluateBatches(JNIEnv* env, jclass native,
                                                                        jlong session,
                                                                        jobjectArray batches,
                                                                        jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t batch_count = RJ_UNKNOWN;
  const raddle_batch_t* batches_ = rj_read_batch_array(frame, batches, &batch_count);
  raddle_evaluation_t out_evaluation_;
  raddle_evaluation_init(&out_evaluation_, sizeof(out_evaluation_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_evaluate_batches(
                        (raddle_session_t*)(intptr_t)session, batches_, rj_count(batch_count),
                        (raddle_stop_t*)(intptr_t)stop, &out_evaluation_));
    if (rj_ready(frame)) result = rj_new_evaluation(env, &out_evaluation_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionForwardInputs(JNIEnv* env, jclass native,
                                                                      jlong session,
                                                                      jobjectArray inputs,
                                                                      jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t input_count = RJ_UNKNOWN;
  const raddle_tensor_view_t* inputs_ = rj_read_tensor_view_array(frame, inputs, &input_count);
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_forward_inputs((raddle_session_t*)(intptr_t)session, inputs_,
                                                  rj_count(input_count),
                                                  (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionReadOutput(JNIEnv* env, jclass native,
                                                                jlong session, jstring name,
                                                                jobject out_data) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t bytes = RJ_UNKNOWN;
  const char* name_ = rj_text(frame, name);
  void* out_data_ = rj_buffer(frame, out_data, &bytes);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_read_output((raddle_session_t*)(intptr_t)session, name_,
                                               out_data_, (size_t)rj_count(bytes)));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionReadTensor(JNIEnv* env, jclass native,
                                                                jlong session, jstring name,
                                                                jfloatArray out_values) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t count = RJ_UNKNOWN;
  const char* name_ = rj_text(frame, name);
  float* out_values_ = rj_array(frame, out_values, 'F', 1, 0, &count, "values");
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_read_tensor((raddle_session_t*)(intptr_t)session, name_,
                                               out_values_, rj_count(count)));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionWriteTensor(JNIEnv* env, jclass native,
                                                                 jlong session, jstring name,
                                                                 jfloatArray values) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t count = RJ_UNKNOWN;
  const char* name_ = rj_text(frame, name);
  const float* values_ = rj_array(frame, values, 'F', 0, 0, &count, "values");
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_write_tensor((raddle_session_t*)(intptr_t)session, name_,
                                                values_, rj_count(count)));
  }
  rj_end(frame);
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionGetConfig(JNIEnv* env, jclass native,
                                                                jlong session) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_config_t* out_config_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_session_get_config((const raddle_session_t*)(intptr_t)session, &out_config_));
    if (rj_ready(frame)) result = rj_address(out_config_);
  }
  rj_end(frame);
  return result;
}
