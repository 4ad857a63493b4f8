// SPDX-License-Identifier: Apache-2.0
#include "runtime/models/hf_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/log_guard.h"
#include "tests/support/model_cases.h"

namespace raddle::models {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// Files as their publishers wrote them.
constexpr const char* kGpt2 = R"({"activation_function": "gelu_new",
  "architectures": ["GPT2LMHeadModel"], "bos_token_id": 50256, "embd_pdrop": 0.0,
  "eos_token_id": 50256, "initializer_range": 0.02, "attn_pdrop": 0.0,
  "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12,
  "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.0, "summary_activation": null,
  "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index",
  "summary_use_proj": true, "task_specific_params": {"text-generation": {"do_sample": true,
  "max_length": 50}}, "vocab_size": 50257})";
constexpr const char* kQwen3 = R"({"architectures": ["Qwen3ForCausalLM"], "attention_bias": false,
  "attention_dropout": 0.0, "bos_token_id": 151643, "eos_token_id": 151645, "head_dim": 128,
  "hidden_act": "silu", "hidden_size": 1024, "initializer_range": 0.02, "intermediate_size": 3072,
  "max_position_embeddings": 40960, "max_window_layers": 28, "model_type": "qwen3",
  "num_attention_heads": 16, "num_hidden_layers": 28, "num_key_value_heads": 8,
  "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null,
  "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.51.0",
  "use_cache": true, "use_sliding_window": false, "vocab_size": 151936})";

TEST(ParseHfConfig, Gpt2AsPublished) {
  const auto model = parse_hf_config(kGpt2, "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->family, find_family("gpt2"));
  EXPECT_EQ(model->vocab_size, 50257);
  EXPECT_EQ(model->layers, 12);
  EXPECT_EQ(model->head_dim, 64);
  EXPECT_EQ(model->ffn_width, 3072);
  EXPECT_EQ(model->context, 1024);
  EXPECT_TRUE(model->tie_embeddings);
  EXPECT_EQ(model->bos_id, 50256);
  EXPECT_EQ(model->pad_id, -1);
}

TEST(ParseHfConfig, Qwen3AsPublished) {
  const auto model = parse_hf_config(kQwen3, "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->family, find_family("qwen3"));
  EXPECT_EQ(model->head_dim, 128);
  EXPECT_EQ(model->kv_heads, 8);
  EXPECT_EQ(model->rope_theta, 1e6);
  EXPECT_EQ(model->norm_eps, 1e-6);
  EXPECT_TRUE(model->tie_embeddings);
}

TEST(ParseHfConfig, ReadsTheRotaryBaseWhereTransformers5PutsIt) {
  Json json = Json::parse(kQwen3);
  json.erase("rope_theta");
  json["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 500000.0}};
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->rope_theta, 500000.0);
}

TEST(ParseHfConfig, DropoutIsPassedOverWithAWarning) {
  test::ExpectLog expect("trains without dropout");
  Json json = Json::parse(kGpt2);
  json["attn_pdrop"] = 0.1;
  EXPECT_TRUE(parse_hf_config(json.dump(), "config.json").is_ok());
}

// What public files hold beside the model's shape, by the kind of tool that left it there.
constexpr const char* kLlama = R"({"architectures": ["LlamaForCausalLM"], "model_type": "llama",
  "vocab_size": 128, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
  "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
  "max_position_embeddings": 32, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
  "hidden_act": "silu", "tie_word_embeddings": true, "bos_token_id": 1, "eos_token_id": 2})";

struct Harmless {
  const char* name;
  const char* base;
  const char* patch;  // merged into the base
};

class Passes : public ::testing::TestWithParam<Harmless> {};

TEST_P(Passes, AndGivesTheSameModel) {
  Json json = Json::parse(GetParam().base);
  const auto plain = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(plain.is_ok()) << plain.status().to_string();
  json.update(Json::parse(GetParam().patch));
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(to_hf_config(*model), to_hf_config(*plain));
}

