/* SPDX-License-Identifier: Apache-2.0 */
/* Generated from include/interface by emit_java.py. */
#include "bindings/java/native/structs.h"

static rj_field context_options_fields[] = {{"logLevel", "I", NULL}, {"logCallback", "J", NULL}};
static rj_type context_options_type = {"dev/raddle/RawContextOptions", "(IJ)V", NULL, NULL,
                                       context_options_fields,         2};

static rj_field option_info_fields[] = {
    {"key", "Ljava/lang/String;", NULL},          {"type", "Ljava/lang/String;", NULL},
    {"defaultValue", "Ljava/lang/String;", NULL}, {"unit", "Ljava/lang/String;", NULL},
    {"scope", "Ljava/lang/String;", NULL},        {"accepts", "Ljava/lang/String;", NULL},
    {"help", "Ljava/lang/String;", NULL},         {"environment", "Ljava/lang/String;", NULL},
    {"change", "Ljava/lang/String;", NULL}};
static rj_type option_info_type = {
    "dev/raddle/OptionInfo",
    "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;"
    "Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;"
    "Ljava/lang/String;)V",
    NULL,
    NULL,
    option_info_fields,
    9};

static rj_field world_options_fields[] = {{"rank", "J", NULL},
                                          {"size", "J", NULL},
                                          {"coordinator", "Ljava/lang/String;", NULL},
                                          {"secret", "Ljava/lang/String;", NULL}};
static rj_type world_options_type = {"dev/raddle/WorldOptions",
                                     "(JJLjava/lang/String;Ljava/lang/String;)V",
                                     NULL,
                                     NULL,
                                     world_options_fields,
                                     4};

static rj_field op_info_fields[] = {{"name", "Ljava/lang/String;", NULL},
                                    {"inputs", "Ljava/lang/String;", NULL},
                                    {"outputs", "Ljava/lang/String;", NULL},
                                    {"attributes", "Ljava/lang/String;", NULL},
                                    {"help", "Ljava/lang/String;", NULL},
                                    {"inputCountMin", "J", NULL},
                                    {"inputCountMax", "J", NULL},
                                    {"outputCount", "J", NULL}};
static rj_type op_info_type = {
    "dev/raddle/OpInfo",
    "(Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;Ljava/lang/String;"
    "Ljava/lang/String;JJJ)V",
    NULL,
    NULL,
    op_info_fields,
    8};

static rj_field graph_tensor_fields[] = {{"name", "Ljava/lang/String;", NULL},
                                         {"kind", "I", NULL},
                                         {"dtype", "I", NULL},
                                         {"rank", "I", NULL},
                                         {"node", "I", NULL},
                                         {"dims", "[J", NULL},
                                         {"lossCoefficient", "D", NULL},
                                         {"isOutput", "Z", NULL}};
static rj_type graph_tensor_type = {"dev/raddle/RawGraphTensor",
                                    "(Ljava/lang/String;III"
                                    "I[JDZ)V",
                                    NULL,
                                    NULL,
                                    graph_tensor_fields,
                                    8};

static rj_field graph_node_fields[] = {{"op", "Ljava/lang/String;", NULL},
                                       {"block", "I", NULL},
                                       {"inputs", "[I", NULL},
                                       {"outputs", "[I", NULL},
                                       {"attributes", "[D", NULL}};
static rj_type graph_node_type = {"dev/raddle/GraphNode",
                                  "(Ljava/lang/String;I[I[I"
                                  "[D)V",
                                  NULL,
                                  NULL,
                                  graph_node_fields,
                                  5};

static rj_field memory_table_fields[] = {
    {"parameterBytes", "J", NULL},  {"gradientBytes", "J", NULL}, {"optimizerBytes", "J", NULL},
    {"activationBytes", "J", NULL}, {"scratchBytes", "J", NULL},  {"otherBytes", "J", NULL},
    {"totalBytes", "J", NULL},      {"limitBytes", "J", NULL},    {"missingBytes", "J", NULL}};
