/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_opCount(JNIEnv* env, jclass native) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_op_count();
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_opGetInfo(JNIEnv* env, jclass native,
                                                           jlong index) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_op_info_t out_info_;
  raddle_op_info_init(&out_info_, sizeof(out_info_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_op_get_info((int64_t)index, &out_info_));
    if (rj_ready(frame)) result = rj_new_op_info(env, &out_info_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphCreate(JNIEnv* env, jclass native,
                                                           jlong context) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_graph_t* out_graph_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_create((raddle_context_t*)(intptr_t)context, &out_graph_));
    if (rj_ready(frame)) result = rj_address(out_graph_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphDestroy(JNIEnv* env, jclass native,
                                                           jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  raddle_graph_t* graph_ = (raddle_graph_t*)(intptr_t)graph;
  (void)native;
  if (rj_ready(frame)) {
    raddle_graph_destroy(&graph_);
  }
  rj_end(frame);
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphCreateModel(JNIEnv* env, jclass native,
                                                                jlong context, jlong config) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  raddle_graph_t* out_graph_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_graph_create_model((raddle_context_t*)(intptr_t)context,
                                       (const raddle_config_t*)(intptr_t)config, &out_graph_));
    if (rj_ready(frame)) result = rj_address(out_graph_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphCreateFromText(JNIEnv* env, jclass native,
                                                                   jlong context, jbyteArray text) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  int64_t text_bytes = RJ_UNKNOWN;
  const char* text_ = rj_array(frame, text, 'B', 0, 0, &text_bytes, "text");
  raddle_graph_t* out_graph_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_create_from_text((raddle_context_t*)(intptr_t)context, text_,
                                                  (size_t)rj_count(text_bytes), &out_graph_));
    if (rj_ready(frame)) result = rj_address(out_graph_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jint JNICALL Java_dev_raddle_Native_graphAddInput(JNIEnv* env, jclass native, jlong graph,
                                                            jstring name, jint dtype,
                                                            jlongArray dims) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  int64_t rank = RJ_UNKNOWN;
  const char* name_ = rj_text(frame, name);
  const int64_t* dims_ = rj_array(frame, dims, 'J', 0, 0, &rank, "dims");
  raddle_tensor_id_t out_tensor_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_graph_add_input((raddle_graph_t*)(intptr_t)graph, name_, (raddle_dtype_t)dtype,
                                    dims_, (int32_t)rj_count(rank), &out_tensor_));
    if (rj_ready(frame)) result = (jint)out_tensor_;
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jint JNICALL Java_dev_raddle_Native_graphAddParameter(JNIEnv* env, jclass native,
                                                                jlong graph, jstring name,
                                                                jint dtype, jlongArray dims,
                                                                jstring attributes) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  int64_t rank = RJ_UNKNOWN;
  const char* name_ = rj_text(frame, name);
  const int64_t* dims_ = rj_array(frame, dims, 'J', 0, 0, &rank, "dims");
  const char* attributes_ = rj_text(frame, attributes);
  raddle_tensor_id_t out_tensor_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_add_parameter((raddle_graph_t*)(intptr_t)graph, name_,
                                               (raddle_dtype_t)dtype, dims_,
                                               (int32_t)rj_count(rank), attributes_, &out_tensor_));
    if (rj_ready(frame)) result = (jint)out_tensor_;
  }
  rj_end(frame);
  return result;
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphAddOp(JNIEnv* env, jclass native, jlong graph,
                                                         jstring op, jstring name, jintArray inputs,
                                                         jstring attributes,
                                                         jintArray out_outputs) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  int64_t input_count = RJ_UNKNOWN;
  int64_t output_count = RJ_UNKNOWN;
  const char* op_ = rj_text(frame, op);
  const char* name_ = rj_text(frame, name);
  const raddle_tensor_id_t* inputs_ = rj_array(frame, inputs, 'I', 0, 0, &input_count, "inputs");
  const char* attributes_ = rj_text(frame, attributes);
  raddle_tensor_id_t* out_outputs_ =
      rj_array(frame, out_outputs, 'I', 1, 0, &output_count, "outputs");
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_add_op((raddle_graph_t*)(intptr_t)graph, op_, name_, inputs_,
                                        rj_count(input_count), attributes_, out_outputs_,
                                        rj_count(output_count)));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphSetBlock(JNIEnv* env, jclass native, jlong graph,
                                                            jint block) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_set_block((raddle_graph_t*)(intptr_t)graph, (int32_t)block));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphSetPrecision(JNIEnv* env, jclass native,
                                                                jlong graph, jint dtype) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_graph_set_precision((raddle_graph_t*)(intptr_t)graph, (raddle_dtype_t)dtype));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphAddLoss(JNIEnv* env, jclass native, jlong graph,
                                                           jint loss, jdouble coefficient) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_add_loss((raddle_graph_t*)(intptr_t)graph,
                                          (raddle_tensor_id_t)loss, (double)coefficient));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphAddOutput(JNIEnv* env, jclass native,
                                                             jlong graph, jint tensor) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_graph_add_output((raddle_graph_t*)(intptr_t)graph, (raddle_tensor_id_t)tensor));
  }
  rj_end(frame);
}

