// SPDX-License-Identifier: Apache-2.0
// What the header is compared with. Written by include/interface/generate.py.
use raddle_sys::*;

pub fn facts(out: &mut Vec<String>) {
    layout!(out, raddle_context_options_t {
        struct_size, log_level, reserved, log_callback, log_user_data
    });
    layout!(out, raddle_option_info_t {
        struct_size, key, r#type, default_value, unit, scope, accepts, help, environment, change
    });
    layout!(out, raddle_world_options_t {
        struct_size, rank, size, coordinator, secret
    });
    layout!(out, raddle_op_info_t {
        struct_size, name, inputs, outputs, attributes, help, input_count_min, input_count_max,
        output_count
    });
    layout!(out, raddle_graph_tensor_t {
        struct_size, name, kind, dtype, rank, node, dims, loss_coefficient, is_output, reserved
    });
    layout!(out, raddle_graph_node_t {
        struct_size, op, block, reserved, inputs, input_count, outputs, output_count, attributes,
        attribute_count
    });
    layout!(out, raddle_memory_table_t {
        struct_size, parameter_bytes, gradient_bytes, optimizer_bytes, activation_bytes,
        scratch_bytes, other_bytes, total_bytes, limit_bytes, missing_bytes
    });
    layout!(out, raddle_tokenize_result_t {
        struct_size, documents, tokens, bytes, replaced
    });
    layout!(out, raddle_session_options_t {
        struct_size, run_directory, resume, trace_path
    });
    layout!(out, raddle_session_info_t {
        struct_size, parameter_elements, vocab_size, context_tokens, micro_batch_tokens,
        micro_batches, steps_done, steps_total, tokens_done, flops_per_token, memory_bytes, threads,
        reserved
    });
    layout!(out, raddle_metrics_t {
        struct_size, step, loss, total_loss, grad_norm, learning_rate, step_tokens, tokens, step_ms,
        tokens_per_second, flops_per_second, skipped_total, skipped, reserved
    });
    layout!(out, raddle_batch_t {
        struct_size, token_count, tokens, targets, weights, positions, cu_seqlens, sequence_count
    });
    layout!(out, raddle_tensor_view_t {
        struct_size, name, data, dtype, rank, dims
    });
    layout!(out, raddle_evaluation_t {
        struct_size, step, loss, perplexity, bits_per_byte, tokens, bytes, seconds
    });
    layout!(out, raddle_event_t {
        struct_size, kind, reserved, step, steps_total, metrics, evaluation, path, message, text,
        text_bytes, token, reserved2
    });
    layout!(out, raddle_train_result_t {
        struct_size, steps_done, stopped, saved, seconds
    });
    layout!(out, raddle_generate_options_t {
        struct_size, max_tokens, temperature, top_k, seed, greedy, ignore_end
    });
    layout!(out, raddle_generate_result_t {
        struct_size, token_count, prompt_ms, tokens_per_second, ended, reserved
    });
    layout!(out, raddle_tensor_info_t {
        struct_size, name, parameter, role, dtype, rank, trained, dims, element_begin, element_end,
        on_host, foreign
    });
    layout!(out, raddle_dl_tensor_t {
        data, device_type, device_id, ndim, dtype_code, dtype_bits, dtype_lanes, shape, strides,
        byte_offset
    });
    layout!(out, raddle_dl_versioned_t {
        version_major, version_minor, manager_ctx, deleter, flags, dl_tensor
    });
    layout!(out, raddle_dl_managed_t {
        dl_tensor, manager_ctx, deleter
    });
    layout!(out, raddle_backward_options_t {
        struct_size, weight_sum, accumulate, reserved
    });
    layout!(out, raddle_apply_options_t {
        struct_size, learning_rate, own_learning_rate, reserved
    });
    layout!(out, raddle_checkpoint_info_t {
        struct_size, path, step, bytes, good, reserved, problem, branch, in_force, half_written
    });
    layout!(out, raddle_machine_peaks_t {
        struct_size, threads, reserved, fma_gflops, triad_gb_per_second
    });
    layout!(out, raddle_step_bench_t {
        struct_size, steps, tokens_per_step, parameter_elements, flops_per_step, peak_rss_bytes,
        step_ms_median, step_ms_min, step_ms_max, first_step_ms, plan_ms, create_ms,
        tokens_per_second
    });
    values!(
        out,
        RADDLE_OK, RADDLE_INVALID_ARGUMENT, RADDLE_NOT_FOUND, RADDLE_ALREADY_EXISTS,
        RADDLE_FAILED_PRECONDITION, RADDLE_OUT_OF_RANGE, RADDLE_RESOURCE_EXHAUSTED,
        RADDLE_UNAVAILABLE, RADDLE_DATA_LOSS, RADDLE_UNIMPLEMENTED, RADDLE_CANCELLED,
        RADDLE_ABORTED, RADDLE_NUMERIC, RADDLE_IO, RADDLE_INTERNAL, RADDLE_SCOPE_CALL,
        RADDLE_SCOPE_DEVICE, RADDLE_SCOPE_PEER, RADDLE_SCOPE_GROUP, RADDLE_SCOPE_JOB,
        RADDLE_LOG_DEFAULT, RADDLE_LOG_DEBUG, RADDLE_LOG_INFO, RADDLE_LOG_WARNING, RADDLE_LOG_ERROR,
        RADDLE_LOG_OFF, RADDLE_STOP_NONE, RADDLE_STOP_REQUESTED, RADDLE_STOP_CANCELLED,
        RADDLE_ORIGIN_DEFAULT, RADDLE_ORIGIN_RECIPE, RADDLE_ORIGIN_ENVIRONMENT, RADDLE_ORIGIN_SET,
        RADDLE_ORIGIN_CALL, RADDLE_F32, RADDLE_F64, RADDLE_BF16, RADDLE_F16, RADDLE_I32, RADDLE_I64,
        RADDLE_U8, RADDLE_U16, RADDLE_U32, RADDLE_TENSOR_INPUT, RADDLE_TENSOR_PARAMETER,
        RADDLE_TENSOR_CACHE, RADDLE_TENSOR_ACTIVATION, RADDLE_EVENT_NONE, RADDLE_EVENT_STEP,
        RADDLE_EVENT_EVALUATION, RADDLE_EVENT_CHECKPOINT, RADDLE_EVENT_WARNING, RADDLE_EVENT_TOKEN,
        RADDLE_EVENT_END, RADDLE_ROLE_PARAMETER, RADDLE_ROLE_GRADIENT, RADDLE_ROLE_MOMENT1,
        RADDLE_ROLE_MOMENT2, RADDLE_ROLE_COMPUTE, RADDLE_DL_CPU, RADDLE_DL_CUDA, RADDLE_DL_INT,
        RADDLE_DL_UINT, RADDLE_DL_FLOAT, RADDLE_DL_BFLOAT, RADDLE_VERSION_MAJOR,
        RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH, RADDLE_NO_TENSOR, RADDLE_RANK_MAX,
        RADDLE_DL_READ_ONLY
    );
}