static rj_type memory_table_type = {"dev/raddle/MemoryTable",
                                    "(JJJJ"
                                    "JJJJ"
                                    "J)V",
                                    NULL,
                                    NULL,
                                    memory_table_fields,
                                    9};

static rj_field tokenize_result_fields[] = {
    {"documents", "J", NULL}, {"tokens", "J", NULL}, {"bytes", "J", NULL}, {"replaced", "J", NULL}};
static rj_type tokenize_result_type = {"dev/raddle/TokenizeResult", "(JJJJ)V", NULL, NULL,
                                       tokenize_result_fields,      4};

static rj_field session_options_fields[] = {{"runDirectory", "Ljava/nio/file/Path;", NULL},
                                            {"resume", "Ljava/nio/file/Path;", NULL},
                                            {"tracePath", "Ljava/nio/file/Path;", NULL}};
static rj_type session_options_type = {
    "dev/raddle/SessionOptions",
    "(Ljava/nio/file/Path;Ljava/nio/file/Path;Ljava/nio/file/Path;)V",
    NULL,
    NULL,
    session_options_fields,
    3};

static rj_field session_info_fields[] = {
    {"parameterElements", "J", NULL}, {"vocabSize", "J", NULL},    {"contextTokens", "J", NULL},
    {"microBatchTokens", "J", NULL},  {"microBatches", "J", NULL}, {"stepsDone", "J", NULL},
    {"stepsTotal", "J", NULL},        {"tokensDone", "J", NULL},   {"flopsPerToken", "J", NULL},
    {"memoryBytes", "J", NULL},       {"threads", "I", NULL}};
static rj_type session_info_type = {"dev/raddle/SessionInfo",
                                    "(JJJJ"
                                    "JJJJ"
                                    "JJI)V",
                                    NULL,
                                    NULL,
                                    session_info_fields,
                                    11};

static rj_field metrics_fields[] = {
    {"step", "J", NULL},           {"loss", "D", NULL},         {"totalLoss", "D", NULL},
    {"gradNorm", "D", NULL},       {"learningRate", "D", NULL}, {"stepTokens", "J", NULL},
    {"tokens", "J", NULL},         {"stepMs", "D", NULL},       {"tokensPerSecond", "D", NULL},
    {"flopsPerSecond", "D", NULL}, {"skippedTotal", "J", NULL}, {"skipped", "Z", NULL}};
static rj_type metrics_type = {"dev/raddle/Metrics",
                               "(JDDD"
                               "DJJD"
                               "DDJZ)V",
                               NULL,
                               NULL,
                               metrics_fields,
                               12};

static rj_field batch_fields[] = {{"tokens", "[I", NULL},
                                  {"targets", "[I", NULL},
                                  {"weights", "[F", NULL},
                                  {"positions", "[I", NULL},
                                  {"cuSeqlens", "[I", NULL}};
static rj_type batch_type = {"dev/raddle/Batch",
                             "([I[I[F[I"
                             "[I)V",
                             NULL,
                             NULL,
                             batch_fields,
                             5};

static rj_field tensor_view_fields[] = {{"name", "Ljava/lang/String;", NULL},
                                        {"data", "J", NULL},
                                        {"dtype", "I", NULL},
                                        {"rank", "I", NULL},
                                        {"dims", "[J", NULL}};
static rj_type tensor_view_type = {"dev/raddle/RawTensorView",
                                   "(Ljava/lang/String;JII"
                                   "[J)V",
                                   NULL,
                                   NULL,
                                   tensor_view_fields,
                                   5};

static rj_field evaluation_fields[] = {{"step", "J", NULL},       {"loss", "D", NULL},
                                       {"perplexity", "D", NULL}, {"bitsPerByte", "D", NULL},
                                       {"tokens", "J", NULL},     {"bytes", "J", NULL},
                                       {"seconds", "D", NULL}};
static rj_type evaluation_type = {"dev/raddle/Evaluation",
                                  "(JDDD"
                                  "JJD)V",
                                  NULL,
                                  NULL,
                                  evaluation_fields,
                                  7};

