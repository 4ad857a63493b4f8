/* SPDX-License-Identifier: Apache-2.0 */
#include "bindings/java/native/support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/java/native/structs.h"

/* Something that is released when a call ends: memory of ours, or the elements of an array. */
typedef struct rj_hold {
  struct rj_hold* next;
  jobject array; /* NULL: memory of ours */
  char type;
  int written;
  void* memory;
} rj_hold;

static JavaVM* machine;
static pthread_key_t attached; /* its destructor detaches a thread that ends */
static jclass texts;           /* Text, which does the encoding */
static jmethodID encode_text, decode_text, encode_path, decode_path;

/* ---- exceptions ----------------------------------------------------------------------------- */

static void throw_named(JNIEnv* env, const char* name, const char* message) {
  jclass type = (*env)->FindClass(env, name);
  if (type != NULL) (*env)->ThrowNew(env, type, message);
}

static void throw_status(JNIEnv* env, raddle_status_t status) {
  int code = raddle_status_code(status);
  int known = code > 0 && code < rj_exception_count && rj_exceptions[code].name != NULL;
  /* Every code of the description has a class, and the library is not newer than it. */
  const rj_type* type = &rj_exceptions[known ? code : RADDLE_INTERNAL];
  jstring message = rj_new_text(env, raddle_status_message(status));
  jthrowable thrown = message == NULL
                          ? NULL
                          : (*env)->NewObject(env, type->id, type->make,
                                              (jint)raddle_status_scope(status), message);
  if (thrown != NULL) (*env)->Throw(env, thrown);
}

int rj_ready(rj_frame* frame) { return !(*frame->env)->ExceptionCheck(frame->env); }

void rj_check(rj_frame* frame, raddle_status_t status) {
  if (frame->failure != NULL) {
    (*frame->env)->Throw(frame->env, frame->failure);
  } else if (status != NULL) {
    throw_status(frame->env, status);
  }
  raddle_status_destroy(&status);
}

/* ---- what a call holds ---------------------------------------------------------------------- */

static rj_hold* hold(rj_frame* frame) {
  rj_hold* made = calloc(1, sizeof(*made));
  if (made == NULL) {
    throw_named(frame->env, "java/lang/OutOfMemoryError", "no memory for a call into Raddle");
    return NULL;
  }
  made->next = frame->holds;
  frame->holds = made;
  return made;
}

static void* hold_memory(rj_frame* frame, size_t bytes) {
  rj_hold* made = hold(frame);
  if (made != NULL) made->memory = calloc(1, bytes > 0 ? bytes : 1);
  if (made != NULL && made->memory == NULL)
    throw_named(frame->env, "java/lang/OutOfMemoryError", "no memory for a call into Raddle");
  return made == NULL ? NULL : made->memory;
}

static void* elements(JNIEnv* env, jobject array, char type) {
  switch (type) {
    case 'B':
      return (*env)->GetByteArrayElements(env, array, NULL);
    case 'I':
      return (*env)->GetIntArrayElements(env, array, NULL);
    case 'J':
      return (*env)->GetLongArrayElements(env, array, NULL);
    default:
      return (*env)->GetFloatArrayElements(env, array, NULL);
  }
}

static void release(JNIEnv* env, const rj_hold* held) {
  jint mode = held->written ? 0 : JNI_ABORT;
  switch (held->type) {
    case 'B':
      (*env)->ReleaseByteArrayElements(env, held->array, held->memory, mode);
      break;
    case 'I':
      (*env)->ReleaseIntArrayElements(env, held->array, held->memory, mode);
      break;
    case 'J':
      (*env)->ReleaseLongArrayElements(env, held->array, held->memory, mode);
      break;
    default:
      (*env)->ReleaseFloatArrayElements(env, held->array, held->memory, mode);
  }
}

void rj_end(rj_frame* frame) {
  while (frame->holds != NULL) {
    rj_hold* held = frame->holds;
    frame->holds = held->next;
    if (held->array == NULL) {
      free(held->memory);
    } else {
      if (held->memory != NULL) release(frame->env, held);
      if (frame->lasting) (*frame->env)->DeleteGlobalRef(frame->env, held->array);
    }
    free(held);
  }
}

/* ---- callbacks ------------------------------------------------------------------------------ */

