/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_tokenizerOpen(JNIEnv* env, jclass native,
                                                             jlong context, jobject name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  const char* name_ = rj_path(frame, name);
  raddle_tokenizer_t* out_tokenizer_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_tokenizer_open((raddle_context_t*)(intptr_t)context, name_, &out_tokenizer_));
    if (rj_ready(frame)) result = rj_address(out_tokenizer_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_tokenizerTrain(JNIEnv* env, jclass native,
                                                              jlong context, jlong config,
                                                              jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_tokenizer_t* out_tokenizer_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_tokenizer_train((raddle_context_t*)(intptr_t)context,
                                           (const raddle_config_t*)(intptr_t)config,
                                           (raddle_stop_t*)(intptr_t)stop, &out_tokenizer_));
    if (rj_ready(frame)) result = rj_address(out_tokenizer_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_tokenizerDestroy(JNIEnv* env, jclass native,
                                                               jlong tokenizer) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_tokenizer_t* tokenizer_ = (raddle_tokenizer_t*)(intptr_t)tokenizer;
  (void)native;
  if (rj_ready(frame)) {
    raddle_tokenizer_destroy(&tokenizer_);
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_tokenizerSave(JNIEnv* env, jclass native,
                                                            jlong tokenizer, jobject path) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* path_ = rj_path(frame, path);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_tokenizer_save((const raddle_tokenizer_t*)(intptr_t)tokenizer, path_));
  }
  rj_end(frame);
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_tokenizerVocabSize(JNIEnv* env, jclass native,
                                                                  jlong tokenizer) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_tokenizer_vocab_size((const raddle_tokenizer_t*)(intptr_t)tokenizer);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jint JNICALL Java_dev_raddle_Native_tokenizerEndToken(JNIEnv* env, jclass native,
                                                                jlong tokenizer) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jint)raddle_tokenizer_end_token((const raddle_tokenizer_t*)(intptr_t)tokenizer);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_tokenizerEncode(JNIEnv* env, jclass native,
                                                               jlong tokenizer, jbyteArray text,
                                                               jintArray out_tokens) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  int64_t capacity = RJ_UNKNOWN;
  int64_t text_bytes = RJ_UNKNOWN;
  const char* text_ = rj_array(frame, text, 'B', 0, 0, &text_bytes, "text");
  int32_t* out_tokens_ = rj_array(frame, out_tokens, 'I', 1, 0, &capacity, "tokens");
  int64_t out_count_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_tokenizer_encode((const raddle_tokenizer_t*)(intptr_t)tokenizer, text_,
                                            (size_t)rj_count(text_bytes), out_tokens_,
                                            rj_count(capacity), &out_count_));
    if (rj_ready(frame)) result = (jlong)out_count_;
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_tokenizerEncodePrompt(JNIEnv* env, jclass native,
                                                                     jlong tokenizer,
                                                                     jbyteArray text,
                                                                     jintArray out_tokens) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  int64_t capacity = RJ_UNKNOWN;
  int64_t text_bytes = RJ_UNKNOWN;
  const char* text_ = rj_array(frame, text, 'B', 0, 0, &text_bytes, "text");
  int32_t* out_tokens_ = rj_array(frame, out_tokens, 'I', 1, 0, &capacity, "tokens");
  int64_t out_count_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_tokenizer_encode_prompt((const raddle_tokenizer_t*)(intptr_t)tokenizer,
                                                   text_, (size_t)rj_count(text_bytes), out_tokens_,
                                                   rj_count(capacity), &out_count_));
    if (rj_ready(frame)) result = (jlong)out_count_;
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jbyteArray JNICALL Java_dev_raddle_Native_tokenizerDecode(JNIEnv* env, jclass native,
                                                                    jlong tokenizer,
                                                                    jintArray tokens) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jbyteArray result = 0;
  int64_t token_count = RJ_UNKNOWN;
  const int32_t* tokens_ = rj_array(frame, tokens, 'I', 0, 0, &token_count, "tokens");
  char* out_text_ = NULL;
  size_t out_bytes_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_tokenizer_decode((const raddle_tokenizer_t*)(intptr_t)tokenizer, tokens_,
                                            rj_count(token_count), &out_text_, &out_bytes_));
    if (rj_ready(frame)) result = rj_new_bytes(env, out_text_, out_bytes_);
    raddle_text_destroy(&out_text_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_dataTokenize(JNIEnv* env, jclass native,
                                                              jlong context, jlong config,
                                                              jobject path, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  const char* path_ = rj_path(frame, path);
  raddle_tokenize_result_t out_result_;
  raddle_tokenize_result_init(&out_result_, sizeof(out_result_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_data_tokenize((raddle_context_t*)(intptr_t)context,
                                         (const raddle_config_t*)(intptr_t)config, path_,
                                         (raddle_stop_t*)(intptr_t)stop, &out_result_));
    if (rj_ready(frame)) result = rj_new_tokenize_result(env, &out_result_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_dataInspect(JNIEnv* env, jclass native,
                                                             jlong context, jlong config,
                                                             jobject path, jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  const char* path_ = rj_path(frame, path);
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_data_inspect((raddle_context_t*)(intptr_t)context,
                                        (const raddle_config_t*)(intptr_t)config, path_,
                                        (raddle_stop_t*)(intptr_t)stop, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}
