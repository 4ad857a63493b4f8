/* SPDX-License-Identifier: Apache-2.0 */
/* What the generated JNI glue stands on: memory that a call holds until it returns, texts as real
 * UTF-8, records by table, callbacks whose exceptions come out of the call, errors as exceptions.
 */
#pragma once
#include <jni.h>
#include <raddle/raddle.h>

#define RJ_UNKNOWN (-1) /* a length of which no array has spoken yet */
#define RJ_LOCALS 32    /* references that one callback makes at most */
#define rj_address(pointer) ((jlong)(intptr_t)(pointer))

/* A record or an exception of Java's, looked up once. */
typedef struct rj_field {
  const char* name;
  const char* type;
  jfieldID id;
} rj_field;
typedef struct rj_type {
  const char* name;
  const char* shape; /* of its constructor */
  jclass id;
  jmethodID make;
  rj_field* fields;
  int field_count;
} rj_type;
typedef struct rj_method {
  const char* type;
  const char* shape;
  jmethodID id;
} rj_method;
int rj_load_types(JNIEnv* env, rj_type* const* types, size_t count);
int rj_load_methods(JNIEnv* env, rj_method* methods, size_t count);
extern rj_type rj_exceptions[]; /* by code; that of OK has no name */
extern const int rj_exception_count;

/* A call under way: what it holds, and the exception that a callback of it threw. */
typedef struct rj_frame {
  JNIEnv* env;
  struct rj_hold* holds;
  jthrowable failure;
  int lasting; /* what it holds outlives the local references of its making */
} rj_frame;
int rj_ready(rj_frame* frame); /* 0: an exception is pending */
void rj_check(rj_frame* frame, raddle_status_t status);
void rj_end(rj_frame* frame);

typedef struct rj_callback {
  rj_frame* frame;
  jobject target;
  rj_frame held; /* what C may use until the next call */
} rj_callback;
rj_callback rj_callback_of(rj_frame* frame, jobject target);
JNIEnv* rj_enter(rj_callback* callback); /* NULL: it failed before and is not called again */
int rj_leave(rj_callback* callback);     /* 0: it failed */
JNIEnv* rj_attach(void); /* the calling thread's, which becomes a daemon of Java's */

/* From Java. With an exception pending they give NULL or 0. */
const char* rj_text(rj_frame* frame, jobject string);
const char* rj_path(rj_frame* frame, jobject path);
void* rj_array(rj_frame* frame, jobject array, char type, int written, int more, int64_t* count,
               const char* name);
void* rj_buffer(rj_frame* frame, jobject buffer, int64_t* bytes);
void* rj_array_memory(rj_frame* frame, jobjectArray array, size_t bytes, int references,
                      int64_t* count);
jobject rj_element(rj_frame* frame, jobjectArray array, int64_t index);
void rj_copy_longs(rj_frame* frame, jobject array, int64_t* out, int64_t room, const char* name);
jobject rj_get_object(rj_frame* frame, jobject record, jfieldID field);
jlong rj_get_long(rj_frame* frame, jobject record, jfieldID field);
jint rj_get_int(rj_frame* frame, jobject record, jfieldID field);
jboolean rj_get_boolean(rj_frame* frame, jobject record, jfieldID field);
jdouble rj_get_double(rj_frame* frame, jobject record, jfieldID field);
int64_t rj_count(int64_t count);

/* To Java. NULL for NULL, and with an exception pending. */
jobject rj_new_text(JNIEnv* env, const char* text);
jobject rj_new_path(JNIEnv* env, const char* path);
jobject rj_new_bytes(JNIEnv* env, const char* bytes, size_t count);
jobject rj_new_ints(JNIEnv* env, const int32_t* values, size_t count);
jobject rj_new_longs(JNIEnv* env, const int64_t* values, size_t count);
jobject rj_new_doubles(JNIEnv* env, const double* values, size_t count);