rj_callback rj_callback_of(rj_frame* frame, jobject target) {
  rj_callback callback = {frame, target, {frame->env, NULL, NULL, 1}};
  return callback;
}

JNIEnv* rj_enter(rj_callback* callback) {
  JNIEnv* env = callback->frame->env;
  if (callback->frame->failure != NULL) return NULL;
  rj_end(&callback->held);
  if ((*env)->PushLocalFrame(env, RJ_LOCALS) != 0) {
    callback->frame->failure = (*env)->ExceptionOccurred(env);
    (*env)->ExceptionClear(env);
    return NULL;
  }
  return env;
}

int rj_leave(rj_callback* callback) {
  JNIEnv* env = callback->frame->env;
  jthrowable thrown = (*env)->ExceptionOccurred(env);
  if (thrown != NULL) (*env)->ExceptionClear(env);
  callback->frame->failure = (*env)->PopLocalFrame(env, thrown);
  return thrown == NULL;
}

static void detach(void* unused) {
  (void)unused;
  (*machine)->DetachCurrentThread(machine);
}

JNIEnv* rj_attach(void) {
  JavaVMAttachArgs arguments = {JNI_VERSION_1_8, "raddle", NULL};
  void* env = NULL;
  if ((*machine)->GetEnv(machine, &env, JNI_VERSION_1_8) == JNI_OK) return env;
  if ((*machine)->AttachCurrentThreadAsDaemon(machine, &env, &arguments) != JNI_OK) return NULL;
  pthread_setspecific(attached, env);
  return env;
}

/* ---- from Java ------------------------------------------------------------------------------ */

int64_t rj_count(int64_t count) { return count == RJ_UNKNOWN ? 0 : count; }

static const char* encoded(rj_frame* frame, jobject from, jmethodID method) {
  JNIEnv* env = frame->env;
  jbyteArray bytes;
  char* text;
  jsize count;
  if (from == NULL || !rj_ready(frame)) return NULL;
  bytes = (*env)->CallStaticObjectMethod(env, texts, method, from);
  if ((*env)->ExceptionCheck(env)) return NULL;
  count = (*env)->GetArrayLength(env, bytes);
  text = hold_memory(frame, (size_t)count + 1);
  if (text != NULL) (*env)->GetByteArrayRegion(env, bytes, 0, count, (jbyte*)text);
  (*env)->DeleteLocalRef(env, bytes);
  return text;
}

const char* rj_text(rj_frame* frame, jobject string) { return encoded(frame, string, encode_text); }

const char* rj_path(rj_frame* frame, jobject path) { return encoded(frame, path, encode_path); }

void* rj_array(rj_frame* frame, jobject array, char type, int written, int more, int64_t* count,
               const char* name) {
  JNIEnv* env = frame->env;
  rj_hold* held;
  int64_t length;
  if (array == NULL || !rj_ready(frame)) return NULL;
  length = (int64_t)(*env)->GetArrayLength(env, array) - more;
  if (length < 0 || (*count != RJ_UNKNOWN && *count != length)) {
    char message[160];
    snprintf(message, sizeof(message), "%s has %d elements, expected %s%d", name,
             (int)(length + more), *count == RJ_UNKNOWN ? "at least " : "as many as its fellows: ",
             (int)(*count == RJ_UNKNOWN ? more : *count + more));
    throw_named(env, "java/lang/IllegalArgumentException", message);
    return NULL;
  }
  *count = length;
  held = hold(frame);
  if (held == NULL) return NULL;
  held->array = frame->lasting ? (*env)->NewGlobalRef(env, array) : array;
  held->type = type;
  held->written = written;
  held->memory = elements(env, held->array, type);
  return held->memory;
}

void* rj_buffer(rj_frame* frame, jobject buffer, int64_t* bytes) {
  JNIEnv* env = frame->env;
  void* address;
  if (buffer == NULL || !rj_ready(frame)) return NULL;
  address = (*env)->GetDirectBufferAddress(env, buffer);
  if (address == NULL)
    throw_named(env, "java/lang/IllegalArgumentException", "expected a direct buffer");
  else
    *bytes = (*env)->GetDirectBufferCapacity(env, buffer);
  return address;
}