static rj_field event_fields[] = {{"kind", "I", NULL},
                                  {"step", "J", NULL},
                                  {"stepsTotal", "J", NULL},
                                  {"metrics", "Ldev/raddle/Metrics;", NULL},
                                  {"evaluation", "Ldev/raddle/Evaluation;", NULL},
                                  {"path", "Ljava/nio/file/Path;", NULL},
                                  {"message", "Ljava/lang/String;", NULL},
                                  {"text", "[B", NULL},
                                  {"token", "I", NULL}};
static rj_type event_type = {"dev/raddle/RawEvent",
                             "(IJJLdev/raddle/Metrics;"
                             "Ldev/raddle/Evaluation;Ljava/nio/file/Path;Ljava/lang/String;[B"
                             "I)V",
                             NULL,
                             NULL,
                             event_fields,
                             9};

static rj_field train_result_fields[] = {
    {"stepsDone", "J", NULL}, {"stopped", "Z", NULL}, {"saved", "Z", NULL}, {"seconds", "D", NULL}};
static rj_type train_result_type = {"dev/raddle/TrainResult", "(JZZD)V", NULL, NULL,
                                    train_result_fields,      4};

static rj_field generate_options_fields[] = {{"maxTokens", "J", NULL}, {"temperature", "D", NULL},
                                             {"topK", "J", NULL},      {"seed", "J", NULL},
                                             {"greedy", "Z", NULL},    {"ignoreEnd", "Z", NULL}};
static rj_type generate_options_type = {"dev/raddle/GenerateOptions",
                                        "(JDJJ"
                                        "ZZ)V",
                                        NULL,
                                        NULL,
                                        generate_options_fields,
                                        6};

static rj_field generate_result_fields[] = {{"tokenCount", "J", NULL},
                                            {"promptMs", "D", NULL},
                                            {"tokensPerSecond", "D", NULL},
                                            {"ended", "Z", NULL}};
static rj_type generate_result_type = {"dev/raddle/GenerateResult", "(JDDZ)V", NULL, NULL,
                                       generate_result_fields,      4};

static rj_field tensor_info_fields[] = {{"name", "Ljava/lang/String;", NULL},
                                        {"parameter", "Ljava/lang/String;", NULL},
                                        {"role", "I", NULL},
                                        {"dtype", "I", NULL},
                                        {"rank", "I", NULL},
                                        {"trained", "Z", NULL},
                                        {"dims", "[J", NULL},
                                        {"elementBegin", "J", NULL},
                                        {"elementEnd", "J", NULL},
                                        {"onHost", "Z", NULL},
                                        {"foreign", "Z", NULL}};
static rj_type tensor_info_type = {"dev/raddle/RawTensorInfo",
                                   "(Ljava/lang/String;Ljava/lang/String;II"
                                   "IZ[JJ"
                                   "JZZ)V",
                                   NULL,
                                   NULL,
                                   tensor_info_fields,
                                   11};

static rj_field backward_options_fields[] = {{"weightSum", "D", NULL}, {"accumulate", "Z", NULL}};
static rj_type backward_options_type = {"dev/raddle/BackwardOptions", "(DZ)V", NULL, NULL,
                                        backward_options_fields,      2};

static rj_field apply_options_fields[] = {{"learningRate", "D", NULL},
                                          {"ownLearningRate", "Z", NULL}};
static rj_type apply_options_type = {"dev/raddle/ApplyOptions", "(DZ)V", NULL, NULL,
                                     apply_options_fields,      2};

static rj_field checkpoint_info_fields[] = {{"path", "Ljava/nio/file/Path;", NULL},
                                            {"step", "J", NULL},
                                            {"bytes", "J", NULL},
                                            {"good", "Z", NULL},
                                            {"problem", "Ljava/lang/String;", NULL},
                                            {"branch", "Ljava/lang/String;", NULL},
                                            {"inForce", "Z", NULL},
                                            {"halfWritten", "Z", NULL}};
static rj_type checkpoint_info_type = {"dev/raddle/CheckpointInfo",
                                       "(Ljava/nio/file/Path;JJZ"
                                       "Ljava/lang/String;Ljava/lang/String;ZZ)V",
                                       NULL,
                                       NULL,
                                       checkpoint_info_fields,
                                       8};

