/* SPDX-License-Identifier: Apache-2.0 */
/* Models as graphs: built op by op, read from text, or ready-made from a config.
 *
 * A graph is built, then finished. Finishing checks it; after that it never changes, and any number
 * of sessions and plans may be made of it, on any threads. Gradients are derived when it is
 * planned. A call that fails adds nothing.
 *
 *   raddle_tensor_id_t ids, table, x;
 *   raddle_graph_add_input(graph, "tokens", RADDLE_I32, &rows, 1, &ids);
 *   raddle_graph_add_parameter(graph, "wte", RADDLE_F32, shape, 2, "init=normal(0.02)", &table);
 *   raddle_tensor_id_t inputs[] = {table, ids};
 *   raddle_graph_add_op(graph, "embedding", "x", inputs, 2, NULL, &x, 1);
 */
/* Generated from include/interface/abi/graph*.toml. */
#ifndef RADDLE_GRAPH_H_
#define RADDLE_GRAPH_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* A model. */
typedef struct raddle_graph raddle_graph_t;

/* A tensor of the graph that returned it. */
typedef int32_t raddle_tensor_id_t;

/* Stands for an input that an op may do without; comes back for an output that it then lacks. */
#define RADDLE_NO_TENSOR (-1)
#define RADDLE_RANK_MAX 4

/* Element types. Values never change. */
typedef int32_t raddle_dtype_t;
enum {
  RADDLE_F32 = 0,
  RADDLE_F64 = 1,
  RADDLE_BF16 = 2,
  RADDLE_F16 = 3,
  RADDLE_I32 = 4,
  RADDLE_I64 = 5,
  RADDLE_U8 = 6,
  RADDLE_U16 = 7,
  RADDLE_U32 = 8
};

/* One kind of op. All texts are static. */
typedef struct raddle_op_info {
  size_t struct_size;     /* set by RADDLE_OP_INFO_INIT */
  const char* name;       /* "linear" */
  const char* inputs;     /* names of the inputs, in order: "x weight bias?" (? may be left out) */
  const char* outputs;    /* "y" */
  const char* attributes; /* "key=default,..."; a key without default must be given */
  const char* help;       /* shapes and arithmetic, a sentence or two */
  int64_t input_count_min;
  int64_t input_count_max;
  int64_t output_count;
} raddle_op_info_t;
#define RADDLE_OP_INFO_INIT \
  { sizeof(raddle_op_info_t), NULL, NULL, NULL, NULL, NULL, 0, 0, 0 }