void* rj_array_memory(rj_frame* frame, jobjectArray array, size_t bytes, int references,
                      int64_t* count) {
  if (array == NULL || !rj_ready(frame)) return NULL;
  *count = (*frame->env)->GetArrayLength(frame->env, array);
  if ((*frame->env)->EnsureLocalCapacity(frame->env, (jint)(RJ_LOCALS + references * *count)) != 0)
    return NULL;
  return hold_memory(frame, bytes * (size_t)*count);
}

jobject rj_element(rj_frame* frame, jobjectArray array, int64_t index) {
  jobject one;
  if (!rj_ready(frame)) return NULL;
  one = (*frame->env)->GetObjectArrayElement(frame->env, array, (jsize)index);
  if (one == NULL && rj_ready(frame))
    throw_named(frame->env, "java/lang/NullPointerException", "an element is null");
  return one;
}

void rj_copy_longs(rj_frame* frame, jobject array, int64_t* out, int64_t room, const char* name) {
  JNIEnv* env = frame->env;
  if (array == NULL || !rj_ready(frame)) return;
  if ((*env)->GetArrayLength(env, array) > room) {
    throw_named(env, "java/lang/IllegalArgumentException", name);
    return;
  }
  (*env)->GetLongArrayRegion(env, array, 0, (*env)->GetArrayLength(env, array), (jlong*)out);
}

#define RJ_GET(name, type, get)                                         \
  type rj_get_##name(rj_frame* frame, jobject record, jfieldID field) { \
    if (!rj_ready(frame)) return 0;                                     \
    return (*frame->env)->get(frame->env, record, field);               \
  }
RJ_GET(object, jobject, GetObjectField)
RJ_GET(long, jlong, GetLongField)
RJ_GET(int, jint, GetIntField)
RJ_GET(boolean, jboolean, GetBooleanField)
RJ_GET(double, jdouble, GetDoubleField)

/* ---- to Java -------------------------------------------------------------------------------- */

jobject rj_new_bytes(JNIEnv* env, const char* bytes, size_t count) {
  jbyteArray array;
  if (bytes == NULL || (*env)->ExceptionCheck(env)) return NULL;
  if (count > INT32_MAX) {
    throw_named(env, "java/lang/OutOfMemoryError", "a text is longer than an array can be");
    return NULL;
  }
  array = (*env)->NewByteArray(env, (jsize)count);
  if (array != NULL) (*env)->SetByteArrayRegion(env, array, 0, (jsize)count, (const jbyte*)bytes);
  return array;
}

static jobject decoded(JNIEnv* env, const char* text, jmethodID method) {
  jobject made, bytes = text == NULL ? NULL : rj_new_bytes(env, text, strlen(text));
  if (bytes == NULL) return NULL;
  made = (*env)->CallStaticObjectMethod(env, texts, method, bytes);
  if ((*env)->ExceptionCheck(env)) made = NULL;
  (*env)->DeleteLocalRef(env, bytes);
  return made;
}

jobject rj_new_text(JNIEnv* env, const char* text) { return decoded(env, text, decode_text); }

jobject rj_new_path(JNIEnv* env, const char* path) { return decoded(env, path, decode_path); }

#define RJ_NEW(type, name, c_type)                                                       \
  jobject rj_new_##type##s(JNIEnv* env, const c_type* values, size_t count) {            \
    j##type##Array array;                                                                \
    if ((*env)->ExceptionCheck(env)) return NULL;                                        \
    array = (*env)->New##name##Array(env, (jsize)count);                                 \
    if (array == NULL || count == 0) return array;                                       \
    (*env)->Set##name##ArrayRegion(env, array, 0, (jsize)count, (const j##type*)values); \
    return array;                                                                        \
  }
RJ_NEW(int, Int, int32_t)
RJ_NEW(long, Long, int64_t)
RJ_NEW(double, Double, double)

/* ---- natives that the description does not have --------------------------------------------- */

JNIEXPORT jlong JNICALL Java_dev_raddle_Memory_keep(JNIEnv* env, jclass type, jobject object) {
  (void)type;
  return rj_address((*env)->NewGlobalRef(env, object));
}