static rj_field machine_peaks_fields[] = {
    {"threads", "I", NULL}, {"fmaGflops", "D", NULL}, {"triadGbPerSecond", "D", NULL}};
static rj_type machine_peaks_type = {"dev/raddle/MachinePeaks", "(IDD)V", NULL, NULL,
                                     machine_peaks_fields,      3};

static rj_field step_bench_fields[] = {
    {"steps", "J", NULL},        {"tokensPerStep", "J", NULL}, {"parameterElements", "J", NULL},
    {"flopsPerStep", "J", NULL}, {"peakRssBytes", "J", NULL},  {"stepMsMedian", "D", NULL},
    {"stepMsMin", "D", NULL},    {"stepMsMax", "D", NULL},     {"firstStepMs", "D", NULL},
    {"planMs", "D", NULL},       {"createMs", "D", NULL},      {"tokensPerSecond", "D", NULL}};
static rj_type step_bench_type = {"dev/raddle/StepBench",
                                  "(JJJJ"
                                  "JDDD"
                                  "DDDD)V",
                                  NULL,
                                  NULL,
                                  step_bench_fields,
                                  12};

static rj_type* const types[] = {
    &context_options_type,  &option_info_type,     &world_options_type, &op_info_type,
    &graph_tensor_type,     &graph_node_type,      &memory_table_type,  &tokenize_result_type,
    &session_options_type,  &session_info_type,    &metrics_type,       &batch_type,
    &tensor_view_type,      &evaluation_type,      &event_type,         &train_result_type,
    &generate_options_type, &generate_result_type, &tensor_info_type,   &backward_options_type,
    &apply_options_type,    &checkpoint_info_type, &machine_peaks_type, &step_bench_type};

int rj_load_structs(JNIEnv* env) {
  return rj_load_types(env, types, sizeof(types) / sizeof(types[0]));
}

void rj_read_context_options(rj_frame* frame, jobject in, raddle_context_options_t* out) {
  const rj_field* fields = context_options_fields;
  raddle_context_options_init(out, sizeof(*out));
  out->log_level = rj_get_int(frame, in, fields[0].id);
  out->log_user_data = (void*)(intptr_t)rj_get_long(frame, in, fields[1].id);
  if (out->log_user_data != NULL) out->log_callback = rj_on_log;
}

jobject rj_new_option_info(JNIEnv* env, const raddle_option_info_t* in) {
  if (in == NULL) return NULL;
  jstring key = rj_new_text(env, in->key);
  jstring type = rj_new_text(env, in->type);
  jstring default_value = rj_new_text(env, in->default_value);
  jstring unit = rj_new_text(env, in->unit);
  jstring scope = rj_new_text(env, in->scope);
  jstring accepts = rj_new_text(env, in->accepts);
  jstring help = rj_new_text(env, in->help);
  jstring environment = rj_new_text(env, in->environment);
  jstring change = rj_new_text(env, in->change);
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, option_info_type.id, option_info_type.make, key, type,
                           default_value, unit, scope, accepts, help, environment, change);
}

void rj_read_world_options(rj_frame* frame, jobject in, raddle_world_options_t* out) {
  const rj_field* fields = world_options_fields;
  raddle_world_options_init(out, sizeof(*out));
  out->rank = rj_get_long(frame, in, fields[0].id);
  out->size = rj_get_long(frame, in, fields[1].id);
  out->coordinator = rj_text(frame, rj_get_object(frame, in, fields[2].id));
  out->secret = rj_text(frame, rj_get_object(frame, in, fields[3].id));
}

jobject rj_new_op_info(JNIEnv* env, const raddle_op_info_t* in) {
  if (in == NULL) return NULL;
  jstring name = rj_new_text(env, in->name);
  jstring inputs = rj_new_text(env, in->inputs);
  jstring outputs = rj_new_text(env, in->outputs);
  jstring attributes = rj_new_text(env, in->attributes);
  jstring help = rj_new_text(env, in->help);
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, op_info_type.id, op_info_type.make, name, inputs, outputs,
                           attributes, help, (jlong)in->input_count_min, (jlong)in->input_count_max,
                           (jlong)in->output_count);
}

