/* SPDX-License-Identifier: Apache-2.0 */
/* The tensors of a session's state where they lie: by name, as a view, and as DLPack for NumPy,
 * PyTorch and others. steps.h copies them.
 */
/* Generated from include/interface/abi/tensors.toml. */
#ifndef RADDLE_TENSORS_H_
#define RADDLE_TENSORS_H_

#include "raddle/base.h"
#include "raddle/graph.h"
#include "raddle/session.h"
#include "raddle/status.h"

RADDLE_BEGIN_DECLS

/* How many tensors of state there are: every parameter NAME, and in a session that trains also
 * gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze. A state that holds its
 * parameters in BF16 too, for computing, has compute/NAME of each.
 *
 * session  NULL: the result is 0
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API int64_t raddle_session_tensor_count(const raddle_session_t* session);

/* The name of tensor `index`, parameters first.
 *
 * session  NULL: the result is NULL
 * Returns  borrowed until the session is destroyed; NULL: `index` is out of range
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API const char* raddle_session_tensor_name(const raddle_session_t* session, int64_t index);

/* What a tensor of state is to its parameter. */
typedef int32_t raddle_tensor_role_t;
enum {
  RADDLE_ROLE_PARAMETER = 0,
  RADDLE_ROLE_GRADIENT = 1,
  RADDLE_ROLE_MOMENT1 = 2, /* AdamW's m */
  RADDLE_ROLE_MOMENT2 = 3, /* AdamW's v */
  RADDLE_ROLE_COMPUTE = 4  /* the parameter in BF16, which follows it */
};

/* A tensor of state, wherever it lies. */
typedef struct raddle_tensor_info {
  size_t struct_size;    /* set by RADDLE_TENSOR_INFO_INIT */
  const char* name;      /* "gradient/lm_head.weight" */
  const char* parameter; /* "lm_head.weight" */
  raddle_tensor_role_t role;
  raddle_dtype_t dtype;
  int32_t rank;
  /* 1: the parameter has a gradient and moments; 0: it is frozen, or the session does not train */
  int32_t trained;
  int64_t dims[RADDLE_RANK_MAX]; /* the first `rank`, of the whole tensor */
  /* of the whole tensor's elements, in row-major order, those from this one on are here */
  int64_t element_begin;
  /* and end before this one: all of them, unless several ranks share the state */
  int64_t element_end;
  /* 1: in memory that raddle_session_get_tensor() gives; 0: in that of a device which the host
   * cannot follow pointers to */
  int32_t on_host;
  int32_t foreign; /* 1: in memory that another process may own too and that outlives the session */
} raddle_tensor_info_t;
#define RADDLE_TENSOR_INFO_INIT \
  { sizeof(raddle_tensor_info_t), NULL, NULL, 0, 0, 0, 0, {0, 0, 0, 0}, 0, 0, 0, 0 }

/* What RADDLE_TENSOR_INFO_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_tensor_info_init(raddle_tensor_info_t* out_struct, size_t struct_bytes);

/* Describes tensor `index`, in the order of raddle_session_tensor_name().
 *
 * out_info  borrowed until the session is destroyed
 * Threads   one call at a time, but also in a callback of a call on the session
 * Errors    OUT_OF_RANGE  there is no such tensor
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_get_tensor_info(
    const raddle_session_t* session, int64_t index, raddle_tensor_info_t* out_info);

/* A tensor's memory itself: no copy. What is written there counts from the next call on, but for
 * compute/NAME, which follows its parameter. A part of a tensor (see raddle_tensor_info_t) is a
 * vector of its elements.
 *
 * out_view  not to be used while a call runs; borrowed until the session is destroyed
 * Threads   one call at a time, but also in a callback of a call on the session
 * Errors    NOT_FOUND            no such tensor (the nearest is named)
 *           FAILED_PRECONDITION  the tensor lies in the memory of a device that the host cannot
 *                                follow pointers to; use raddle_session_read_tensor()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_get_tensor(
    raddle_session_t* session, const char* name, raddle_tensor_view_t* out_view);

/* DLPack's structs under names of our own, laid out as in <dlpack/dlpack.h>, which may be included
 * before or after: a pointer to one is cast to the other. This is its DLDeviceType. */
typedef int32_t raddle_dl_device_t;
enum { RADDLE_DL_CPU = 1, RADDLE_DL_CUDA = 2 };

/* DLDataTypeCode. */
typedef int32_t raddle_dl_code_t;
enum { RADDLE_DL_INT = 0, RADDLE_DL_UINT = 1, RADDLE_DL_FLOAT = 2, RADDLE_DL_BFLOAT = 4 };

/* DLTensor; its parts `device` and `dtype` are written out. */
typedef struct raddle_dl_tensor {
  void* data;
  raddle_dl_device_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t dtype_code; /* a raddle_dl_code_t */
  uint8_t dtype_bits;
  uint16_t dtype_lanes;
  int64_t* shape;
  int64_t* strides; /* NULL: compact, row-major */
  uint64_t byte_offset;
} raddle_dl_tensor_t;

/* DLPACK_FLAG_BITMASK_READ_ONLY. */
#define RADDLE_DL_READ_ONLY 1

/* DLManagedTensorVersioned of DLPack 1. */
typedef struct raddle_dl_versioned {
  uint32_t version_major; /* 1 */
  uint32_t version_minor; /* 0 */
  void* manager_ctx;
  void (*deleter)(struct raddle_dl_versioned* self);
  uint64_t flags; /* 0: neither read-only nor a copy; of compute/NAME, RADDLE_DL_READ_ONLY */
  raddle_dl_tensor_t dl_tensor;
} raddle_dl_versioned_t;

/* DLManagedTensor, as DLPack had it before 1. */
typedef struct raddle_dl_managed {
  raddle_dl_tensor_t dl_tensor;
  void* manager_ctx;
  void (*deleter)(struct raddle_dl_managed* self);
} raddle_dl_managed_t;

/* The same memory as a DLPack tensor, for NumPy, PyTorch and others. It may be written to unless
 * its flags say otherwise.
 *
 * out_tensor  keeps the memory alive even after the session is destroyed; the deleter may run on
 *             any thread; call its deleter once when done
 * Threads     one call at a time, but also in a callback of a call on the session
 * Errors      NOT_FOUND            no such tensor (the nearest is named)
 *             FAILED_PRECONDITION  the tensor lies in the memory of a device that the host cannot
 *                                  follow pointers to; use raddle_session_read_tensor()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_export_dlpack(
    raddle_session_t* session, const char* name, raddle_dl_versioned_t** out_tensor);

/* raddle_session_export_dlpack() for what reads the DLPack of before 1, where nothing says whether
 * a tensor may be written to: NumPy then takes it as read-only.
 *
 * out_tensor  as raddle_session_export_dlpack(); call its deleter once when done
 * Threads     one call at a time, but also in a callback of a call on the session
 * Errors      as raddle_session_export_dlpack()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_session_export_tensor(
    raddle_session_t* session, const char* name, raddle_dl_managed_t** out_tensor);

RADDLE_END_DECLS

#endif /* RADDLE_TENSORS_H_ */