JNIEXPORT void JNICALL Java_dev_raddle_Memory_release(JNIEnv* env, jclass type, jlong kept) {
  (void)type;
  (*env)->DeleteGlobalRef(env, (jobject)(intptr_t)kept);
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Memory_address(JNIEnv* env, jclass type, jobject buffer) {
  (void)type;
  return rj_address((*env)->GetDirectBufferAddress(env, buffer));
}

JNIEXPORT jlongArray JNICALL Java_dev_raddle_Memory_dims(JNIEnv* env, jclass type, jlong tensor) {
  const raddle_dl_tensor_t* of = &((raddle_dl_versioned_t*)(intptr_t)tensor)->dl_tensor;
  (void)type;
  return rj_new_longs(env, of->shape, (size_t)of->ndim);
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Memory_buffer(JNIEnv* env, jclass type, jlong tensor,
                                                        jlong bytes) {
  const raddle_dl_tensor_t* of = &((raddle_dl_versioned_t*)(intptr_t)tensor)->dl_tensor;
  (void)type;
  return (*env)->NewDirectByteBuffer(env, (char*)of->data + of->byte_offset, bytes);
}

JNIEXPORT void JNICALL Java_dev_raddle_Memory_free(JNIEnv* env, jclass type, jlong tensor) {
  raddle_dl_versioned_t* managed = (raddle_dl_versioned_t*)(intptr_t)tensor;
  (void)env, (void)type;
  managed->deleter(managed);
}

/* ---- loading -------------------------------------------------------------------------------- */

static jclass find(JNIEnv* env, const char* name) {
  jclass type = (*env)->FindClass(env, name);
  jclass kept = type == NULL ? NULL : (*env)->NewGlobalRef(env, type);
  if (type != NULL) (*env)->DeleteLocalRef(env, type);
  return kept;
}

int rj_load_types(JNIEnv* env, rj_type* const* types, size_t count) {
  size_t i;
  int j;
  for (i = 0; i < count; ++i) {
    rj_type* type = types[i];
    if ((type->id = find(env, type->name)) == NULL) return 0;
    if ((type->make = (*env)->GetMethodID(env, type->id, "<init>", type->shape)) == NULL) return 0;
    for (j = 0; j < type->field_count; ++j) {
      rj_field* field = &type->fields[j];
      field->id = (*env)->GetFieldID(env, type->id, field->name, field->type);
      if (field->id == NULL) return 0;
    }
  }
  return 1;
}

int rj_load_methods(JNIEnv* env, rj_method* methods, size_t count) {
  size_t i;
  for (i = 0; i < count; ++i) {
    jclass type = find(env, methods[i].type);
    if (type == NULL) return 0;
    methods[i].id = (*env)->GetMethodID(env, type, "call", methods[i].shape);
    if (methods[i].id == NULL) return 0;
  }
  return 1;
}

static int load_texts(JNIEnv* env) {
  texts = find(env, "dev/raddle/Text");
  if (texts == NULL) return 0;
  encode_text = (*env)->GetStaticMethodID(env, texts, "utf8", "(Ljava/lang/String;)[B");
  if (encode_text == NULL) return 0;
  decode_text = (*env)->GetStaticMethodID(env, texts, "string", "([B)Ljava/lang/String;");
  if (decode_text == NULL) return 0;
  encode_path = (*env)->GetStaticMethodID(env, texts, "bytes", "(Ljava/nio/file/Path;)[B");
  if (encode_path == NULL) return 0;
  decode_path = (*env)->GetStaticMethodID(env, texts, "path", "([B)Ljava/nio/file/Path;");
  return decode_path != NULL;
}

/* What fails here leaves an exception, which System.load() throws. */
JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void* reserved) {
  void* env = NULL;
  int code;
  (void)reserved;
  machine = vm;
  if ((*vm)->GetEnv(vm, &env, JNI_VERSION_1_8) != JNI_OK || pthread_key_create(&attached, detach))
    return JNI_ERR;
  for (code = 0; code < rj_exception_count; ++code) {
    rj_type* type = &rj_exceptions[code];
    if (type->name != NULL && !rj_load_types(env, &type, 1)) return JNI_ERR;
  }
  if (!load_texts(env) || !rj_load_structs(env) || !rj_load_callbacks(env)) return JNI_ERR;
  return JNI_VERSION_1_8;
}