jobject rj_new_graph_tensor(JNIEnv* env, const raddle_graph_tensor_t* in) {
  if (in == NULL) return NULL;
  jstring name = rj_new_text(env, in->name);
  jlongArray dims = rj_new_longs(env, in->dims, sizeof(in->dims) / sizeof(in->dims[0]));
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, graph_tensor_type.id, graph_tensor_type.make, name, (jint)in->kind,
                           (jint)in->dtype, (jint)in->rank, (jint)in->node, dims,
                           (jdouble)in->loss_coefficient, (jboolean)(in->is_output != 0));
}

jobject rj_new_graph_node(JNIEnv* env, const raddle_graph_node_t* in) {
  if (in == NULL) return NULL;
  jstring op = rj_new_text(env, in->op);
  jintArray inputs = rj_new_ints(env, in->inputs, in->input_count);
  jintArray outputs = rj_new_ints(env, in->outputs, in->output_count);
  jdoubleArray attributes = rj_new_doubles(env, in->attributes, in->attribute_count);
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, graph_node_type.id, graph_node_type.make, op, (jint)in->block,
                           inputs, outputs, attributes);
}

jobject rj_new_memory_table(JNIEnv* env, const raddle_memory_table_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, memory_table_type.id, memory_table_type.make,
                           (jlong)in->parameter_bytes, (jlong)in->gradient_bytes,
                           (jlong)in->optimizer_bytes, (jlong)in->activation_bytes,
                           (jlong)in->scratch_bytes, (jlong)in->other_bytes, (jlong)in->total_bytes,
                           (jlong)in->limit_bytes, (jlong)in->missing_bytes);
}

jobject rj_new_tokenize_result(JNIEnv* env, const raddle_tokenize_result_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, tokenize_result_type.id, tokenize_result_type.make,
                           (jlong)in->documents, (jlong)in->tokens, (jlong)in->bytes,
                           (jlong)in->replaced);
}

void rj_read_session_options(rj_frame* frame, jobject in, raddle_session_options_t* out) {
  const rj_field* fields = session_options_fields;
  raddle_session_options_init(out, sizeof(*out));
  out->run_directory = rj_path(frame, rj_get_object(frame, in, fields[0].id));
  out->resume = rj_path(frame, rj_get_object(frame, in, fields[1].id));
  out->trace_path = rj_path(frame, rj_get_object(frame, in, fields[2].id));
}

jobject rj_new_session_info(JNIEnv* env, const raddle_session_info_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, session_info_type.id, session_info_type.make,
                           (jlong)in->parameter_elements, (jlong)in->vocab_size,
                           (jlong)in->context_tokens, (jlong)in->micro_batch_tokens,
                           (jlong)in->micro_batches, (jlong)in->steps_done, (jlong)in->steps_total,
                           (jlong)in->tokens_done, (jlong)in->flops_per_token,
                           (jlong)in->memory_bytes, (jint)in->threads);
}

jobject rj_new_metrics(JNIEnv* env, const raddle_metrics_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, metrics_type.id, metrics_type.make, (jlong)in->step,
                           (jdouble)in->loss, (jdouble)in->total_loss, (jdouble)in->grad_norm,
                           (jdouble)in->learning_rate, (jlong)in->step_tokens, (jlong)in->tokens,
                           (jdouble)in->step_ms, (jdouble)in->tokens_per_second,
                           (jdouble)in->flops_per_second, (jlong)in->skipped_total,
                           (jboolean)(in->skipped != 0));
}

