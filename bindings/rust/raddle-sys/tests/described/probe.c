/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the header says. Written by include/interface/generate.py. */
#include <inttypes.h>
#include <raddle/raddle.h>
#include <stdio.h>

#define KIND(value)          \
  _Generic((value), int8_t   \
           : "i8", uint8_t   \
           : "u8", int16_t   \
           : "i16", uint16_t \
           : "u16", int32_t  \
           : "i32", uint32_t \
           : "u32", int64_t  \
           : "i64", uint64_t \
           : "u64", float    \
           : "f32", double   \
           : "f64", default  \
           : "other")
#define SIZE(type) printf("size " #type " %zu\n", sizeof(type))
#define FIELD(type, field)                                                 \
  printf("field " #type "." #field " %zu %zu %s\n", offsetof(type, field), \
         sizeof(((type*)0)->field), KIND(((type*)0)->field))
#define VALUE(name) printf("value " #name " %" PRId64 "\n", (int64_t)(name))

static void print_raddle_context_options_t(void) {
  SIZE(raddle_context_options_t);
  FIELD(raddle_context_options_t, struct_size);
  FIELD(raddle_context_options_t, log_level);
  FIELD(raddle_context_options_t, reserved);
  FIELD(raddle_context_options_t, log_callback);
  FIELD(raddle_context_options_t, log_user_data);
}

static void print_raddle_option_info_t(void) {
  SIZE(raddle_option_info_t);
  FIELD(raddle_option_info_t, struct_size);
  FIELD(raddle_option_info_t, key);
  FIELD(raddle_option_info_t, type);
  FIELD(raddle_option_info_t, default_value);
  FIELD(raddle_option_info_t, unit);
  FIELD(raddle_option_info_t, scope);
  FIELD(raddle_option_info_t, accepts);
  FIELD(raddle_option_info_t, help);
  FIELD(raddle_option_info_t, environment);
  FIELD(raddle_option_info_t, change);
}

static void print_raddle_world_options_t(void) {
  SIZE(raddle_world_options_t);
  FIELD(raddle_world_options_t, struct_size);
  FIELD(raddle_world_options_t, rank);
  FIELD(raddle_world_options_t, size);
  FIELD(raddle_world_options_t, coordinator);
  FIELD(raddle_world_options_t, secret);
}

static void print_raddle_op_info_t(void) {
  SIZE(raddle_op_info_t);
  FIELD(raddle_op_info_t, struct_size);
  FIELD(raddle_op_info_t, name);
  FIELD(raddle_op_info_t, inputs);
  FIELD(raddle_op_info_t, outputs);
  FIELD(raddle_op_info_t, attributes);
  FIELD(raddle_op_info_t, help);
  FIELD(raddle_op_info_t, input_count_min);
  FIELD(raddle_op_info_t, input_count_max);
  FIELD(raddle_op_info_t, output_count);
}

static void print_raddle_graph_tensor_t(void) {
  SIZE(raddle_graph_tensor_t);
  FIELD(raddle_graph_tensor_t, struct_size);
  FIELD(raddle_graph_tensor_t, name);
  FIELD(raddle_graph_tensor_t, kind);
  FIELD(raddle_graph_tensor_t, dtype);
  FIELD(raddle_graph_tensor_t, rank);
  FIELD(raddle_graph_tensor_t, node);
  FIELD(raddle_graph_tensor_t, dims);
  FIELD(raddle_graph_tensor_t, loss_coefficient);
  FIELD(raddle_graph_tensor_t, is_output);
  FIELD(raddle_graph_tensor_t, reserved);
}

static void print_raddle_graph_node_t(void) {
  SIZE(raddle_graph_node_t);
  FIELD(raddle_graph_node_t, struct_size);
  FIELD(raddle_graph_node_t, op);
  FIELD(raddle_graph_node_t, block);
  FIELD(raddle_graph_node_t, reserved);
  FIELD(raddle_graph_node_t, inputs);
  FIELD(raddle_graph_node_t, input_count);
  FIELD(raddle_graph_node_t, outputs);
  FIELD(raddle_graph_node_t, output_count);
  FIELD(raddle_graph_node_t, attributes);
  FIELD(raddle_graph_node_t, attribute_count);
}