INSTANTIATE_TEST_SUITE_P(
    All, Passes,
    ::testing::Values(
        Harmless{"smollm2", kLlama,
                 R"({"is_llama_config": true, "rope_interleaved": false, "rope_scaling": null,
                     "pretraining_tp": 1, "attention_dropout": 0.0, "mlp_bias": false,
                     "attention_bias": false, "_name_or_path": "x", "use_cache": true,
                     "torch_dtype": "bfloat16", "transformers_version": "4.42.3",
                     "transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}}})"},
        Harmless{"distilgpt2", kGpt2,
                 R"({"_num_labels": 1, "id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0},
                     "finetuning_task": null, "n_inner": null, "reorder_and_upcast_attn": false,
                     "scale_attn_by_inverse_layer_idx": false, "scale_attn_weights": true,
                     "tie_word_embeddings": true, "gradient_checkpointing": false,
                     "summary_first_dropout": 0.1, "add_cross_attention": false,
                     "is_decoder": false, "pruned_heads": {}, "num_labels": 2})"},
        Harmless{"gpt2_medium", kGpt2,
                 R"({"n_special": 0, "predict_special_tokens": true, "n_ctx": 1024,
                     "summary_activation": null, "summary_proj_to_labels": true,
                     "task_specific_params": {"text-generation": {"max_length": 50}}})"},
        Harmless{"transformers2", kGpt2,
                 R"({"output_past": true, "xla_device": false, "eos_token_ids": null,
                     "_num_labels": 2, "finetuning_task": null, "use_bfloat16": false,
                     "torchscript": false, "num_return_sequences": 1, "model_parallel": false})"},
        // Nothing of gpt2 in transformers 4.57.6 or 5.23.0 reads n_ctx.
        Harmless{"n_ctx_of_other_tools", kGpt2, R"({"n_ctx": 512})"},
        Harmless{"divided_by_one", kQwen3,
                 R"({"rope_scaling": {"type": "linear", "factor": 1.0}})"},
        Harmless{"attention_factor_one", kQwen3,
                 R"({"rope_parameters": {"rope_type": "default", "attention_factor": 1.0}})"},
        Harmless{"bias_as_it_is", kGpt2, R"({"bias": true})"},
        Harmless{"flags_that_are_off", kQwen3,
                 R"({"bias": false, "qkv_bias": false, "use_mrope": false, "fp16": false,
                     "bf16": true, "norm_topk_prob": true, "mlp_only_layers": [],
                     "decoder_sparse_step": 1, "load_in_4bit": false, "softmax_in_fp32": true})"},
        Harmless{"unsloth", kLlama,
                 R"({"unsloth_version": "2024.9", "unsloth_fixed": true, "pad_token_id": null,
                     "_attn_implementation_autoset": true, "_attn_implementation": "sdpa",
                     "model_name": "unsloth/x", "quantization_config": null, "dtype": "float16",
                     "neftune_noise_alpha": null, "use_flash_attention_2": true})"},
        Harmless{"first_llama", kLlama,
                 R"({"pad_token_id": -1, "max_sequence_length": 2048, "_name_or_path": "",
                     "transformers_version": "4.27.0.dev0"})"},
        Harmless{"generation", kLlama,
                 R"({"do_sample": true, "temperature": 0.6, "top_p": 0.9, "top_k": 50,
                     "max_length": 4096, "repetition_penalty": 1.1, "num_beams": 1,
                     "bad_words_ids": [[3]], "suppress_tokens": null, "max_new_tokens": 7,
                     "length_penalty": 1.0, "early_stopping": false, "min_p": 0.1,
                     "generation_config": {"a": 1}, "forced_eos_token_id": 2,
                     "return_dict_in_generate": false, "cache_implementation": "static"})"},
        Harmless{"transformers4", kLlama,
                 R"({"return_dict": true, "output_attentions": false, "torchscript": false,
                     "use_bfloat16": false, "tf_legacy_loss": false, "is_encoder_decoder": false,
                     "cross_attention_hidden_size": null, "tie_encoder_decoder": false,
                     "chunk_size_feed_forward": 0, "sep_token_id": null, "prefix": null,
                     "decoder_start_token_id": null, "problem_type": null, "auto_map": {}})"},
        Harmless{"transformers5", kLlama,
                 R"({"rope_parameters": {"rope_type": "default", "rope_theta": 10000},
                     "layer_types": ["full_attention"], "dtype": "bfloat16",
                     "_experts_implementation": "eager", "ignore_keys_at_rope_validation": []})"},
        Harmless{"default_scaling", kLlama,
                 R"({"rope_scaling": {"rope_type": "default", "type": "default", "factor": 1.0}})"},
        Harmless{"aliases_silu", kLlama, R"({"hidden_act": "swish"})"},
        Harmless{"aliases_gelu", kGpt2, R"({"activation_function": "gelu_pytorch_tanh"})"},
        Harmless{"second_names", kGpt2,
                 R"({"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
                     "max_position_embeddings": 1024, "intermediate_size": 3072})"},
        Harmless{"upcast", kGpt2, R"({"reorder_and_upcast_attn": true})"},
        Harmless{"no_window", kQwen3,
                 R"({"use_sliding_window": false, "sliding_window": 4096,
                     "max_window_layers": 3})"},
        Harmless{"wide_window", kLlama, R"({"sliding_window": 32})"},
        Harmless{"no_experts", kLlama,
                 R"({"num_experts": 0, "num_local_experts": 0, "moe_intermediate_size": 0,
                     "output_router_logits": false, "router_aux_loss_coef": 0.001,
                     "num_nextn_predict_layers": 0})"},
        Harmless{"no_scales", kLlama,
                 R"({"logit_scale": 1.0, "embedding_multiplier": 1, "rotary_pct": 1.0,
                     "partial_rotary_factor": 1.0, "final_logit_softcapping": null,
                     "use_qk_norm": false, "alibi": false, "parallel_attn": false})"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ParseHfConfig, NamesAllThatItRefusesAtOnce) {
  Json json = Json::parse(kLlama);
  json.update(Json::parse(R"({"attention_bias": true, "num_experts": 8, "hidden_size": "8",
      "rope_scaling": {"rope_type": "llama3", "factor": 8.0}, "rope_interleaved": true,
      "quantization_config": {"bits": 4}, "hidden_act": "gelu", "novel_trick": 3,
      "use_cache": false})"));
  json.erase("intermediate_size");
  const Status status = parse_hf_config(json.dump(), "dir/config.json").status();
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  for (const char* part :
       {"dir/config.json: 9 keys",
        "attention_bias is true: Raddle has no bias there; expected "
        "false",
        "num_experts is 8: Raddle has no mixture of experts",
        "hidden_size is \"8\", expected an integer",
        "rope_scaling is {\"factor\":8.0,\"rope_type\":\"llama3\"}", "rope_interleaved is true",
        "quantization_config is {\"bits\":4}: the weights are "
        "quantized; save them as float32",
        "hidden_act is \"gelu\": Raddle's gate is SiLU; "
        "expected \"silu\" or \"swish\"",
        "does not know the key novel_trick (it is 3)", "intermediate_size is missing",
        "choose a model without it"}) {
    EXPECT_THAT(status.message(), HasSubstr(part));
  }
  EXPECT_THAT(status.message(), Not(HasSubstr("use_cache")));
}

