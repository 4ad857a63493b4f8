/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#pragma once
#include "bindings/java/native/support.h"

int rj_load_structs(JNIEnv* env);
void rj_read_context_options(rj_frame* frame, jobject in, raddle_context_options_t* out);
jobject rj_new_option_info(JNIEnv* env, const raddle_option_info_t* in);
void rj_read_world_options(rj_frame* frame, jobject in, raddle_world_options_t* out);
jobject rj_new_op_info(JNIEnv* env, const raddle_op_info_t* in);
jobject rj_new_graph_tensor(JNIEnv* env, const raddle_graph_tensor_t* in);
jobject rj_new_graph_node(JNIEnv* env, const raddle_graph_node_t* in);
jobject rj_new_memory_table(JNIEnv* env, const raddle_memory_table_t* in);
jobject rj_new_tokenize_result(JNIEnv* env, const raddle_tokenize_result_t* in);
void rj_read_session_options(rj_frame* frame, jobject in, raddle_session_options_t* out);
jobject rj_new_session_info(JNIEnv* env, const raddle_session_info_t* in);
jobject rj_new_metrics(JNIEnv* env, const raddle_metrics_t* in);
void rj_read_batch(rj_frame* frame, jobject in, raddle_batch_t* out);
const raddle_batch_t* rj_read_batch_array(rj_frame* frame, jobjectArray in, int64_t* count);
jobject rj_new_tensor_view(JNIEnv* env, const raddle_tensor_view_t* in);
void rj_read_tensor_view(rj_frame* frame, jobject in, raddle_tensor_view_t* out);
const raddle_tensor_view_t* rj_read_tensor_view_array(rj_frame* frame, jobjectArray in,
                                                      int64_t* count);
jobject rj_new_evaluation(JNIEnv* env, const raddle_evaluation_t* in);
jobject rj_new_event(JNIEnv* env, const raddle_event_t* in);
jobject rj_new_train_result(JNIEnv* env, const raddle_train_result_t* in);
void rj_read_generate_options(rj_frame* frame, jobject in, raddle_generate_options_t* out);
jobject rj_new_generate_result(JNIEnv* env, const raddle_generate_result_t* in);
jobject rj_new_tensor_info(JNIEnv* env, const raddle_tensor_info_t* in);
void rj_read_backward_options(rj_frame* frame, jobject in, raddle_backward_options_t* out);
void rj_read_apply_options(rj_frame* frame, jobject in, raddle_apply_options_t* out);
jobject rj_new_checkpoint_info(JNIEnv* env, const raddle_checkpoint_info_t* in);
jobject rj_new_machine_peaks(JNIEnv* env, const raddle_machine_peaks_t* in);
jobject rj_new_step_bench(JNIEnv* env, const raddle_step_bench_t* in);

int rj_load_callbacks(JNIEnv* env);
void rj_on_log(void* user_data, raddle_log_level_t level, const char* message);
int32_t rj_on_event(void* user_data, const raddle_event_t* event);
int32_t rj_on_token(void* user_data, int32_t token, const char* text, size_t text_bytes);
int32_t rj_on_batch_source(void* user_data, int64_t step, int64_t micro_batch,
                           raddle_batch_t* batch);
int32_t rj_on_checkpoint(void* user_data, const raddle_checkpoint_info_t* info);