static void print_raddle_memory_table_t(void) {
  SIZE(raddle_memory_table_t);
  FIELD(raddle_memory_table_t, struct_size);
  FIELD(raddle_memory_table_t, parameter_bytes);
  FIELD(raddle_memory_table_t, gradient_bytes);
  FIELD(raddle_memory_table_t, optimizer_bytes);
  FIELD(raddle_memory_table_t, activation_bytes);
  FIELD(raddle_memory_table_t, scratch_bytes);
  FIELD(raddle_memory_table_t, other_bytes);
  FIELD(raddle_memory_table_t, total_bytes);
  FIELD(raddle_memory_table_t, limit_bytes);
  FIELD(raddle_memory_table_t, missing_bytes);
}

static void print_raddle_tokenize_result_t(void) {
  SIZE(raddle_tokenize_result_t);
  FIELD(raddle_tokenize_result_t, struct_size);
  FIELD(raddle_tokenize_result_t, documents);
  FIELD(raddle_tokenize_result_t, tokens);
  FIELD(raddle_tokenize_result_t, bytes);
  FIELD(raddle_tokenize_result_t, replaced);
}

static void print_raddle_session_options_t(void) {
  SIZE(raddle_session_options_t);
  FIELD(raddle_session_options_t, struct_size);
  FIELD(raddle_session_options_t, run_directory);
  FIELD(raddle_session_options_t, resume);
  FIELD(raddle_session_options_t, trace_path);
}

static void print_raddle_session_info_t(void) {
  SIZE(raddle_session_info_t);
  FIELD(raddle_session_info_t, struct_size);
  FIELD(raddle_session_info_t, parameter_elements);
  FIELD(raddle_session_info_t, vocab_size);
  FIELD(raddle_session_info_t, context_tokens);
  FIELD(raddle_session_info_t, micro_batch_tokens);
  FIELD(raddle_session_info_t, micro_batches);
  FIELD(raddle_session_info_t, steps_done);
  FIELD(raddle_session_info_t, steps_total);
  FIELD(raddle_session_info_t, tokens_done);
  FIELD(raddle_session_info_t, flops_per_token);
  FIELD(raddle_session_info_t, memory_bytes);
  FIELD(raddle_session_info_t, threads);
  FIELD(raddle_session_info_t, reserved);
}

static void print_raddle_metrics_t(void) {
  SIZE(raddle_metrics_t);
  FIELD(raddle_metrics_t, struct_size);
  FIELD(raddle_metrics_t, step);
  FIELD(raddle_metrics_t, loss);
  FIELD(raddle_metrics_t, total_loss);
  FIELD(raddle_metrics_t, grad_norm);
  FIELD(raddle_metrics_t, learning_rate);
  FIELD(raddle_metrics_t, step_tokens);
  FIELD(raddle_metrics_t, tokens);
  FIELD(raddle_metrics_t, step_ms);
  FIELD(raddle_metrics_t, tokens_per_second);
  FIELD(raddle_metrics_t, flops_per_second);
  FIELD(raddle_metrics_t, skipped_total);
  FIELD(raddle_metrics_t, skipped);
  FIELD(raddle_metrics_t, reserved);
}

static void print_raddle_batch_t(void) {
  SIZE(raddle_batch_t);
  FIELD(raddle_batch_t, struct_size);
  FIELD(raddle_batch_t, token_count);
  FIELD(raddle_batch_t, tokens);
  FIELD(raddle_batch_t, targets);
  FIELD(raddle_batch_t, weights);
  FIELD(raddle_batch_t, positions);
  FIELD(raddle_batch_t, cu_seqlens);
  FIELD(raddle_batch_t, sequence_count);
}

static void print_raddle_tensor_view_t(void) {
  SIZE(raddle_tensor_view_t);
  FIELD(raddle_tensor_view_t, struct_size);
  FIELD(raddle_tensor_view_t, name);
  FIELD(raddle_tensor_view_t, data);
  FIELD(raddle_tensor_view_t, dtype);
  FIELD(raddle_tensor_view_t, rank);
  FIELD(raddle_tensor_view_t, dims);
}

