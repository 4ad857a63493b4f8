/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

static rj_method methods[] = {
    {"dev/raddle/Callbacks$Log", "(ILjava/lang/String;)V", NULL},
    {"dev/raddle/Callbacks$Event", "(Ldev/raddle/RawEvent;)I", NULL},
    {"dev/raddle/Callbacks$Token", "(I[B)I", NULL},
    {"dev/raddle/Callbacks$BatchSource", "(JJ)Ldev/raddle/Batch;", NULL},
    {"dev/raddle/Callbacks$Checkpoint", "(Ldev/raddle/CheckpointInfo;)I", NULL}};

int rj_load_callbacks(JNIEnv* env) {
  return rj_load_methods(env, methods, sizeof(methods) / sizeof(methods[0]));
}

void rj_on_log(void* user_data, raddle_log_level_t level, const char* message) {
  JNIEnv* env = rj_attach();
  jobject target = user_data;
  if (env == NULL || (*env)->PushLocalFrame(env, RJ_LOCALS) != 0) return;
  {
    jstring message_in = rj_new_text(env, message);
    if (!(*env)->ExceptionCheck(env))
      (*env)->CallVoidMethod(env, target, methods[0].id, (jint)level, message_in);
  }
  if ((*env)->ExceptionCheck(env)) (*env)->ExceptionClear(env);
  (*env)->PopLocalFrame(env, NULL);
}

int32_t rj_on_event(void* user_data, const raddle_event_t* event) {
  rj_callback* callback = user_data;
  jint result = 1;
  JNIEnv* env = rj_enter(callback);
  if (env == NULL) return 1;
  {
    jobject event_in = rj_new_event(env, event);
    if (!(*env)->ExceptionCheck(env))
      result = (*env)->CallIntMethod(env, callback->target, methods[1].id, event_in);
  }
  return rj_leave(callback) ? result : 1;
}

int32_t rj_on_token(void* user_data, int32_t token, const char* text, size_t text_bytes) {
  rj_callback* callback = user_data;
  jint result = 1;
  JNIEnv* env = rj_enter(callback);
  if (env == NULL) return 1;
  {
    jbyteArray text_in = rj_new_bytes(env, text, text_bytes);
    if (!(*env)->ExceptionCheck(env))
      result = (*env)->CallIntMethod(env, callback->target, methods[2].id, (jint)token, text_in);
  }
  return rj_leave(callback) ? result : 1;
}

int32_t rj_on_batch_source(void* user_data, int64_t step, int64_t micro_batch,
                           raddle_batch_t* batch) {
  rj_callback* callback = user_data;
  jint result = 1;
  JNIEnv* env = rj_enter(callback);
  jobject made;
  if (env == NULL) return 1;
  made = (*env)->CallObjectMethod(env, callback->target, methods[3].id, (jlong)step,
                                  (jlong)micro_batch);
  if (made != NULL && !(*env)->ExceptionCheck(env)) {
    rj_read_batch(&callback->held, made, batch);
    result = 0;
  }
  return rj_leave(callback) ? result : 1;
}

int32_t rj_on_checkpoint(void* user_data, const raddle_checkpoint_info_t* info) {
  rj_callback* callback = user_data;
  jint result = 1;
  JNIEnv* env = rj_enter(callback);
  if (env == NULL) return 1;
  {
    jobject info_in = rj_new_checkpoint_info(env, info);
    if (!(*env)->ExceptionCheck(env))
      result = (*env)->CallIntMethod(env, callback->target, methods[4].id, info_in);
  }
  return rj_leave(callback) ? result : 1;
}