JNIEXPORT void JNICALL Java_dev_raddle_Native_graphFinish(JNIEnv* env, jclass native, jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_finish((raddle_graph_t*)(intptr_t)graph));
  }
  rj_end(frame);
}

JNIEXPORT jstring JNICALL Java_dev_raddle_Native_graphToText(JNIEnv* env, jclass native,
                                                             jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jstring result = 0;
  char* out_text_ = NULL;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_to_text((const raddle_graph_t*)(intptr_t)graph, &out_text_));
    if (rj_ready(frame)) result = rj_new_text(env, out_text_);
    raddle_text_destroy(&out_text_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphParameterElements(JNIEnv* env, jclass native,
                                                                      jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_graph_parameter_elements((const raddle_graph_t*)(intptr_t)graph);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphTensorCount(JNIEnv* env, jclass native,
                                                                jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_graph_tensor_count((const raddle_graph_t*)(intptr_t)graph);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_graphGetTensor(JNIEnv* env, jclass native,
                                                                jlong graph, jint tensor) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_graph_tensor_t out_tensor_;
  raddle_graph_tensor_init(&out_tensor_, sizeof(out_tensor_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_get_tensor((const raddle_graph_t*)(intptr_t)graph,
                                            (raddle_tensor_id_t)tensor, &out_tensor_));
    if (rj_ready(frame)) result = rj_new_graph_tensor(env, &out_tensor_);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jint JNICALL Java_dev_raddle_Native_graphFindTensor(JNIEnv* env, jclass native,
                                                              jlong graph, jstring name) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jint result = 0;
  const char* name_ = rj_text(frame, name);
  raddle_tensor_id_t out_tensor_ = 0;
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame,
             raddle_graph_find_tensor((const raddle_graph_t*)(intptr_t)graph, name_, &out_tensor_));
    if (rj_ready(frame)) result = (jint)out_tensor_;
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jlong JNICALL Java_dev_raddle_Native_graphNodeCount(JNIEnv* env, jclass native,
                                                              jlong graph) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jlong result = 0;
  (void)native;
  if (rj_ready(frame)) {
    result = (jlong)raddle_graph_node_count((const raddle_graph_t*)(intptr_t)graph);
  }
  rj_end(frame);
  return result;
}

JNIEXPORT jobject JNICALL Java_dev_raddle_Native_graphGetNode(JNIEnv* env, jclass native,
                                                              jlong graph, jlong index) {
  rj_frame frame_ = {env, NULL, NULL, 0};
  rj_frame* frame = &frame_;
  jobject result = 0;
  raddle_graph_node_t out_node_;
  raddle_graph_node_init(&out_node_, sizeof(out_node_));
  (void)native;
  if (rj_ready(frame)) {
    rj_check(frame, raddle_graph_get_node((const raddle_graph_t*)(intptr_t)graph, (int64_t)index,
                                          &out_node_));
    if (rj_ready(frame)) result = rj_new_graph_node(env, &out_node_);
  }
  rj_end(frame);
  return result;
}