static void print_raddle_evaluation_t(void) {
  SIZE(raddle_evaluation_t);
  FIELD(raddle_evaluation_t, struct_size);
  FIELD(raddle_evaluation_t, step);
  FIELD(raddle_evaluation_t, loss);
  FIELD(raddle_evaluation_t, perplexity);
  FIELD(raddle_evaluation_t, bits_per_byte);
  FIELD(raddle_evaluation_t, tokens);
  FIELD(raddle_evaluation_t, bytes);
  FIELD(raddle_evaluation_t, seconds);
}

static void print_raddle_event_t(void) {
  SIZE(raddle_event_t);
  FIELD(raddle_event_t, struct_size);
  FIELD(raddle_event_t, kind);
  FIELD(raddle_event_t, reserved);
  FIELD(raddle_event_t, step);
  FIELD(raddle_event_t, steps_total);
  FIELD(raddle_event_t, metrics);
  FIELD(raddle_event_t, evaluation);
  FIELD(raddle_event_t, path);
  FIELD(raddle_event_t, message);
  FIELD(raddle_event_t, text);
  FIELD(raddle_event_t, text_bytes);
  FIELD(raddle_event_t, token);
  FIELD(raddle_event_t, reserved2);
}

static void print_raddle_train_result_t(void) {
  SIZE(raddle_train_result_t);
  FIELD(raddle_train_result_t, struct_size);
  FIELD(raddle_train_result_t, steps_done);
  FIELD(raddle_train_result_t, stopped);
  FIELD(raddle_train_result_t, saved);
  FIELD(raddle_train_result_t, seconds);
}

static void print_raddle_generate_options_t(void) {
  SIZE(raddle_generate_options_t);
  FIELD(raddle_generate_options_t, struct_size);
  FIELD(raddle_generate_options_t, max_tokens);
  FIELD(raddle_generate_options_t, temperature);
  FIELD(raddle_generate_options_t, top_k);
  FIELD(raddle_generate_options_t, seed);
  FIELD(raddle_generate_options_t, greedy);
  FIELD(raddle_generate_options_t, ignore_end);
}

static void print_raddle_generate_result_t(void) {
  SIZE(raddle_generate_result_t);
  FIELD(raddle_generate_result_t, struct_size);
  FIELD(raddle_generate_result_t, token_count);
  FIELD(raddle_generate_result_t, prompt_ms);
  FIELD(raddle_generate_result_t, tokens_per_second);
  FIELD(raddle_generate_result_t, ended);
  FIELD(raddle_generate_result_t, reserved);
}

static void print_raddle_tensor_info_t(void) {
  SIZE(raddle_tensor_info_t);
  FIELD(raddle_tensor_info_t, struct_size);
  FIELD(raddle_tensor_info_t, name);
  FIELD(raddle_tensor_info_t, parameter);
  FIELD(raddle_tensor_info_t, role);
  FIELD(raddle_tensor_info_t, dtype);
  FIELD(raddle_tensor_info_t, rank);
  FIELD(raddle_tensor_info_t, trained);
  FIELD(raddle_tensor_info_t, dims);
  FIELD(raddle_tensor_info_t, element_begin);
  FIELD(raddle_tensor_info_t, element_end);
  FIELD(raddle_tensor_info_t, on_host);
  FIELD(raddle_tensor_info_t, foreign);
}

static void print_raddle_dl_tensor_t(void) {
  SIZE(raddle_dl_tensor_t);
  FIELD(raddle_dl_tensor_t, data);
  FIELD(raddle_dl_tensor_t, device_type);
  FIELD(raddle_dl_tensor_t, device_id);
  FIELD(raddle_dl_tensor_t, ndim);
  FIELD(raddle_dl_tensor_t, dtype_code);
  FIELD(raddle_dl_tensor_t, dtype_bits);
  FIELD(raddle_dl_tensor_t, dtype_lanes);
  FIELD(raddle_dl_tensor_t, shape);
  FIELD(raddle_dl_tensor_t, strides);
  FIELD(raddle_dl_tensor_t, byte_offset);
}

static void print_raddle_dl_versioned_t(void) {
  SIZE(raddle_dl_versioned_t);
  FIELD(raddle_dl_versioned_t, version_major);
  FIELD(raddle_dl_versioned_t, version_minor);
  FIELD(raddle_dl_versioned_t, manager_ctx);
  FIELD(raddle_dl_versioned_t, deleter);
  FIELD(raddle_dl_versioned_t, flags);
  FIELD(raddle_dl_versioned_t, dl_tensor);
}

