/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_configCreate(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_config_t* out_config_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_create(&out_config_));
    if (rj_ready(frame)) result = rj_address(out_config_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configDestroy(JNIEnv* env, jclass native,
                                                            jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_config_t* config_ = (raddle_config_t*)(intptr_t)config;
  (void)native;
  if (rj_ready(frame)) {
    raddle_config_destroy(&config_);
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configSet(JNIEnv* env, jclass native, jlong config,
                                                        jstring key, jstring value) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* key_ = rj_text(frame, key);
  const char* value_ = rj_text(frame, value);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_set((raddle_config_t*)(intptr_t)config, key_, value_));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configSetFrom(JNIEnv* env, jclass native,
                                                            jlong config, jstring key,
                                                            jstring value, jint origin,
                                                            jstring detail) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* key_ = rj_text(frame, key);
  const char* value_ = rj_text(frame, value);
  const char* detail_ = rj_text(frame, detail);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_set_from((raddle_config_t*)(intptr_t)config, key_, value_,
                                           (raddle_origin_t)origin, detail_));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configLoadFile(JNIEnv* env, jclass native,
                                                             jlong config, jobject path) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* path_ = rj_path(frame, path);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_load_file((raddle_config_t*)(intptr_t)config, path_));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configLoadText(JNIEnv* env, jclass native,
                                                             jlong config, jbyteArray text,
                                                             jstring name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t text_bytes = RJ_UNKNOWN;
  const char* text_ = rj_array(frame, text, 'B', 0, 0, &text_bytes, "text");
  const char* name_ = rj_text(frame, name);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_load_text((raddle_config_t*)(intptr_t)config, text_,
                                            (size_t)rj_count(text_bytes), name_));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configLoadEnvironment(JNIEnv* env, jclass native,
                                                                    jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_load_environment((raddle_config_t*)(intptr_t)config));
  }
  rj_end(frame);
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_configGet(JNIEnv* env, jclass native, jlong config,
                                                           jstring key) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  const char* key_ = rj_text(frame, key);
  const char* out_value_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_get((const raddle_config_t*)(intptr_t)config, key_, &out_value_));
    if (rj_ready(frame)) result = rj_new_text(env, out_value_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_configGetOrigin(JNIEnv* env, jclass native,
                                                                 jlong config, jstring key) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  const char* key_ = rj_text(frame, key);
  const char* out_origin_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_get_origin((const raddle_config_t*)(intptr_t)config, key_,
                                             &out_origin_));
    if (rj_ready(frame)) result = rj_new_text(env, out_origin_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configValidate(JNIEnv* env, jclass native,
                                                             jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_validate((const raddle_config_t*)(intptr_t)config));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_configFillModel(JNIEnv* env, jclass native,
                                                              jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_fill_model((raddle_config_t*)(intptr_t)config));
  }
  rj_end(frame);
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_configToToml(JNIEnv* env, jclass native,
                                                              jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_toml_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_config_to_toml((const raddle_config_t*)(intptr_t)config, &out_toml_));
    if (rj_ready(frame)) result = rj_new_text(env, out_toml_);
    raddle_text_destroy(&out_toml_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_configHash(JNIEnv* env, jclass native,
                                                          jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_config_hash((const raddle_config_t*)(intptr_t)config);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_optionCount(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_option_count();
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_optionGetInfo(JNIEnv* env, jclass native,
                                                               jlong index) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_option_info_t out_info_;
  raddle_option_info_init(&out_info_, sizeof(out_info_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_option_get_info((int64_t)index, &out_info_));
    if (rj_ready(frame)) result = rj_new_option_info(env, &out_info_);
  }
  rj_end(frame);
  return result;
}