void rj_read_batch(rj_frame* frame, jobject in, raddle_batch_t* out) {
  const rj_field* fields = batch_fields;
  int64_t sequence_count = RJ_UNKNOWN;
  int64_t token_count = RJ_UNKNOWN;
  raddle_batch_init(out, sizeof(*out));
  out->tokens =
      rj_array(frame, rj_get_object(frame, in, fields[0].id), 'I', 0, 0, &token_count, "tokens");
  out->targets =
      rj_array(frame, rj_get_object(frame, in, fields[1].id), 'I', 0, 0, &token_count, "targets");
  out->weights =
      rj_array(frame, rj_get_object(frame, in, fields[2].id), 'F', 0, 0, &token_count, "weights");
  out->positions =
      rj_array(frame, rj_get_object(frame, in, fields[3].id), 'I', 0, 0, &token_count, "positions");
  out->cu_seqlens = rj_array(frame, rj_get_object(frame, in, fields[4].id), 'I', 0, 1,
                             &sequence_count, "cuSeqlens");
  out->sequence_count = rj_count(sequence_count);
  out->token_count = rj_count(token_count);
}

const raddle_batch_t* rj_read_batch_array(rj_frame* frame, jobjectArray in, int64_t* count) {
  raddle_batch_t* out = rj_array_memory(frame, in, sizeof(*out), 6, count);
  int64_t i;
  for (i = 0; out != NULL && i < *count; ++i) {
    jobject one = rj_element(frame, in, i);
    if (one == NULL) return NULL;
    rj_read_batch(frame, one, out + i);
  }
  return out;
}

jobject rj_new_tensor_view(JNIEnv* env, const raddle_tensor_view_t* in) {
  if (in == NULL) return NULL;
  jstring name = rj_new_text(env, in->name);
  jlongArray dims = rj_new_longs(env, in->dims, sizeof(in->dims) / sizeof(in->dims[0]));
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, tensor_view_type.id, tensor_view_type.make, name,
                           rj_address(in->data), (jint)in->dtype, (jint)in->rank, dims);
}

void rj_read_tensor_view(rj_frame* frame, jobject in, raddle_tensor_view_t* out) {
  const rj_field* fields = tensor_view_fields;
  raddle_tensor_view_init(out, sizeof(*out));
  out->name = rj_text(frame, rj_get_object(frame, in, fields[0].id));
  out->data = (void*)(intptr_t)rj_get_long(frame, in, fields[1].id);
  out->dtype = rj_get_int(frame, in, fields[2].id);
  out->rank = rj_get_int(frame, in, fields[3].id);
  rj_copy_longs(frame, rj_get_object(frame, in, fields[4].id), out->dims,
                sizeof(out->dims) / sizeof(out->dims[0]), "dims");
}

const raddle_tensor_view_t* rj_read_tensor_view_array(rj_frame* frame, jobjectArray in,
                                                      int64_t* count) {
  raddle_tensor_view_t* out = rj_array_memory(frame, in, sizeof(*out), 6, count);
  int64_t i;
  for (i = 0; out != NULL && i < *count; ++i) {
    jobject one = rj_element(frame, in, i);
    if (one == NULL) return NULL;
    rj_read_tensor_view(frame, one, out + i);
  }
  return out;
}

jobject rj_new_evaluation(JNIEnv* env, const raddle_evaluation_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, evaluation_type.id, evaluation_type.make, (jlong)in->step,
                           (jdouble)in->loss, (jdouble)in->perplexity, (jdouble)in->bits_per_byte,
                           (jlong)in->tokens, (jlong)in->bytes, (jdouble)in->seconds);
}

jobject rj_new_event(JNIEnv* env, const raddle_event_t* in) {
  if (in == NULL) return NULL;
  jobject metrics = rj_new_metrics(env, in->metrics);
  jobject evaluation = rj_new_evaluation(env, in->evaluation);
  jobject path = rj_new_path(env, in->path);
  jstring message = rj_new_text(env, in->message);
  jbyteArray text = rj_new_bytes(env, in->text, in->text_bytes);
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, event_type.id, event_type.make, (jint)in->kind, (jlong)in->step,
                           (jlong)in->steps_total, metrics, evaluation, path, message, text,
                           (jint)in->token);
}

jobject rj_new_train_result(JNIEnv* env, const raddle_train_result_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, train_result_type.id, train_result_type.make, (jlong)in->steps_done,
                           (jboolean)(in->stopped != 0), (jboolean)(in->saved != 0),
                           (jdouble)in->seconds);
}

