/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionCreate(JNIEnv* env, jclass native,
                                                             jlong context, jlong config,
                                                             jobject options, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_session_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_session_options(frame, options, &options_);
  raddle_session_t* out_session_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_create((raddle_context_t*)(intptr_t)context,
                                          (const raddle_config_t*)(intptr_t)config,
                                          options == NULL ? NULL : &options_,
                                          (raddle_stop_t*)(intptr_t)stop, &out_session_));
    if (rj_ready(frame)) result = rj_address(out_session_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionCreateFromGraph(JNIEnv* env, jclass native,
                                                                      jlong context, jlong config,
                                                                      jlong graph, jobject options,
                                                                      jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_session_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_session_options(frame, options, &options_);
  raddle_session_t* out_session_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_session_create_from_graph(
                 (raddle_context_t*)(intptr_t)context, (const raddle_config_t*)(intptr_t)config,
                 (const raddle_graph_t*)(intptr_t)graph, options == NULL ? NULL : &options_,
                 (raddle_stop_t*)(intptr_t)stop, &out_session_));
    if (rj_ready(frame)) result = rj_address(out_session_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionCreateInWorld(JNIEnv* env, jclass native,
                                                                    jlong context, jlong world,
                                                                    jlong config, jlong graph,
                                                                    jobject options, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_session_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_session_options(frame, options, &options_);
  raddle_session_t* out_session_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_create_in_world(
                        (raddle_context_t*)(intptr_t)context, (raddle_world_t*)(intptr_t)world,
                        (const raddle_config_t*)(intptr_t)config,
                        (const raddle_graph_t*)(intptr_t)graph, options == NULL ? NULL : &options_,
                        (raddle_stop_t*)(intptr_t)stop, &out_session_));
    if (rj_ready(frame)) result = rj_address(out_session_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionOpen(JNIEnv* env, jclass native,
                                                           jlong context, jobject path,
                                                           jlong config, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  const char* path_ = rj_path(frame, path);
  raddle_session_t* out_session_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_open((raddle_context_t*)(intptr_t)context, path_,
                                        (const raddle_config_t*)(intptr_t)config,
                                        (raddle_stop_t*)(intptr_t)stop, &out_session_));
    if (rj_ready(frame)) result = rj_address(out_session_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_sessionDestroy(JNIEnv* env, jclass native,
                                                             jlong session) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_session_t* session_ = (raddle_session_t*)(intptr_t)session;
  (void)native;
  if (rj_ready(frame)) {
    raddle_session_destroy(&session_);
  }
  rj_end(frame);
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionGetInfo(JNIEnv* env, jclass native,
                                                                jlong session) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_session_info_t out_info_;
  raddle_session_info_init(&out_info_, sizeof(out_info_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_session_get_info((const raddle_session_t*)(intptr_t)session, &out_info_));
    if (rj_ready(frame)) result = rj_new_session_info(env, &out_info_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_sessionGetTokenizer(JNIEnv* env, jclass native,
                                                                   jlong session) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = rj_address(raddle_session_get_tokenizer((const raddle_session_t*)(intptr_t)session));
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionStep(JNIEnv* env, jclass native,
                                                             jlong session, jobjectArray batches,
                                                             jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  int64_t batch_count = RJ_UNKNOWN;
  const raddle_batch_t* batches_ = rj_read_batch_array(frame, batches, &batch_count);
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_step((raddle_session_t*)(intptr_t)session, batches_,
                                        rj_count(batch_count), (raddle_stop_t*)(intptr_t)stop,
                                        &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionStepOnData(JNIEnv* env, jclass native,
                                                                   jlong session, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_metrics_t out_metrics_;
  raddle_metrics_init(&out_metrics_, sizeof(out_metrics_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_step_on_data((raddle_session_t*)(intptr_t)session,
                                                (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionStepInputs(JNIEnv* env, jclass native,
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
    rj_check(frame, raddle_session_step_inputs((raddle_session_t*)(intptr_t)session, inputs_,
                                               rj_count(input_count),
                                               (raddle_stop_t*)(intptr_t)stop, &out_metrics_));
    if (rj_ready(frame)) result = rj_new_metrics(env, &out_metrics_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionEvaluate(JNIEnv* env, jclass native,
                                                                 jlong session, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_evaluation_t out_evaluation_;
  raddle_evaluation_init(&out_evaluation_, sizeof(out_evaluation_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_evaluate((raddle_session_t*)(intptr_t)session,
                                            (raddle_stop_t*)(intptr_t)stop, &out_evaluation_));
    if (rj_ready(frame)) result = rj_new_evaluation(env, &out_evaluation_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_sessionTrain(JNIEnv* env, jclass native,
                                                              jlong session, jlong stop,
                                                              jobject callback) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_train_result_t out_result_;
  raddle_train_result_init(&out_result_, sizeof(out_result_));
  rj_callback callback_ = rj_callback_of(frame, callback);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_session_train((raddle_session_t*)(intptr_t)session,
                                         (raddle_stop_t*)(intptr_t)stop, &out_result_,
                                         callback == NULL ? NULL : rj_on_event, &callback_));
    if (rj_ready(frame)) result = rj_new_train_result(env, &out_result_);
  }
  rj_end(&callback_.held);
  rj_end(frame);
  return result;
}