/* What RADDLE_OP_INFO_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_op_info_init(raddle_op_info_t* out_struct, size_t struct_bytes);

/* How many kinds of op can be added to a graph.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_op_count(void);

/* Kind `index`.
 *
 * out_info  its texts are static
 * Threads   any
 * Errors    OUT_OF_RANGE  index is not in [0, count)
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_op_get_info(int64_t index,
                                                              raddle_op_info_t* out_info);

/* An empty graph.
 *
 * out_graph  may outlive the context; destroy with raddle_graph_destroy()
 * Threads    any
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_create(raddle_context_t* context,
                                                               raddle_graph_t** out_graph);

/* NULL-safe; nulls it. Sessions and plans made of the graph keep what they need.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_graph_destroy(raddle_graph_t** graph);

/* The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual width
 * and multi-token prediction), for micro-batches of train.micro_batch_tokens. Finished.
 *
 * Its inputs, for `rows` = train.micro_batch_tokens: tokens, positions, targets (rows; I32),
 * weights (rows; F32), cu_seqlens (rows + 1; I32; the tail repeats the last value), loss_scale (1;
 * F32); with multi-token prediction mtp_targets and mtp_weights too.
 *
 * out_graph  destroy with raddle_graph_destroy()
 * Errors     INVALID_ARGUMENT  the config describes no model; says which keys
 *            NOT_FOUND         model.hf_config names no file
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_create_model(raddle_context_t* context,
                                                                     const raddle_config_t* config,
                                                                     raddle_graph_t** out_graph);

/* The graph that raddle_graph_to_text() wrote. Finished.
 *
 * out_graph  destroy with raddle_graph_destroy()
 * Threads    any
 * Errors     INVALID_ARGUMENT  names the line, or the node that does not hold
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_create_from_text(
    raddle_context_t* context, const char* text, size_t text_bytes, raddle_graph_t** out_graph);

/* A tensor that the caller gives with every micro-batch.
 *
 * name        unique in the graph; 1 to 256 letters, digits and _ . -
 * dims        `rank` sizes, each from 1 to 2^31 - 1, with a product of at most 2^40; NULL: allowed
 *             when rank is 0
 * out_tensor  the tensor
 * Errors      INVALID_ARGUMENT     bad name, type or shape
 *             ALREADY_EXISTS       the graph has a tensor of that name
 *             FAILED_PRECONDITION  the graph is finished
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_add_input(raddle_graph_t* graph,
                                                                  const char* name,
                                                                  raddle_dtype_t dtype,
                                                                  const int64_t* dims, int32_t rank,
                                                                  raddle_tensor_id_t* out_tensor);

/* A tensor that training changes. F32.
 *
 * dtype       RADDLE_F32
 * dims        NULL: allowed when rank is 0
 * attributes  "key=value,...":
 *               init=zeros              how it starts: zeros, ones, constant(V), normal(STD),
 *                                       stacked_identity, residue_average, hyper_connection(M)
 *               decay=true              whether weight decay applies: true, false; NULL: none
 * Errors      as raddle_graph_add_input()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_add_parameter(
    raddle_graph_t* graph, const char* name, raddle_dtype_t dtype, const int64_t* dims,
    int32_t rank, const char* attributes, raddle_tensor_id_t* out_tensor);

/* Any op by name. Shapes and types of the outputs follow from the inputs.
 *
 * name         of the first output, unique in the graph; NULL: a number is given
 * inputs       `input_count` tensors of this graph, in the order of the op's info; trailing ones
 *              that the op can do without may be left out
 * attributes   "key=value,..."; NULL: none
 * out_outputs  room for `output_count` tensors, which must be as many as the op has
 * Errors       INVALID_ARGUMENT     unknown op or attribute (the nearest is named), wrong counts,
 *                                   shapes or types
 *              ALREADY_EXISTS       the graph has a tensor of that name
 *              FAILED_PRECONDITION  the graph is finished
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_graph_add_op(raddle_graph_t* graph, const char* op, const char* name,
                    const raddle_tensor_id_t* inputs, int64_t input_count, const char* attributes,
                    raddle_tensor_id_t* out_outputs, int64_t output_count);

/* Ops added from now on belong to this block: what train.recompute = "block" keeps or computes
 * again as one.
 *
 * block   0, 1, ...; -1: none (the default)
 * Errors  INVALID_ARGUMENT     below -1
 *         FAILED_PRECONDITION  the graph is finished
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_set_block(raddle_graph_t* graph,
                                                                  int32_t block);

/* What activations and caches are, and parameters where products and tables read them: RADDLE_F32,
 * which it is otherwise, or RADDLE_BF16. Said before the first tensor. Inputs of real numbers are
 * then of that type too, but for those that an op takes exact (weights, loss_scale). Parameters
 * themselves, their gradients, statistics and losses are F32 all the same. Ready-made models take
 * it from train.precision.
 *
 * Errors  INVALID_ARGUMENT     another type
 *         FAILED_PRECONDITION  the graph has a tensor, or is finished
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_set_precision(raddle_graph_t* graph,
                                                                      raddle_dtype_t dtype);

/* Adds `coefficient` x `loss` to what training minimises. The op linear_cross_entropy makes such a
 * tensor; its input loss_scale is 1 / (the sum of the weights of all tokens of the step), so that
 * the loss is a mean over tokens and never a mean of means over micro-batches.
 *
 * loss    of one F32 element that a node makes, once; summed over the micro-batches of a step
 * Errors  INVALID_ARGUMENT     not such a tensor, or one that is a loss already
 *         FAILED_PRECONDITION  the graph is finished
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_add_loss(raddle_graph_t* graph,
                                                                 raddle_tensor_id_t loss,
                                                                 double coefficient);

/* Keeps a tensor for the caller to read after each run (raddle_session_read_output()): a result
 * beside the losses, such as logits or hidden states.
 *
 * tensor  that a node makes
 * Errors  INVALID_ARGUMENT     not such a tensor
 *         FAILED_PRECONDITION  the graph is finished
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_add_output(raddle_graph_t* graph,
                                                                   raddle_tensor_id_t tensor);

/* Checks the graph and freezes it.
 *
 * Errors  INVALID_ARGUMENT     what does not hold, and where
 *         FAILED_PRECONDITION  it is finished already
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_finish(raddle_graph_t* graph);

/* The graph as text that people can read and raddle_graph_create_from_text() reads back.
 *
 * out_text  free with raddle_text_destroy()
 * Errors    FAILED_PRECONDITION  the graph is not finished
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_to_text(const raddle_graph_t* graph,
                                                                char** out_text);

/* How many parameter elements the graph has.
 *
 * graph  NULL: the result is 0
 * Since  0.1 (unstable)
 */