pub fn functions() -> Vec<(&'static str, *const ())> {
    functions!(
        raddle_version, raddle_version_string, raddle_build_info, raddle_text_destroy,
        raddle_status_code, raddle_status_scope, raddle_status_message, raddle_status_destroy,
        raddle_code_name, raddle_scope_name, raddle_context_options_init, raddle_context_create,
        raddle_context_destroy, raddle_context_describe, raddle_stop_create, raddle_stop_destroy,
        raddle_stop_request, raddle_stop_cancel, raddle_stop_grade, raddle_stop_done,
        raddle_stop_total, raddle_option_info_init, raddle_config_create, raddle_config_destroy,
        raddle_config_set, raddle_config_set_from, raddle_config_load_file, raddle_config_load_text,
        raddle_config_load_environment, raddle_config_get, raddle_config_get_origin,
        raddle_config_validate, raddle_config_fill_model, raddle_config_to_toml, raddle_config_hash,
        raddle_option_count, raddle_option_get_info, raddle_world_options_init, raddle_world_join,
        raddle_world_destroy, raddle_world_leave, raddle_world_rank, raddle_world_size,
        raddle_world_place_json, raddle_op_info_init, raddle_op_count, raddle_op_get_info,
        raddle_graph_create, raddle_graph_destroy, raddle_graph_create_model,
        raddle_graph_create_from_text, raddle_graph_add_input, raddle_graph_add_parameter,
        raddle_graph_add_op, raddle_graph_set_block, raddle_graph_set_precision,
        raddle_graph_add_loss, raddle_graph_add_output, raddle_graph_finish, raddle_graph_to_text,
        raddle_graph_parameter_elements, raddle_graph_tensor_init, raddle_graph_node_init,
        raddle_graph_tensor_count, raddle_graph_get_tensor, raddle_graph_find_tensor,
        raddle_graph_node_count, raddle_graph_get_node, raddle_memory_table_init,
        raddle_plan_create, raddle_plan_destroy, raddle_plan_get_memory, raddle_plan_explain,
        raddle_plan_to_json, raddle_plan_hash, raddle_mesh_plan, raddle_mesh_plan_groups,
        raddle_mesh_simulate, raddle_mesh_draw_lengths, raddle_tokenizer_open,
        raddle_tokenizer_train, raddle_tokenizer_destroy, raddle_tokenizer_save,
        raddle_tokenizer_vocab_size, raddle_tokenizer_end_token, raddle_tokenizer_encode,
        raddle_tokenizer_encode_prompt, raddle_tokenizer_decode, raddle_tokenize_result_init,
        raddle_data_tokenize, raddle_data_inspect, raddle_session_options_init,
        raddle_session_create, raddle_session_create_from_graph, raddle_session_create_in_world,
        raddle_session_open, raddle_session_destroy, raddle_session_info_init,
        raddle_session_get_info, raddle_session_get_tokenizer, raddle_metrics_init,
        raddle_batch_init, raddle_session_step, raddle_session_step_on_data,
        raddle_tensor_view_init, raddle_session_step_inputs, raddle_evaluation_init,
        raddle_session_evaluate, raddle_train_result_init, raddle_session_train,
        raddle_session_logits, raddle_session_write_logits, raddle_generate_options_init,
        raddle_generate_result_init, raddle_session_generate, raddle_session_tensor_count,
        raddle_session_tensor_name, raddle_tensor_info_init, raddle_session_get_tensor_info,
        raddle_session_get_tensor, raddle_session_export_dlpack, raddle_session_export_tensor,
        raddle_backward_options_init, raddle_session_backward, raddle_session_backward_inputs,
        raddle_apply_options_init, raddle_session_apply, raddle_session_step_tokens,
        raddle_session_train_on, raddle_session_evaluate_batches, raddle_session_forward_inputs,
        raddle_session_read_output, raddle_session_read_tensor, raddle_session_write_tensor,
        raddle_session_get_config, raddle_session_train_start, raddle_session_generate_start,
        raddle_operation_poll, raddle_operation_join, raddle_operation_destroy, raddle_session_save,
        raddle_session_restore, raddle_checkpoint_list, raddle_checkpoint_verify,
        raddle_checkpoint_export, raddle_machine_peaks_init, raddle_bench_machine,
        raddle_step_bench_init, raddle_bench_step
    )
}