// Defaults of a class that nobody changed (GPT-2's 50256 with a vocabulary of 128).
TEST(ParseHfConfig, IgnoresTokensBeyondTheVocabularyWithAWarning) {
  test::ExpectLog expect(
      "ignored, because vocab_size is 128: bos_token_id 50256, eos_token_id 50256");
  Json json = Json::parse(kLlama);
  json["bos_token_id"] = 50256;
  json["eos_token_id"] = 50256;
  json["pad_token_id"] = -1;
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->bos_id, -1);
  EXPECT_EQ(model->eos_id, -1);
  EXPECT_EQ(model->pad_id, -1);
}

TEST(ParseHfConfig, TakesTheFirstTokenOfAListThatTheVocabularyHas) {
  Json json = Json::parse(kLlama);
  json["eos_token_id"] = {128001, 3, 2};
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->eos_id, 3);
}

TEST(ParseHfConfig, HeadsNeedNotShareTheHiddenSize) {
  Json json = Json::parse(kLlama);
  json["hidden_size"] = 9;
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->width, 9);
  EXPECT_EQ(model->head_dim, 4);
  json.erase("head_dim");
  EXPECT_THAT(parse_hf_config(json.dump(), "config.json").status().message(),
              HasSubstr("hidden_size is 9, which is no multiple of num_attention_heads = 2, and "
                        "there is no head_dim"));
}

TEST(ParseHfConfig, TheFirstLlamasHaveAnotherNameForTheContext) {
  Json json = Json::parse(kLlama);
  json.erase("max_position_embeddings");
  json.erase("num_key_value_heads");
  json["max_sequence_length"] = 16;
  const auto model = parse_hf_config(json.dump(), "config.json");
  ASSERT_TRUE(model.is_ok()) << model.status().to_string();
  EXPECT_EQ(model->context, 16);
  EXPECT_EQ(model->kv_heads, 2);
}

