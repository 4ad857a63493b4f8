// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_config_keys.h"

#include <algorithm>
#include <array>

namespace raddle::models {
namespace {

using Json = nlohmann::json;

// Sorted. Names and versions of tools, outputs that a caller may ask for, types of stored weights,
// heads for classification, settings of generation and of training.
constexpr std::array kInert = std::to_array<std::string_view>({"architectures",
                                                               "assistant_confidence_threshold",
                                                               "attention_softmax_in_fp32",
                                                               "attn_implementation",
                                                               "auto_map",
                                                               "bad_words_ids",
                                                               "base_model",
                                                               "base_model_name_or_path",
                                                               "begin_suppress_tokens",
                                                               "bf16",
                                                               "bos_token",
                                                               "cache_implementation",
                                                               "chat_template",
                                                               "chunk_size_feed_forward",
                                                               "cls_token_id",
                                                               "constraints",
                                                               "decoder_sparse_step",
                                                               "decoder_start_token_id",
                                                               "device_map",
                                                               "diversity_penalty",
                                                               "do_sample",
                                                               "dtype",
                                                               "early_stopping",
                                                               "encoder_no_repeat_ngram_size",
                                                               "encoder_repetition_penalty",
                                                               "eos_token",
                                                               "eos_token_ids",
                                                               "epsilon_cutoff",
                                                               "eta_cutoff",
                                                               "exponential_decay_length_penalty",
                                                               "finetuning_task",
                                                               "force_words_ids",
                                                               "forced_bos_token_id",
                                                               "forced_eos_token_id",
                                                               "fp16",
                                                               "fp32",
                                                               "gradient_checkpointing",
                                                               "guidance_scale",
                                                               "id2label",
                                                               "ignore_keys_at_rope_validation",
                                                               "init_device",
                                                               "initializer_factor",
                                                               "is_llama_config",
                                                               "keys_to_ignore_at_inference",
                                                               "label2id",
                                                               "language",
                                                               "length_penalty",
                                                               "license",
                                                               "loss_type",
                                                               "low_memory",
                                                               "mask_token_id",
                                                               "max_length",
                                                               "max_new_tokens",
                                                               "max_sequence_length",
                                                               "max_window_layers",
                                                               "min_length",
                                                               "min_new_tokens",
                                                               "min_p",
                                                               "mlp_only_layers",
                                                               "model_max_length",
                                                               "model_name",
                                                               "model_parallel",
                                                               "model_type",
                                                               "name_or_path",
                                                               "neftune_noise_alpha",
                                                               "no_repeat_ngram_size",
                                                               "norm_topk_prob",
                                                               "num_beam_groups",
                                                               "num_beams",
                                                               "num_labels",
                                                               "num_return_sequences",
                                                               "original_max_position_embeddings",
                                                               "output_attentions",
                                                               "output_hidden_states",
                                                               "output_logits",
                                                               "output_past",
                                                               "output_router_logits",
                                                               "output_scores",
                                                               "pad_token",
                                                               "penalty_alpha",
                                                               "predict_special_tokens",
                                                               "prefix",
                                                               "pretraining_tp",
                                                               "problem_type",
                                                               "remove_invalid_values",
                                                               "renormalize_logits",
                                                               "repetition_penalty",
                                                               "return_dict",
                                                               "return_dict_in_generate",
                                                               "router_aux_loss_coef",
                                                               "router_jitter_noise",
                                                               "scale_attention_softmax_in_fp32",
                                                               "sep_token_id",
                                                               "seq_length",
                                                               "sequence_bias",
                                                               "softmax_in_fp32",
                                                               "stop_strings",
                                                               "suppress_tokens",
                                                               "tags",
                                                               "task_specific_params",
                                                               "temperature",
                                                               "tf_legacy_loss",
                                                               "tokenizer_class",
                                                               "top_k",
                                                               "top_p",
                                                               "torch_dtype",
                                                               "torchscript",
                                                               "transformers_version",
                                                               "typical_p",
                                                               "unk_token",
                                                               "unk_token_id",
                                                               "unsloth_fixed",
                                                               "unsloth_version",
                                                               "use_bfloat16",
                                                               "use_cache",
                                                               "use_flash_attention",
                                                               "use_flash_attention_2",
                                                               "use_flash_attn",
                                                               "xla_device",
                                                               "z_loss_coefficient"});
static_assert(std::is_sorted(kInert.begin(), kInert.end()));

// What begins so is private to the tool that wrote it.
constexpr std::array<std::string_view, 5> kInertPrefixes = {"_", "generation_", "summary_",
                                                            "transformers.js", "unsloth_"};

}  // namespace

bool is_inert_hf_key(std::string_view key) {
  return std::binary_search(kInert.begin(), kInert.end(), key) ||
         std::any_of(kInertPrefixes.begin(), kInertPrefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

bool is_dropout_hf_key(std::string_view key) {
  return key.find("dropout") != std::string_view::npos || key.ends_with("_pdrop") ||
         key == "layerdrop";
}

std::span<const HfKeyRule> hf_off_rules() {
  constexpr std::string_view kQuantized =
      "the weights are quantized; save them as float32 first (in transformers: model.dequantize(), "
      "save_pretrained)";
  constexpr std::string_view kExperts = "Raddle has no mixture of experts";
  constexpr std::string_view kScale = "Raddle does not scale there";
  constexpr std::string_view kCap = "Raddle does not cap logits";
  constexpr std::string_view kDecoder = "Raddle has decoders alone";
  constexpr std::string_view kBias = "Raddle has no bias there";
  constexpr std::string_view kNorm = "Raddle has no norm there, or needs it in qwen3";
  constexpr std::string_view kRotation = "Raddle rotates the halves of the whole head";
  constexpr std::string_view kOrder = "Raddle runs attention first and feed-forward on its result";
  static const std::vector<HfKeyRule> rules = {
      {"quantization_config", {}, kQuantized},
      {"compression_config", {}, "the weights are compressed; save them as float32 first"},
      {"adapter_config", {}, "an adapter is no model; merge it first (peft: merge_and_unload)"},
      {"load_in_8bit", {false}, kQuantized},
      {"load_in_4bit", {false}, kQuantized},
      {"rope_interleaved", {false}, kRotation},
      {"rope_interleave", {false}, kRotation},
      {"rotary_pct", {1.0}, kRotation},
      {"partial_rotary_factor", {1.0}, kRotation},
      {"use_rope", {true}, kRotation},
      {"no_rope_layers", {Json::array()}, "Raddle rotates in every layer"},
      {"no_rope_layer_interval", {0}, "Raddle rotates in every layer"},
      {"use_mrope", {false}, "Raddle's positions are of text alone"},
      {"use_dynamic_ntk", {false}, "Raddle rotates positions as they are"},
      {"use_logn_attn", {false}, kScale},
      {"alibi", {false}, "Raddle has no position biases"},
      {"use_alibi", {false}, "Raddle has no position biases"},
      {"position_embedding_type", {"rope", "absolute"}, "Raddle has no other positions"},
      {"is_encoder_decoder", {false}, kDecoder},
      {"is_decoder", {true, false}, kDecoder},
      {"add_cross_attention", {false}, kDecoder},
      {"cross_attention_hidden_size", {}, kDecoder},
      {"tie_encoder_decoder", {false}, kDecoder},
      {"pruned_heads", {Json::object()}, "Raddle cannot leave out heads"},
      {"num_experts", {0, 1}, kExperts},
      {"num_local_experts", {0, 1}, kExperts},
      {"n_routed_experts", {0}, kExperts},
      {"n_shared_experts", {0}, kExperts},
      {"num_shared_experts", {0}, kExperts},
      {"num_experts_per_tok", {0, 1}, kExperts},
      {"moe_intermediate_size", {0}, kExperts},
      {"shared_expert_intermediate_size", {0}, kExperts},
      {"num_nextn_predict_layers", {0}, "Raddle does not import such heads"},
      {"logit_scale", {1.0}, kScale},
      {"logits_scaling", {1.0}, kScale},
      {"embedding_multiplier", {1.0}, kScale},
      {"residual_multiplier", {1.0}, kScale},
      {"scale_emb", {1.0}, kScale},
      {"scale_depth", {1.0}, kScale},
      {"attention_multiplier", {}, kScale},
      {"query_pre_attn_scalar", {}, kScale},
      {"attn_logit_softcapping", {}, kCap},
      {"final_logit_softcapping", {}, kCap},
      {"clip_qkv", {}, "Raddle does not clip"},
      {"qk_layernorm", {false}, kNorm},
      {"qk_norm", {false}, kNorm},
      {"use_qk_norm", {false}, kNorm},
      {"parallel_attn", {false}, kOrder},
      {"use_parallel_residual", {false}, kOrder},
      {"attention_out_bias", {false}, kBias},
      {"attention_qkv_bias", {false}, kBias},
      {"lm_head_bias", {false}, kBias},
      {"mlp_bias", {false}, kBias},
      {"qkv_bias", {false}, kBias},
      {"attn_output_gate", {false}, "Raddle has no such gate"}};
  return rules;
}

}  // namespace raddle::models
