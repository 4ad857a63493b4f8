# SPDX-License-Identifier: Apache-2.0
"""What each of Raddle's functions returns and takes, as ctypes checks it.

Generated from include/interface by emit_python.py: change the description, not this file."""

from ctypes import (POINTER, c_char_p, c_double, c_float, c_int32, c_int64, c_size_t, c_uint32,
                    c_uint64, c_void_p)
from typing import Any, Dict, Tuple

from ._raw import (raddle_apply_options_t, raddle_backward_options_t, raddle_batch_source_t,
                   raddle_batch_t, raddle_checkpoint_callback_t, raddle_config_t,
                   raddle_context_options_t, raddle_context_t, raddle_dl_managed_t,
                   raddle_dl_versioned_t, raddle_evaluation_t, raddle_event_callback_t,
                   raddle_event_t, raddle_generate_options_t, raddle_generate_result_t,
                   raddle_graph_node_t, raddle_graph_t, raddle_graph_tensor_t,
                   raddle_machine_peaks_t, raddle_memory_table_t, raddle_metrics_t,
                   raddle_op_info_t, raddle_operation_t, raddle_option_info_t, raddle_plan_t,
                   raddle_session_info_t, raddle_session_options_t, raddle_session_t,
                   raddle_status_t, raddle_step_bench_t, raddle_stop_t, raddle_tensor_info_t,
                   raddle_tensor_view_t, raddle_token_callback_t, raddle_tokenize_result_t,
                   raddle_tokenizer_t, raddle_train_result_t, raddle_world_options_t,
                   raddle_world_t)