RADDLE_API int64_t raddle_graph_parameter_elements(const raddle_graph_t* graph);

/* ---- what a finished graph holds ------------------------------------------------------------ */

/* Where a tensor of a graph comes from. */
typedef int32_t raddle_tensor_kind_t;
enum {
  RADDLE_TENSOR_INPUT = 0,     /* the caller gives it with every micro-batch */
  RADDLE_TENSOR_PARAMETER = 1, /* part of the state */
  RADDLE_TENSOR_CACHE = 2,     /* kept from one run to the next */
  RADDLE_TENSOR_ACTIVATION = 3 /* a node makes it */
};

/* One tensor of a graph. */
typedef struct raddle_graph_tensor {
  size_t struct_size; /* set by RADDLE_GRAPH_TENSOR_INIT */
  const char* name;
  raddle_tensor_kind_t kind;
  raddle_dtype_t dtype;
  int32_t rank;
  int32_t node;                  /* index of the node that makes it; -1: none */
  int64_t dims[RADDLE_RANK_MAX]; /* the first `rank` */
  double loss_coefficient;       /* 0: it is no loss */
  int32_t is_output;             /* 1: raddle_graph_add_output() was called on it */
  int32_t reserved;              /* 0 */
} raddle_graph_tensor_t;
#define RADDLE_GRAPH_TENSOR_INIT \
  { sizeof(raddle_graph_tensor_t), NULL, 0, 0, 0, 0, {0, 0, 0, 0}, 0, 0, 0 }

/* What RADDLE_GRAPH_TENSOR_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_graph_tensor_init(raddle_graph_tensor_t* out_struct, size_t struct_bytes);

/* One operation of a graph. */
typedef struct raddle_graph_node {
  size_t struct_size; /* set by RADDLE_GRAPH_NODE_INIT */
  const char* op;     /* "linear" */
  int32_t block;      /* as raddle_graph_set_block() was told; -1: none */
  int32_t reserved;   /* 0 */
  /* one an input of the op, RADDLE_NO_TENSOR for those left out */
  const raddle_tensor_id_t* inputs;
  int64_t input_count;
  const raddle_tensor_id_t* outputs;
  int64_t output_count;
  const double* attributes; /* in the order of `attributes` of raddle_op_get_info() */
  int64_t attribute_count;
} raddle_graph_node_t;
#define RADDLE_GRAPH_NODE_INIT \
  { sizeof(raddle_graph_node_t), NULL, 0, 0, NULL, 0, NULL, 0, NULL, 0 }

/* What RADDLE_GRAPH_NODE_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_graph_node_init(raddle_graph_node_t* out_struct, size_t struct_bytes);

/* How many tensors a finished graph has: they are numbered from 0.
 *
 * graph    NULL: the result is 0
 * Returns  0: it is not finished
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_graph_tensor_count(const raddle_graph_t* graph);

/* Describes a tensor of a finished graph.
 *
 * out_tensor  borrowed until the graph is destroyed
 * Errors      OUT_OF_RANGE         there is no such tensor
 *             FAILED_PRECONDITION  the graph is not finished
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_get_tensor(
    const raddle_graph_t* graph, raddle_tensor_id_t tensor, raddle_graph_tensor_t* out_tensor);

/* The tensor of that name in a finished graph.
 *
 * Errors  NOT_FOUND            there is none; the nearest is named
 *         FAILED_PRECONDITION  the graph is not finished
 * Since   0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_find_tensor(const raddle_graph_t* graph,
                                                                    const char* name,
                                                                    raddle_tensor_id_t* out_tensor);

/* How many operations a finished graph has, in the order in which they run.
 *
 * graph    NULL: the result is 0
 * Returns  0: it is not finished
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_graph_node_count(const raddle_graph_t* graph);

/* Describes an operation of a finished graph.
 *
 * out_node  borrowed until the graph is destroyed
 * Errors    OUT_OF_RANGE         there is no such node
 *           FAILED_PRECONDITION  the graph is not finished
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_graph_get_node(const raddle_graph_t* graph,
                                                                 int64_t index,
                                                                 raddle_graph_node_t* out_node);

RADDLE_END_DECLS

#endif /* RADDLE_GRAPH_H_ */