static void print_raddle_dl_managed_t(void) {
  SIZE(raddle_dl_managed_t);
  FIELD(raddle_dl_managed_t, dl_tensor);
  FIELD(raddle_dl_managed_t, manager_ctx);
  FIELD(raddle_dl_managed_t, deleter);
}

static void print_raddle_backward_options_t(void) {
  SIZE(raddle_backward_options_t);
  FIELD(raddle_backward_options_t, struct_size);
  FIELD(raddle_backward_options_t, weight_sum);
  FIELD(raddle_backward_options_t, accumulate);
  FIELD(raddle_backward_options_t, reserved);
}

static void print_raddle_apply_options_t(void) {
  SIZE(raddle_apply_options_t);
  FIELD(raddle_apply_options_t, struct_size);
  FIELD(raddle_apply_options_t, learning_rate);
  FIELD(raddle_apply_options_t, own_learning_rate);
  FIELD(raddle_apply_options_t, reserved);
}

static void print_raddle_checkpoint_info_t(void) {
  SIZE(raddle_checkpoint_info_t);
  FIELD(raddle_checkpoint_info_t, struct_size);
  FIELD(raddle_checkpoint_info_t, path);
  FIELD(raddle_checkpoint_info_t, step);
  FIELD(raddle_checkpoint_info_t, bytes);
  FIELD(raddle_checkpoint_info_t, good);
  FIELD(raddle_checkpoint_info_t, reserved);
  FIELD(raddle_checkpoint_info_t, problem);
  FIELD(raddle_checkpoint_info_t, branch);
  FIELD(raddle_checkpoint_info_t, in_force);
  FIELD(raddle_checkpoint_info_t, half_written);
}

static void print_raddle_machine_peaks_t(void) {
  SIZE(raddle_machine_peaks_t);
  FIELD(raddle_machine_peaks_t, struct_size);
  FIELD(raddle_machine_peaks_t, threads);
  FIELD(raddle_machine_peaks_t, reserved);
  FIELD(raddle_machine_peaks_t, fma_gflops);
  FIELD(raddle_machine_peaks_t, triad_gb_per_second);
}

static void print_raddle_step_bench_t(void) {
  SIZE(raddle_step_bench_t);
  FIELD(raddle_step_bench_t, struct_size);
  FIELD(raddle_step_bench_t, steps);
  FIELD(raddle_step_bench_t, tokens_per_step);
  FIELD(raddle_step_bench_t, parameter_elements);
  FIELD(raddle_step_bench_t, flops_per_step);
  FIELD(raddle_step_bench_t, peak_rss_bytes);
  FIELD(raddle_step_bench_t, step_ms_median);
  FIELD(raddle_step_bench_t, step_ms_min);
  FIELD(raddle_step_bench_t, step_ms_max);
  FIELD(raddle_step_bench_t, first_step_ms);
  FIELD(raddle_step_bench_t, plan_ms);
  FIELD(raddle_step_bench_t, create_ms);
  FIELD(raddle_step_bench_t, tokens_per_second);
}

