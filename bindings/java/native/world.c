/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_worldJoin(JNIEnv* env, jclass native, jlong context,
                                                         jlong config, jobject options,
                                                         jlong stop) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_world_options_t options_;
  if (options != NULL && rj_ready(frame)) rj_read_world_options(frame, options, &options_);
  raddle_world_t* out_world_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_world_join((raddle_context_t*)(intptr_t)context,
                                      (const raddle_config_t*)(intptr_t)config,
                                      options == NULL ? NULL : &options_,
                                      (raddle_stop_t*)(intptr_t)stop, &out_world_));
    if (rj_ready(frame)) result = rj_address(out_world_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_worldDestroy(JNIEnv* env, jclass native,
                                                           jlong world) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_world_t* world_ = (raddle_world_t*)(intptr_t)world;
  (void)native;
  if (rj_ready(frame)) {
    raddle_world_destroy(&world_);
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_worldLeave(JNIEnv* env, jclass native, jlong world,
                                                         jint code, jstring message) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  const char* message_ = rj_text(frame, message);
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_world_leave((raddle_world_t*)(intptr_t)world, (raddle_code_t)code, message_));
  }
  rj_end(frame);
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_worldRank(JNIEnv* env, jclass native, jlong world) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_world_rank((const raddle_world_t*)(intptr_t)world);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_worldSize(JNIEnv* env, jclass native, jlong world) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_world_size((const raddle_world_t*)(intptr_t)world);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_worldPlaceJson(JNIEnv* env, jclass native,
                                                                jlong context) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_json_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_world_place_json((raddle_context_t*)(intptr_t)context, &out_json_));
    if (rj_ready(frame)) result = rj_new_text(env, out_json_);
    raddle_text_destroy(&out_json_);
  }
  rj_end(frame);
  return result;
}