FUNCTIONS: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {
    # The version of the library that is loaded, to be compared with RADDLE_VERSION.
    "raddle_version": (c_uint32, ()),
    # The same as text, "0.1.0".
    "raddle_version_string": (c_char_p, ()),
    # How the library was built: lines of "key: value" (version, compiler, build type, sanitizers).
    "raddle_build_info": (c_char_p, ()),
    # Frees a text that a function returned through a `char** out_...`, and sets *text to NULL.
    "raddle_text_destroy": (None, (POINTER(c_char_p),)),
    # What the caller should do next.
    "raddle_status_code": (c_int32, (raddle_status_t,)),
    # The largest entity that is broken.
    "raddle_status_scope": (c_int32, (raddle_status_t,)),
    # What went wrong, with what, expected and actual, what to do.
    "raddle_status_message": (c_char_p, (raddle_status_t,)),
    # Frees the error and sets *status to NULL; NULL and a pointer to NULL are accepted.
    "raddle_status_destroy": (None, (POINTER(raddle_status_t),)),
    # "INVALID_ARGUMENT"; "UNKNOWN" for a code that this library does not know.
    "raddle_code_name": (c_char_p, (c_int32,)),
    # "call"; "unknown" for a scope that this library does not know.
    "raddle_scope_name": (c_char_p, (c_int32,)),
    # What RADDLE_CONTEXT_OPTIONS_INIT gives, for languages without macros.
    "raddle_context_options_init": (None, (POINTER(raddle_context_options_t), c_size_t)),
    # Makes a context.
    "raddle_context_create": (raddle_status_t, (POINTER(raddle_context_options_t),
                                                POINTER(POINTER(raddle_context_t)))),
    # When it returns, the log callback is not running and will not run again.
    "raddle_context_destroy": (None, (POINTER(POINTER(raddle_context_t)),)),
    # What the machine offers and what Raddle makes of it, as a JSON object: processor, instruction
    # sets, cores, memory and its limits, matrix libraries found, the kernel that each op would get
    # and why.
    "raddle_context_describe": (raddle_status_t, (POINTER(raddle_context_t), POINTER(c_char_p))),
    # One that asks for nothing yet.
    "raddle_stop_create": (raddle_status_t, (POINTER(POINTER(raddle_stop_t)),)),
    # NULL-safe; nulls it.
    "raddle_stop_destroy": (None, (POINTER(POINTER(raddle_stop_t)),)),
    # Asks to stop in good order.
    "raddle_stop_request": (None, (POINTER(raddle_stop_t),)),
    # Makes every call that has it return CANCELLED as soon as possible.
    "raddle_stop_cancel": (None, (POINTER(raddle_stop_t),)),
    # What was asked for so far; it only rises.
    "raddle_stop_grade": (c_int32, (POINTER(raddle_stop_t),)),
    # How far the work is that began last with it, in the parts that raddle_stop_total() counts:
    # steps of a training, tokens of a generation, batches of an evaluation, merges of a tokenizer,
    # bytes of anything that reads or writes files.
    "raddle_stop_done": (c_int64, (POINTER(raddle_stop_t),)),
    # How many parts that work has.
    "raddle_stop_total": (c_int64, (POINTER(raddle_stop_t),)),
    # What RADDLE_OPTION_INFO_INIT gives, for languages without macros.
    "raddle_option_info_init": (None, (POINTER(raddle_option_info_t), c_size_t)),
    # Every option at its default.
    "raddle_config_create": (raddle_status_t, (POINTER(POINTER(raddle_config_t)),)),
    # NULL-safe; nulls it.
    "raddle_config_destroy": (None, (POINTER(POINTER(raddle_config_t)),)),
    # Sets one option from this program: the highest rank.
    "raddle_config_set": (raddle_status_t, (POINTER(raddle_config_t), c_char_p, c_char_p)),
    # The same with another origin, for programs that read command lines or files of their own.
    "raddle_config_set_from": (raddle_status_t, (POINTER(raddle_config_t), c_char_p, c_char_p,
                                                 c_int32, c_char_p)),
    # Reads a recipe: a TOML file, where nested tables make dotted keys.
    "raddle_config_load_file": (raddle_status_t, (POINTER(raddle_config_t), c_char_p)),
    # The same from memory.
    "raddle_config_load_text": (raddle_status_t, (POINTER(raddle_config_t), c_char_p, c_size_t,
                                                  c_char_p)),
    # Takes RADDLE_TRAIN_STEPS and the like from the process's environment.
    "raddle_config_load_environment": (raddle_status_t, (POINTER(raddle_config_t),)),
    # The value as text, in canonical form.
    "raddle_config_get": (raddle_status_t, (POINTER(raddle_config_t), c_char_p, POINTER(c_char_p))),
    # Where the value came from: "default", "recipe kjv.toml:12", "environment RADDLE_TRAIN_STEPS",
    # "--set", "call", or what the call named.
    "raddle_config_get_origin": (raddle_status_t, (POINTER(raddle_config_t), c_char_p,
                                                   POINTER(c_char_p))),
    # Checks what no single value shows wrong.
    "raddle_config_validate": (raddle_status_t, (POINTER(raddle_config_t),)),
    # Sets the keys model.* that no source set to those of the model that model.hf_config or
    # model.init_from names, to look at; where neither is set nothing changes.
    "raddle_config_fill_model": (raddle_status_t, (POINTER(raddle_config_t),)),
    # Every option as TOML, sorted by key; raddle_config_load_text() reads it back.
    "raddle_config_to_toml": (raddle_status_t, (POINTER(raddle_config_t), POINTER(c_char_p))),
    # A hash of the options of scope "cluster": equal hashes mean the same run.
    "raddle_config_hash": (c_uint64, (POINTER(raddle_config_t),)),
    # How many options there are.
    "raddle_option_count": (c_int64, ()),
    # Option `index`, in order of key.
    "raddle_option_get_info": (raddle_status_t, (c_int64, POINTER(raddle_option_info_t))),
    # What RADDLE_WORLD_OPTIONS_INIT gives, for languages without macros.
    "raddle_world_options_init": (None, (POINTER(raddle_world_options_t), c_size_t)),
    # Joins the others and returns when all are there, or after a minute.
    "raddle_world_join": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                            POINTER(raddle_world_options_t), POINTER(raddle_stop_t),
                                            POINTER(POINTER(raddle_world_t)))),
    # Leaves in good order if that has not happened yet, and waits until the others know, at most
    # three seconds.
    "raddle_world_destroy": (None, (POINTER(POINTER(raddle_world_t)),)),
    # Tells the others how this rank ends, so that they can name the cause: with `code` OK in good
    # order, else with an error.
    "raddle_world_leave": (raddle_status_t, (POINTER(raddle_world_t), c_int32, c_char_p)),
    # Which one this process is, from 0 on.
    "raddle_world_rank": (c_int64, (POINTER(raddle_world_t),)),
    # How many ranks there are.
    "raddle_world_size": (c_int64, (POINTER(raddle_world_t),)),
    # What the environment says of this process's place, as a JSON object: `source` (whose contract
    # won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job, node_ranks,
    # or alone), `rank`, `size`, `local_rank`, `local_size`, `node_rank`, `ranks_to_start` (over 1:
    # this process is to start so many ranks and is none), `coordinator`, `has_secret`, and
    # `contradictions`, a text for each.
    "raddle_world_place_json": (raddle_status_t, (POINTER(raddle_context_t), POINTER(c_char_p))),
    # What RADDLE_OP_INFO_INIT gives, for languages without macros.
    "raddle_op_info_init": (None, (POINTER(raddle_op_info_t), c_size_t)),
    # How many kinds of op can be added to a graph.
    "raddle_op_count": (c_int64, ()),
    # Kind `index`.
    "raddle_op_get_info": (raddle_status_t, (c_int64, POINTER(raddle_op_info_t))),
    # An empty graph.
    "raddle_graph_create": (raddle_status_t, (POINTER(raddle_context_t),
                                              POINTER(POINTER(raddle_graph_t)))),
    # NULL-safe; nulls it.
    "raddle_graph_destroy": (None, (POINTER(POINTER(raddle_graph_t)),)),
    # The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual width
    # and multi-token prediction), for micro-batches of train.micro_batch_tokens.
    "raddle_graph_create_model": (raddle_status_t, (POINTER(raddle_context_t),
                                                    POINTER(raddle_config_t),
                                                    POINTER(POINTER(raddle_graph_t)))),
    # The graph that raddle_graph_to_text() wrote.
    "raddle_graph_create_from_text": (raddle_status_t, (POINTER(raddle_context_t), c_char_p,
                                                        c_size_t,
                                                        POINTER(POINTER(raddle_graph_t)))),
    # A tensor that the caller gives with every micro-batch.
    "raddle_graph_add_input": (raddle_status_t, (POINTER(raddle_graph_t), c_char_p, c_int32,
                                                 POINTER(c_int64), c_int32, POINTER(c_int32))),
    # A tensor that training changes.
    "raddle_graph_add_parameter": (raddle_status_t, (POINTER(raddle_graph_t), c_char_p, c_int32,
                                                     POINTER(c_int64), c_int32, c_char_p,
                                                     POINTER(c_int32))),
    # Any op by name.
    "raddle_graph_add_op": (raddle_status_t, (POINTER(raddle_graph_t), c_char_p, c_char_p,
                                              POINTER(c_int32), c_int64, c_char_p, POINTER(c_int32),
                                              c_int64)),
    # Ops added from now on belong to this block: what train.recompute = "block" keeps or computes
    # again as one.
    "raddle_graph_set_block": (raddle_status_t, (POINTER(raddle_graph_t), c_int32)),
    # What activations and caches are, and parameters where products and tables read them:
    # RADDLE_F32, which it is otherwise, or RADDLE_BF16.
    "raddle_graph_set_precision": (raddle_status_t, (POINTER(raddle_graph_t), c_int32)),
    # Adds `coefficient` x `loss` to what training minimises.
    "raddle_graph_add_loss": (raddle_status_t, (POINTER(raddle_graph_t), c_int32, c_double)),
    # Keeps a tensor for the caller to read after each run (raddle_session_read_output()): a result
    # beside the losses, such as logits or hidden states.
    "raddle_graph_add_output": (raddle_status_t, (POINTER(raddle_graph_t), c_int32)),
    # Checks the graph and freezes it.
    "raddle_graph_finish": (raddle_status_t, (POINTER(raddle_graph_t),)),
    # The graph as text that people can read and raddle_graph_create_from_text() reads back.
    "raddle_graph_to_text": (raddle_status_t, (POINTER(raddle_graph_t), POINTER(c_char_p))),
    # How many parameter elements the graph has.
    "raddle_graph_parameter_elements": (c_int64, (POINTER(raddle_graph_t),)),
    # What RADDLE_GRAPH_TENSOR_INIT gives, for languages without macros.
    "raddle_graph_tensor_init": (None, (POINTER(raddle_graph_tensor_t), c_size_t)),
    # What RADDLE_GRAPH_NODE_INIT gives, for languages without macros.
    "raddle_graph_node_init": (None, (POINTER(raddle_graph_node_t), c_size_t)),
    # How many tensors a finished graph has: they are numbered from 0.
    "raddle_graph_tensor_count": (c_int64, (POINTER(raddle_graph_t),)),
    # Describes a tensor of a finished graph.
    "raddle_graph_get_tensor": (raddle_status_t, (POINTER(raddle_graph_t), c_int32,
                                                  POINTER(raddle_graph_tensor_t))),
    # The tensor of that name in a finished graph.
    "raddle_graph_find_tensor": (raddle_status_t, (POINTER(raddle_graph_t), c_char_p,
                                                   POINTER(c_int32))),
    # How many operations a finished graph has, in the order in which they run.
    "raddle_graph_node_count": (c_int64, (POINTER(raddle_graph_t),)),
    # Describes an operation of a finished graph.
    "raddle_graph_get_node": (raddle_status_t, (POINTER(raddle_graph_t), c_int64,
                                                POINTER(raddle_graph_node_t))),
    # What RADDLE_MEMORY_TABLE_INIT gives, for languages without macros.
    "raddle_memory_table_init": (None, (POINTER(raddle_memory_table_t), c_size_t)),
    # Plans the training step of the model that the config describes, or of `graph`.
    "raddle_plan_create": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                             POINTER(raddle_graph_t),
                                             POINTER(POINTER(raddle_plan_t)))),
    # NULL-safe; nulls it.
    "raddle_plan_destroy": (None, (POINTER(POINTER(raddle_plan_t)),)),
    # What the plan books, and whether it fits.
    "raddle_plan_get_memory": (raddle_status_t, (POINTER(raddle_plan_t),
                                                 POINTER(raddle_memory_table_t))),
    # The plan for people: memory table, kernels with the reasons why faster ones were refused,
    # instructions with their buffers.
    "raddle_plan_explain": (raddle_status_t, (POINTER(raddle_plan_t), POINTER(c_char_p))),
    # The same for programs: a JSON object with memory, parameters, groups of optimizer.group (from
    # 1 on in parameters), kernels, instructions, hash, flops_per_token.
    "raddle_plan_to_json": (raddle_status_t, (POINTER(raddle_plan_t), POINTER(c_char_p))),
    # Equal hashes mean equal plans.
    "raddle_plan_hash": (c_uint64, (POINTER(raddle_plan_t),)),
    # Plans one step of hybrid data parallelism: a sequence that is longer than `capacity` is cut
    # over as many ranks as hold it, or more where the step is done earlier then; shorter ones are
    # packed.
    "raddle_mesh_plan": (raddle_status_t, (POINTER(raddle_context_t), POINTER(c_int64), c_int64,
                                           c_int64, c_int64, c_char_p, c_int32, POINTER(c_char_p))),
    # Plans one step for attention that exchanges heads for tokens: each micro-batch divides the
    # ranks into groups anew, small ones for short sequences (FlexSP).
    "raddle_mesh_plan_groups": (raddle_status_t, (POINTER(raddle_context_t), POINTER(c_int64),
                                                  c_int64, c_int64, c_int64, c_int32, c_char_p,
                                                  c_int32, POINTER(c_char_p))),
    # Computes what a step on so many ranks would take, for each way to place its sequences:
    # `static`, on a mesh of equal groups that is made once for sequences of `longest` tokens; and
    # for rings `naive` (ByteScale's first algorithm) and `balanced` (the plan of
    # raddle_mesh_plan()).
    "raddle_mesh_simulate": (raddle_status_t, (POINTER(raddle_context_t), POINTER(c_int64), c_int64,
                                               c_int64, c_int64, c_int64, c_char_p,
                                               POINTER(c_char_p))),
    # Draws lengths of sequences like those of a published data set, until they have `tokens` tokens
    # together; the last is cut to that.
    "raddle_mesh_draw_lengths": (raddle_status_t, (POINTER(raddle_context_t), c_char_p, c_int64,
                                                   c_int64, POINTER(c_char_p))),
    # Opens a tokenizer.
    "raddle_tokenizer_open": (raddle_status_t, (POINTER(raddle_context_t), c_char_p,
                                                POINTER(POINTER(raddle_tokenizer_t)))),
    # Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
    # data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
    # texts have too few pairs.
    "raddle_tokenizer_train": (raddle_status_t, (POINTER(raddle_context_t),
                                                 POINTER(raddle_config_t), POINTER(raddle_stop_t),
                                                 POINTER(POINTER(raddle_tokenizer_t)))),
    # NULL-safe; nulls it.
    "raddle_tokenizer_destroy": (None, (POINTER(POINTER(raddle_tokenizer_t)),)),
    # Writes it as a Hugging Face tokenizer.json, atomically.
    "raddle_tokenizer_save": (raddle_status_t, (POINTER(raddle_tokenizer_t), c_char_p)),
    # How many tokens it knows.
    "raddle_tokenizer_vocab_size": (c_int64, (POINTER(raddle_tokenizer_t),)),
    # The token that ends a text; -1 if there is none.
    "raddle_tokenizer_end_token": (c_int32, (POINTER(raddle_tokenizer_t),)),
    # Text to tokens.
    "raddle_tokenizer_encode": (raddle_status_t, (POINTER(raddle_tokenizer_t), c_char_p, c_size_t,
                                                  POINTER(c_int32), c_int64, POINTER(c_int64))),
    # Text to tokens as a prompt: what begins every document in training (a beginning-of-text token,
    # where the tokenizer's files ask for one) begins the prompt too, unless the text spells it
    # itself.
    "raddle_tokenizer_encode_prompt": (raddle_status_t, (POINTER(raddle_tokenizer_t), c_char_p,
                                                         c_size_t, POINTER(c_int32), c_int64,
                                                         POINTER(c_int64))),
    # Tokens to text.
    "raddle_tokenizer_decode": (raddle_status_t, (POINTER(raddle_tokenizer_t), POINTER(c_int32),
                                                  c_int64, POINTER(c_char_p), POINTER(c_size_t))),
    # What RADDLE_TOKENIZE_RESULT_INIT gives, for languages without macros.
    "raddle_tokenize_result_init": (None, (POINTER(raddle_tokenize_result_t), c_size_t)),
    # Writes the texts of data.path as a token file that data.path can name in place of them, in the
    # tokenizer of data.tokenizer.
    "raddle_data_tokenize": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                               c_char_p, POINTER(raddle_stop_t),
                                               POINTER(raddle_tokenize_result_t))),
    # What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
    # quantiles, the vocabulary, and the first texts as the model will see them.
    "raddle_data_inspect": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                              c_char_p, POINTER(raddle_stop_t), POINTER(c_char_p))),
    # What RADDLE_SESSION_OPTIONS_INIT gives, for languages without macros.
    "raddle_session_options_init": (None, (POINTER(raddle_session_options_t), c_size_t)),
    # A session that trains the ready-made model of model.* on the data of data.*.
    "raddle_session_create": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                                POINTER(raddle_session_options_t),
                                                POINTER(raddle_stop_t),
                                                POINTER(POINTER(raddle_session_t)))),
    # A session for a model of the caller's own.
    "raddle_session_create_from_graph": (raddle_status_t, (POINTER(raddle_context_t),
                                                           POINTER(raddle_config_t),
                                                           POINTER(raddle_graph_t),
                                                           POINTER(raddle_session_options_t),
                                                           POINTER(raddle_stop_t),
                                                           POINTER(POINTER(raddle_session_t)))),
    # A session that trains together with the same session of every other rank.
    "raddle_session_create_in_world": (raddle_status_t, (POINTER(raddle_context_t),
                                                         POINTER(raddle_world_t),
                                                         POINTER(raddle_config_t),
                                                         POINTER(raddle_graph_t),
                                                         POINTER(raddle_session_options_t),
                                                         POINTER(raddle_stop_t),
                                                         POINTER(POINTER(raddle_session_t)))),
    # A session over a trained model, to evaluate and generate; it has no optimizer and does not
    # train.
    "raddle_session_open": (raddle_status_t, (POINTER(raddle_context_t), c_char_p,
                                              POINTER(raddle_config_t), POINTER(raddle_stop_t),
                                              POINTER(POINTER(raddle_session_t)))),
    # NULL-safe; nulls it.
    "raddle_session_destroy": (None, (POINTER(POINTER(raddle_session_t)),)),
    # What RADDLE_SESSION_INFO_INIT gives, for languages without macros.
    "raddle_session_info_init": (None, (POINTER(raddle_session_info_t), c_size_t)),
    # What the session trains, how far it is, and what it takes.
    "raddle_session_get_info": (raddle_status_t, (POINTER(raddle_session_t),
                                                  POINTER(raddle_session_info_t))),
    # The session's tokenizer.
    "raddle_session_get_tokenizer": (POINTER(raddle_tokenizer_t), (POINTER(raddle_session_t),)),
    # What RADDLE_METRICS_INIT gives, for languages without macros.
    "raddle_metrics_init": (None, (POINTER(raddle_metrics_t), c_size_t)),
    # What RADDLE_BATCH_INIT gives, for languages without macros.
    "raddle_batch_init": (None, (POINTER(raddle_batch_t), c_size_t)),
    # One optimizer step on the caller's micro-batches.
    "raddle_session_step": (raddle_status_t, (POINTER(raddle_session_t), POINTER(raddle_batch_t),
                                              c_int64, POINTER(raddle_stop_t),
                                              POINTER(raddle_metrics_t))),
    # One optimizer step on the next micro-batches of the data of data.*.
    "raddle_session_step_on_data": (raddle_status_t, (POINTER(raddle_session_t),
                                                      POINTER(raddle_stop_t),
                                                      POINTER(raddle_metrics_t))),
    # What RADDLE_TENSOR_VIEW_INIT gives, for languages without macros.
    "raddle_tensor_view_init": (None, (POINTER(raddle_tensor_view_t), c_size_t)),
    # One optimizer step of a caller's graph, on the inputs of one micro-batch.
    "raddle_session_step_inputs": (raddle_status_t, (POINTER(raddle_session_t),
                                                     POINTER(raddle_tensor_view_t), c_int64,
                                                     POINTER(raddle_stop_t),
                                                     POINTER(raddle_metrics_t))),
    # What RADDLE_EVALUATION_INIT gives, for languages without macros.
    "raddle_evaluation_init": (None, (POINTER(raddle_evaluation_t), c_size_t)),
    # Evaluates on data.validation_path, or on the part of the training data kept for it; as much of
    # it as train.eval_batches says.
    "raddle_session_evaluate": (raddle_status_t, (POINTER(raddle_session_t), POINTER(raddle_stop_t),
                                                  POINTER(raddle_evaluation_t))),
    # What RADDLE_TRAIN_RESULT_INIT gives, for languages without macros.
    "raddle_train_result_init": (None, (POINTER(raddle_train_result_t), c_size_t)),
    # Trains up to train.steps on the data of data.*, evaluating and saving as the config says; at
    # the end it saves once more.
    "raddle_session_train": (raddle_status_t, (POINTER(raddle_session_t), POINTER(raddle_stop_t),
                                               POINTER(raddle_train_result_t),
                                               raddle_event_callback_t, c_void_p)),
    # The logits of every position of one sequence.
    "raddle_session_logits": (raddle_status_t, (POINTER(raddle_session_t), POINTER(c_int32),
                                                c_int64, POINTER(raddle_stop_t), POINTER(c_float),
                                                c_int64)),
    # The same, written as a safetensors file with the F32 tensor `logits` (token_count,
    # vocab_size).
    "raddle_session_write_logits": (raddle_status_t, (POINTER(raddle_session_t), POINTER(c_int32),
                                                      c_int64, c_char_p, POINTER(raddle_stop_t))),
    # What RADDLE_GENERATE_OPTIONS_INIT gives, for languages without macros.
    "raddle_generate_options_init": (None, (POINTER(raddle_generate_options_t), c_size_t)),
    # What RADDLE_GENERATE_RESULT_INIT gives, for languages without macros.
    "raddle_generate_result_init": (None, (POINTER(raddle_generate_result_t), c_size_t)),
    # Continues a sequence of tokens, with a key-value cache.
    "raddle_session_generate": (raddle_status_t, (POINTER(raddle_session_t), POINTER(c_int32),
                                                  c_int64, POINTER(raddle_generate_options_t),
                                                  POINTER(raddle_stop_t),
                                                  POINTER(raddle_generate_result_t),
                                                  raddle_token_callback_t, c_void_p)),
    # How many tensors of state there are: every parameter NAME, and in a session that trains also
    # gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
    "raddle_session_tensor_count": (c_int64, (POINTER(raddle_session_t),)),
    # The name of tensor `index`, parameters first.
    "raddle_session_tensor_name": (c_char_p, (POINTER(raddle_session_t), c_int64)),
    # What RADDLE_TENSOR_INFO_INIT gives, for languages without macros.
    "raddle_tensor_info_init": (None, (POINTER(raddle_tensor_info_t), c_size_t)),
    # Describes tensor `index`, in the order of raddle_session_tensor_name().
    "raddle_session_get_tensor_info": (raddle_status_t, (POINTER(raddle_session_t), c_int64,
                                                         POINTER(raddle_tensor_info_t))),
    # A tensor's memory itself: no copy.
    "raddle_session_get_tensor": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                    POINTER(raddle_tensor_view_t))),
    # The same memory as a DLPack tensor, for NumPy, PyTorch and others.
    "raddle_session_export_dlpack": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                       POINTER(POINTER(raddle_dl_versioned_t)))),
    # raddle_session_export_dlpack() for what reads the DLPack of before 1, where nothing says
    # whether a tensor may be written to: NumPy then takes it as read-only.
    "raddle_session_export_tensor": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                       POINTER(POINTER(raddle_dl_managed_t)))),
    # What RADDLE_BACKWARD_OPTIONS_INIT gives, for languages without macros.
    "raddle_backward_options_init": (None, (POINTER(raddle_backward_options_t), c_size_t)),
    # Forward and backward on the caller's micro-batches: gradients and their loss, no update.
    "raddle_session_backward": (raddle_status_t, (POINTER(raddle_session_t),
                                                  POINTER(raddle_batch_t), c_int64,
                                                  POINTER(raddle_backward_options_t),
                                                  POINTER(raddle_stop_t),
                                                  POINTER(raddle_metrics_t))),
    # The same for a caller's graph, on the inputs of one micro-batch.
    "raddle_session_backward_inputs": (raddle_status_t, (POINTER(raddle_session_t),
                                                         POINTER(raddle_tensor_view_t), c_int64,
                                                         POINTER(raddle_backward_options_t),
                                                         POINTER(raddle_stop_t),
                                                         POINTER(raddle_metrics_t))),
    # What RADDLE_APPLY_OPTIONS_INIT gives, for languages without macros.
    "raddle_apply_options_init": (None, (POINTER(raddle_apply_options_t), c_size_t)),
    # The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there.
    "raddle_session_apply": (raddle_status_t, (POINTER(raddle_session_t),
                                               POINTER(raddle_apply_options_t),
                                               POINTER(raddle_metrics_t))),
    # raddle_session_step() on one micro-batch whose arrays are given one by one, for languages that
    # must not pass pointers inside structs.
    "raddle_session_step_tokens": (raddle_status_t, (POINTER(raddle_session_t), POINTER(c_int32),
                                                     c_int64, POINTER(c_int32), POINTER(c_float),
                                                     POINTER(c_int32), POINTER(c_int32), c_int64,
                                                     POINTER(raddle_stop_t),
                                                     POINTER(raddle_metrics_t))),
    # raddle_session_train() on batches of the caller's instead of the data of data.*.
    "raddle_session_train_on": (raddle_status_t, (POINTER(raddle_session_t), raddle_batch_source_t,
                                                  c_void_p, POINTER(raddle_stop_t),
                                                  POINTER(raddle_train_result_t),
                                                  raddle_event_callback_t, c_void_p)),
    # Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.
    "raddle_session_evaluate_batches": (raddle_status_t, (POINTER(raddle_session_t),
                                                          POINTER(raddle_batch_t), c_int64,
                                                          POINTER(raddle_stop_t),
                                                          POINTER(raddle_evaluation_t))),
    # Runs a caller's graph without its gradients: losses and outputs of one micro-batch.
    "raddle_session_forward_inputs": (raddle_status_t, (POINTER(raddle_session_t),
                                                        POINTER(raddle_tensor_view_t), c_int64,
                                                        POINTER(raddle_stop_t),
                                                        POINTER(raddle_metrics_t))),
    # Copies an output of a caller's graph (raddle_graph_add_output()), as the last backward or
    # forward left it.
    "raddle_session_read_output": (raddle_status_t, (POINTER(raddle_session_t), c_char_p, c_void_p,
                                                     c_size_t)),
    # Copies a tensor of the state out, wherever it lies, as F32 whatever its own type.
    "raddle_session_read_tensor": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                     POINTER(c_float), c_int64)),
    # Copies values into a tensor of the state, wherever it lies.
    "raddle_session_write_tensor": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                      POINTER(c_float), c_int64)),
    # The config that the session runs with: what was given, what a resumed run kept, what was
    # chosen.
    "raddle_session_get_config": (raddle_status_t, (POINTER(raddle_session_t),
                                                    POINTER(POINTER(raddle_config_t)))),
    # Begins what raddle_session_train() does.
    "raddle_session_train_start": (raddle_status_t, (POINTER(raddle_session_t),
                                                     POINTER(raddle_stop_t),
                                                     POINTER(POINTER(raddle_operation_t)))),
    # Begins what raddle_session_generate() does.
    "raddle_session_generate_start": (raddle_status_t, (POINTER(raddle_session_t), POINTER(c_int32),
                                                        c_int64, POINTER(raddle_generate_options_t),
                                                        POINTER(raddle_stop_t),
                                                        POINTER(POINTER(raddle_operation_t)))),
    # The next event, in the order in which they happened and each once.
    "raddle_operation_poll": (raddle_status_t, (POINTER(raddle_operation_t), c_int64,
                                                POINTER(POINTER(raddle_event_t)))),
    # Waits for the end, and gives the error that the call would have returned, or its result; the
    # same each time it is called.
    "raddle_operation_join": (raddle_status_t, (POINTER(raddle_operation_t),
                                                POINTER(raddle_train_result_t),
                                                POINTER(raddle_generate_result_t))),
    # NULL-safe; nulls it.
    "raddle_operation_destroy": (None, (POINTER(POINTER(raddle_operation_t)),)),
    # Saves the session's whole state: weights, optimizer, counters, data cursor.
    "raddle_session_save": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                              POINTER(raddle_stop_t), POINTER(c_char_p))),
    # Puts the session back into a saved state.
    "raddle_session_restore": (raddle_status_t, (POINTER(raddle_session_t), c_char_p,
                                                 POINTER(raddle_stop_t))),
    # Lists the checkpoints of a run directory (or of a directory of checkpoints).
    "raddle_checkpoint_list": (raddle_status_t, (POINTER(raddle_context_t), c_char_p,
                                                 raddle_checkpoint_callback_t, c_void_p)),
    # Reads every byte of a checkpoint and compares the checksums.
    "raddle_checkpoint_verify": (raddle_status_t, (POINTER(raddle_context_t), c_char_p,
                                                   POINTER(raddle_stop_t), POINTER(c_char_p))),
    # Writes a model for other tools. raddle_session_open() and model.init_from read it back.
    "raddle_checkpoint_export": (raddle_status_t, (POINTER(raddle_context_t), c_char_p, c_char_p,
                                                   c_char_p, POINTER(raddle_stop_t))),
    # What RADDLE_MACHINE_PEAKS_INIT gives, for languages without macros.
    "raddle_machine_peaks_init": (None, (POINTER(raddle_machine_peaks_t), c_size_t)),
    # Measures the machine's peaks.
    "raddle_bench_machine": (raddle_status_t, (POINTER(raddle_context_t), c_int32, c_int32,
                                               POINTER(raddle_machine_peaks_t))),
    # What RADDLE_STEP_BENCH_INIT gives, for languages without macros.
    "raddle_step_bench_init": (None, (POINTER(raddle_step_bench_t), c_size_t)),
    # Times training steps (forward, backward, clipping, AdamW) of the config's model on random
    # tokens.
    "raddle_bench_step": (raddle_status_t, (POINTER(raddle_context_t), POINTER(raddle_config_t),
                                            c_int64, c_int64, c_int64, c_int64,
                                            POINTER(raddle_stop_t), POINTER(raddle_step_bench_t))),
}