struct Refusal {
  const char* name;
  const char* base;
  const char* patch;  // merged into the base
  const char* says;
};

class Refuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refuses, ByName) {
  Json json = Json::parse(GetParam().base);
  json.merge_patch(Json::parse(GetParam().patch));
  const auto model = parse_hf_config(json.dump(), "dir/config.json");
  ASSERT_FALSE(model.is_ok());
  EXPECT_THAT(model.status().message(), HasSubstr("dir/config.json"));
  EXPECT_THAT(model.status().message(), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    All, Refuses,
    ::testing::Values(
        Refusal{"rope_scaling", kQwen3, R"({"rope_scaling": {"rope_type": "yarn", "factor": 4.0}})",
                "rope_type is \"yarn\""},
        Refusal{"special_tokens_of_its_own", kGpt2, R"({"n_special": 2})", "n_special is 2"},
        Refusal{"bias_that_is_none", kGpt2, R"({"bias": false})", "bias is false"},
        Refusal{"rope_scaling_old", kQwen3,
                R"({"rope_scaling": {"type": "linear", "factor": 2.0}})", "type is \"linear\""},
        Refusal{"rope_scaling_no_factor", kQwen3, R"({"rope_scaling": {"type": "linear"}})",
                "type is \"linear\""},
        Refusal{"attention_factor", kQwen3,
                R"({"rope_scaling": {"rope_type": "default", "attention_factor": 0.5}})",
                "attention_factor is 0.5"},
        Refusal{"rope_parameters", kQwen3,
                R"({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}})",
                "rope_type is \"llama3\""},
        Refusal{"partial_rotary", kQwen3, R"({"partial_rotary_factor": 0.5})",
                "partial_rotary_factor is 0.5"},
        Refusal{"attention_bias", kQwen3, R"({"attention_bias": true})", "attention_bias is true"},
        Refusal{"mlp_bias", kQwen3, R"({"mlp_bias": true})", "mlp_bias is true"},
        Refusal{"sliding", kQwen3, R"({"use_sliding_window": true, "sliding_window": 4096})",
                "use_sliding_window is true"},
        Refusal{"layer_types", kQwen3,
                R"({"layer_types": ["full_attention", "sliding_attention"]})",
                "layer_types names \"sliding_attention\""},
        Refusal{"llama_window", kQwen3,
                R"({"model_type": "llama", "sliding_window": 4096, "use_sliding_window": null})",
                "sliding_window is set"},
        Refusal{"two_bases", kLlama,
                R"({"rope_parameters": {"rope_type": "default", "rope_theta": 5.0}})",
                "rope_theta is 5 here and 10000 outside"},
        Refusal{"two_widths", kGpt2, R"({"hidden_size": 512})",
                "n_embd is 768 and hidden_size is 512, but they name the same"},
        Refusal{"exact_gelu", kGpt2, R"({"activation_function": "gelu"})",
                "activation_function is \"gelu\": Raddle has GELU with tanh alone"},
        Refusal{"all_windowed", kQwen3, R"({"layer_types": "sliding_attention"})",
                "layer_types names \"sliding_attention\""},
        Refusal{"rope_by_layer", kLlama, R"({"rope_parameters": {"full_attention": {}}})",
                "rope_parameters: Raddle does not know the key full_attention"},
        Refusal{"experts", kQwen3, R"({"num_experts": 128})", "num_experts"},
        Refusal{"moe_type", kQwen3, R"({"model_type": "qwen3_moe"})", "\"qwen3_moe\""},
        Refusal{"activation", kQwen3, R"({"hidden_act": "gelu"})", "hidden_act is \"gelu\""},
        Refusal{"quantized", kQwen3, R"({"quantization_config": {"bits": 4}})",
                "quantization_config"},
        Refusal{"gpt2_activation", kGpt2, R"({"activation_function": "relu"})",
                "activation_function is \"relu\""},
        Refusal{"gpt2_layer_scale", kGpt2, R"({"scale_attn_by_inverse_layer_idx": true})",
                "scale_attn_by_inverse_layer_idx is true"},
        Refusal{"gpt2_no_scale", kGpt2, R"({"scale_attn_weights": false})",
                "scale_attn_weights is false"},
        Refusal{"gpt2_cross", kGpt2, R"({"add_cross_attention": true})",
                "add_cross_attention is true"},
        Refusal{"no_type", kGpt2, R"({"model_type": null})", "model_type is \"\""},
        Refusal{"missing", kGpt2, R"({"n_layer": null})", "n_layer is missing"},
        Refusal{"wrong_type", kGpt2, R"({"n_layer": "12"})",
                "n_layer is \"12\", expected an integer"},
        Refusal{"not_integer", kGpt2, R"({"n_layer": 1.5})", "n_layer is 1.5"},
        Refusal{"too_big", kGpt2, R"({"n_embd": 18446744073709551615})", "n_embd"},
        Refusal{"negative", kGpt2, R"({"n_head": -1})", "model.heads is -1"},
        Refusal{"token", kGpt2, R"({"eos_token_id": "x"})", "eos_token_id is \"x\""},
        Refusal{"vw_missing", kGpt2, R"({"model_type": "raddle_vw_gpt2"})",
                "virtual_width is missing"},
        Refusal{"vw_unknown", kGpt2,
                R"({"model_type": "raddle_vw_gpt2", "virtual_width": {"m": 4, "n": 8, "x": 1}})",
                "the key x"},
        Refusal{"vw_bad", kGpt2,
                R"({"model_type": "raddle_vw_gpt2", "virtual_width": {"m": 4, "n": 2}})",
                "model.virtual_width.n is 2"},
        Refusal{"vw_zero", kGpt2,
                R"({"model_type": "raddle_vw_gpt2", "virtual_width": {"m": 0, "n": 0}})", "m is 0"},
        Refusal{"vw_in_plain", kGpt2, R"({"virtual_width": {"m": 4, "n": 8}})", "virtual_width"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(ParseHfConfig, SaysWhatLiesUnderTheName) {
  const auto refusal = [](std::string_view text) {
    return parse_hf_config(text, "f.json").status().message();
  };
  EXPECT_THAT(refusal(""), HasSubstr("f.json is empty"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 3\n"),
              HasSubstr("git lfs pull"));
  EXPECT_THAT(refusal("<!DOCTYPE html><html><style>a {}</style></html>"), HasSubstr("a web page"));
  EXPECT_THAT(refusal(std::string(100000, '[')), HasSubstr("nested deeper than 64 levels"));
}

TEST(ParseHfConfig, RefusesWhatIsNoObject) {
  for (const char* text : {"", "{", "[1]", "3", "{\"model_type\": \"gpt2\"", "nul"}) {
    const auto model = parse_hf_config(text, "f.json");
    ASSERT_FALSE(model.is_ok()) << text;
    EXPECT_THAT(model.status().message(), HasSubstr("f.json"));
  }
}

TEST(HfConfig, PrintThenParseGivesTheModelBack) {
  for (const ModelCase& test : model_cases()) {
    ModelConfig model = test.model;
    model.bos_id = 1;
    model.eos_id = 2;
    const std::string text = to_hf_config(model);
    const auto parsed = parse_hf_config(text, test.name);
    ASSERT_TRUE(parsed.is_ok()) << parsed.status().to_string();
    EXPECT_EQ(to_hf_config(*parsed), text) << test.name;
    EXPECT_EQ(parsed->head_dim, model.head_dim) << test.name;
    EXPECT_EQ(parsed->ffn_width, model.ffn_width) << test.name;
    EXPECT_EQ(parsed->norm_eps, model.norm_eps) << test.name;
    EXPECT_EQ(parsed->tie_embeddings, model.tie_embeddings) << test.name;
    EXPECT_EQ(parsed->eos_id, 2) << test.name;
    EXPECT_EQ(parsed->slots(), model.slots()) << test.name;
    EXPECT_EQ(parsed->virtual_width.dynamic, model.virtual_width.dynamic) << test.name;
    if (model.virtual_width.enabled()) {
      EXPECT_EQ(parsed->virtual_width.embedding, model.virtual_width.embedding) << test.name;
      EXPECT_EQ(parsed->virtual_width.reduce, model.virtual_width.reduce) << test.name;
    }
    EXPECT_EQ(parsed->resolved_group_norm(), model.resolved_group_norm()) << test.name;
    EXPECT_EQ(parsed->mtp_heads, 0) << test.name;
  }
}

// Exports of before there was a choice do not name it.
TEST(ParseHfConfig, AnExportOfBeforeHasLearnedMatrices) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.virtual_width = {4, 8};
  Json json = Json::parse(to_hf_config(model));
  EXPECT_EQ(json["virtual_width"]["embedding"], "copy");
  EXPECT_EQ(json["virtual_width"]["reduce"], "mean");
  const auto now = parse_hf_config(json.dump(), "f.json");
  ASSERT_TRUE(now.is_ok()) << now.status().to_string();
  EXPECT_EQ(now->virtual_width.embedding, WideEmbedding::kCopy);
  EXPECT_EQ(now->virtual_width.reduce, WideReduce::kMean);
  json["virtual_width"].erase("reduce");
  json["virtual_width"]["embedding"] = "expand";
  const auto before = parse_hf_config(json.dump(), "f.json");
  ASSERT_TRUE(before.is_ok()) << before.status().to_string();
  EXPECT_EQ(before->virtual_width.embedding, WideEmbedding::kExpand);
  EXPECT_EQ(before->virtual_width.reduce, WideReduce::kLearned);
  json["virtual_width"]["reduce"] = "median";
  const auto wrong = parse_hf_config(json.dump(), "f.json");
  ASSERT_FALSE(wrong.is_ok());
  EXPECT_THAT(wrong.status().message(),
              HasSubstr("reduce is median, expected one of mean, learned"));
}

// transformers 5 checks types strictly and takes the rotary base from an object; version 4 and most
// converters read the plain key.
TEST(ToHfConfig, WritesWhatBothGenerationsOfReadersNeed) {
  const Json json = Json::parse(to_hf_config(tiny_model(find_family("llama"))));
  EXPECT_EQ(json["architectures"][0], "LlamaForCausalLM");
  EXPECT_EQ(json["model_type"], "llama");
  EXPECT_TRUE(json["rope_theta"].is_number_float());
  EXPECT_EQ(json["rope_parameters"]["rope_type"], "default");
  EXPECT_TRUE(json["rope_parameters"]["rope_theta"].is_number_float());
  EXPECT_TRUE(json["attention_dropout"].is_number_float());
  EXPECT_TRUE(json["num_key_value_heads"].is_number_integer());
  EXPECT_EQ(json["mlp_bias"], false);
  EXPECT_EQ(json["torch_dtype"], "float32");
  EXPECT_TRUE(json["bos_token_id"].is_null());
}

TEST(ToHfConfig, Gpt2HasTheKeysOfItsOwn) {
  const Json json = Json::parse(to_hf_config(tiny_model(find_family("gpt2"))));
  EXPECT_EQ(json["architectures"][0], "GPT2LMHeadModel");
  EXPECT_EQ(json["n_ctx"], 32);
  EXPECT_TRUE(json["n_inner"].is_null());
  EXPECT_EQ(json["activation_function"], "gelu_new");
  EXPECT_FALSE(json.contains("rope_theta"));
}

TEST(ToHfConfig, VirtualWidthHasANameOfItsOwn) {
  ModelConfig model = tiny_model(find_family("qwen3"));
  model.virtual_width = {4, 8};
  const Json json = Json::parse(to_hf_config(model));
  EXPECT_EQ(json["architectures"][0], "RaddleVirtualWidthQwen3ForCausalLM");
  EXPECT_EQ(json["model_type"], "raddle_vw_qwen3");
  EXPECT_EQ(json["virtual_width"]["m"], 4);
  EXPECT_EQ(json["virtual_width"]["group_norm"], "rms");
}

TEST(ToHfGenerationConfig, HasTheTokenIds) {
  ModelConfig model = tiny_model(find_family("llama"));
  model.eos_id = 3;
  const Json json = Json::parse(to_hf_generation_config(model, {}));
  EXPECT_EQ(json["eos_token_id"], 3);
  EXPECT_TRUE(json["pad_token_id"].is_null());
}

TEST(ToHfGenerationConfig, HasAllTokensThatEndAText) {
  ModelConfig model = tiny_model(find_family("llama"));
  const auto ends = [&](const std::vector<int32_t>& stops) {
    return Json::parse(to_hf_generation_config(model, stops))["eos_token_id"];
  };
  const auto beyond = static_cast<int32_t>(model.vocab_size);
  EXPECT_TRUE(ends({}).is_null());
  EXPECT_EQ(ends({4}), 4);
  model.eos_id = 3;
  EXPECT_EQ(ends({3}), 3);
  EXPECT_EQ(ends({2, 3, beyond}), (Json{3, 2}));  // eos first: some readers know one only
}

}  // namespace
}  // namespace raddle::models