static void print_values_0(void) {
  VALUE(RADDLE_OK);
  VALUE(RADDLE_INVALID_ARGUMENT);
  VALUE(RADDLE_NOT_FOUND);
  VALUE(RADDLE_ALREADY_EXISTS);
  VALUE(RADDLE_FAILED_PRECONDITION);
  VALUE(RADDLE_OUT_OF_RANGE);
  VALUE(RADDLE_RESOURCE_EXHAUSTED);
  VALUE(RADDLE_UNAVAILABLE);
  VALUE(RADDLE_DATA_LOSS);
  VALUE(RADDLE_UNIMPLEMENTED);
  VALUE(RADDLE_CANCELLED);
  VALUE(RADDLE_ABORTED);
  VALUE(RADDLE_NUMERIC);
  VALUE(RADDLE_IO);
  VALUE(RADDLE_INTERNAL);
  VALUE(RADDLE_SCOPE_CALL);
  VALUE(RADDLE_SCOPE_DEVICE);
  VALUE(RADDLE_SCOPE_PEER);
  VALUE(RADDLE_SCOPE_GROUP);
  VALUE(RADDLE_SCOPE_JOB);
  VALUE(RADDLE_LOG_DEFAULT);
  VALUE(RADDLE_LOG_DEBUG);
  VALUE(RADDLE_LOG_INFO);
  VALUE(RADDLE_LOG_WARNING);
  VALUE(RADDLE_LOG_ERROR);
  VALUE(RADDLE_LOG_OFF);
  VALUE(RADDLE_STOP_NONE);
  VALUE(RADDLE_STOP_REQUESTED);
  VALUE(RADDLE_STOP_CANCELLED);
  VALUE(RADDLE_ORIGIN_DEFAULT);
  VALUE(RADDLE_ORIGIN_RECIPE);
  VALUE(RADDLE_ORIGIN_ENVIRONMENT);
  VALUE(RADDLE_ORIGIN_SET);
  VALUE(RADDLE_ORIGIN_CALL);
  VALUE(RADDLE_F32);
  VALUE(RADDLE_F64);
  VALUE(RADDLE_BF16);
  VALUE(RADDLE_F16);
  VALUE(RADDLE_I32);
  VALUE(RADDLE_I64);
}

static void print_values_1(void) {
  VALUE(RADDLE_U8);
  VALUE(RADDLE_U16);
  VALUE(RADDLE_U32);
  VALUE(RADDLE_TENSOR_INPUT);
  VALUE(RADDLE_TENSOR_PARAMETER);
  VALUE(RADDLE_TENSOR_CACHE);
  VALUE(RADDLE_TENSOR_ACTIVATION);
  VALUE(RADDLE_EVENT_NONE);
  VALUE(RADDLE_EVENT_STEP);
  VALUE(RADDLE_EVENT_EVALUATION);
  VALUE(RADDLE_EVENT_CHECKPOINT);
  VALUE(RADDLE_EVENT_WARNING);
  VALUE(RADDLE_EVENT_TOKEN);
  VALUE(RADDLE_EVENT_END);
  VALUE(RADDLE_ROLE_PARAMETER);
  VALUE(RADDLE_ROLE_GRADIENT);
  VALUE(RADDLE_ROLE_MOMENT1);
  VALUE(RADDLE_ROLE_MOMENT2);
  VALUE(RADDLE_ROLE_COMPUTE);
  VALUE(RADDLE_DL_CPU);
  VALUE(RADDLE_DL_CUDA);
  VALUE(RADDLE_DL_INT);
  VALUE(RADDLE_DL_UINT);
  VALUE(RADDLE_DL_FLOAT);
  VALUE(RADDLE_DL_BFLOAT);
  VALUE(RADDLE_VERSION_MAJOR);
  VALUE(RADDLE_VERSION_MINOR);
  VALUE(RADDLE_VERSION_PATCH);
  VALUE(RADDLE_NO_TENSOR);
  VALUE(RADDLE_RANK_MAX);
  VALUE(RADDLE_DL_READ_ONLY);
}

int main(void) {
  print_raddle_context_options_t();
  print_raddle_option_info_t();
  print_raddle_world_options_t();
  print_raddle_op_info_t();
  print_raddle_graph_tensor_t();
  print_raddle_graph_node_t();
  print_raddle_memory_table_t();
  print_raddle_tokenize_result_t();
  print_raddle_session_options_t();
  print_raddle_session_info_t();
  print_raddle_metrics_t();
  print_raddle_batch_t();
  print_raddle_tensor_view_t();
  print_raddle_evaluation_t();
  print_raddle_event_t();
  print_raddle_train_result_t();
  print_raddle_generate_options_t();
  print_raddle_generate_result_t();
  print_raddle_tensor_info_t();
  print_raddle_dl_tensor_t();
  print_raddle_dl_versioned_t();
  print_raddle_dl_managed_t();
  print_raddle_backward_options_t();
  print_raddle_apply_options_t();
  print_raddle_checkpoint_info_t();
  print_raddle_machine_peaks_t();
  print_raddle_step_bench_t();
  print_values_0();
  print_values_1();
  return 0;
}