void rj_read_generate_options(rj_frame* frame, jobject in, raddle_generate_options_t* out) {
  const rj_field* fields = generate_options_fields;
  raddle_generate_options_init(out, sizeof(*out));
  out->max_tokens = rj_get_long(frame, in, fields[0].id);
  out->temperature = rj_get_double(frame, in, fields[1].id);
  out->top_k = rj_get_long(frame, in, fields[2].id);
  out->seed = rj_get_long(frame, in, fields[3].id);
  out->greedy = rj_get_boolean(frame, in, fields[4].id);
  out->ignore_end = rj_get_boolean(frame, in, fields[5].id);
}

jobject rj_new_generate_result(JNIEnv* env, const raddle_generate_result_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, generate_result_type.id, generate_result_type.make,
                           (jlong)in->token_count, (jdouble)in->prompt_ms,
                           (jdouble)in->tokens_per_second, (jboolean)(in->ended != 0));
}

jobject rj_new_tensor_info(JNIEnv* env, const raddle_tensor_info_t* in) {
  if (in == NULL) return NULL;
  jstring name = rj_new_text(env, in->name);
  jstring parameter = rj_new_text(env, in->parameter);
  jlongArray dims = rj_new_longs(env, in->dims, sizeof(in->dims) / sizeof(in->dims[0]));
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(
      env, tensor_info_type.id, tensor_info_type.make, name, parameter, (jint)in->role,
      (jint)in->dtype, (jint)in->rank, (jboolean)(in->trained != 0), dims, (jlong)in->element_begin,
      (jlong)in->element_end, (jboolean)(in->on_host != 0), (jboolean)(in->foreign != 0));
}

void rj_read_backward_options(rj_frame* frame, jobject in, raddle_backward_options_t* out) {
  const rj_field* fields = backward_options_fields;
  raddle_backward_options_init(out, sizeof(*out));
  out->weight_sum = rj_get_double(frame, in, fields[0].id);
  out->accumulate = rj_get_boolean(frame, in, fields[1].id);
}

void rj_read_apply_options(rj_frame* frame, jobject in, raddle_apply_options_t* out) {
  const rj_field* fields = apply_options_fields;
  raddle_apply_options_init(out, sizeof(*out));
  out->learning_rate = rj_get_double(frame, in, fields[0].id);
  out->own_learning_rate = rj_get_boolean(frame, in, fields[1].id);
}

jobject rj_new_checkpoint_info(JNIEnv* env, const raddle_checkpoint_info_t* in) {
  if (in == NULL) return NULL;
  jobject path = rj_new_path(env, in->path);
  jstring problem = rj_new_text(env, in->problem);
  jstring branch = rj_new_text(env, in->branch);
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, checkpoint_info_type.id, checkpoint_info_type.make, path,
                           (jlong)in->step, (jlong)in->bytes, (jboolean)(in->good != 0), problem,
                           branch, (jboolean)(in->in_force != 0),
                           (jboolean)(in->half_written != 0));
}

jobject rj_new_machine_peaks(JNIEnv* env, const raddle_machine_peaks_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(env, machine_peaks_type.id, machine_peaks_type.make, (jint)in->threads,
                           (jdouble)in->fma_gflops, (jdouble)in->triad_gb_per_second);
}

jobject rj_new_step_bench(JNIEnv* env, const raddle_step_bench_t* in) {
  if (in == NULL) return NULL;
  if ((*env)->ExceptionCheck(env)) return NULL;
  return (*env)->NewObject(
      env, step_bench_type.id, step_bench_type.make, (jlong)in->steps, (jlong)in->tokens_per_step,
      (jlong)in->parameter_elements, (jlong)in->flops_per_step, (jlong)in->peak_rss_bytes,
      (jdouble)in->step_ms_median, (jdouble)in->step_ms_min, (jdouble)in->step_ms_max,
      (jdouble)in->first_step_ms, (jdouble)in->plan_ms, (jdouble)in->create_ms,
      (jdouble)in->tokens_per_second);
}
