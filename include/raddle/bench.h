/* SPDX-License-Identifier: Apache-2.0 */
/* Measurements: what the machine can do, and what a training step makes of it. Raddle's own kernels
 * are measured here against other libraries; run each library in a process of its own, or their
 * thread pools fight.
 */
/* Generated from include/interface/abi/bench.toml. */
#ifndef RADDLE_BENCH_H_
#define RADDLE_BENCH_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* What the machine can do. */
typedef struct raddle_machine_peaks {
  size_t struct_size; /* set by RADDLE_MACHINE_PEAKS_INIT */
  int32_t threads;
  int32_t reserved;  /* 0 */
  double fma_gflops; /* FP32 fused multiply-add from registers, all threads */
  /* a = b + s c in memory, 12 bytes an element, all threads; 0: not measured */
  double triad_gb_per_second;
} raddle_machine_peaks_t;
#define RADDLE_MACHINE_PEAKS_INIT \
  { sizeof(raddle_machine_peaks_t), 0, 0, 0, 0 }

/* What RADDLE_MACHINE_PEAKS_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_machine_peaks_init(raddle_machine_peaks_t* out_struct, size_t struct_bytes);

/* Measures the machine's peaks.
 *
 * threads      0: all cores
 * with_memory  0: arithmetic only, in a tenth of a second; else memory too, in a second or two and
 *              384 MiB
 * Threads      any
 * Errors       INVALID_ARGUMENT  threads is not from 0 to 1024
 *              RESOURCE_EXHAUSTED
 * Since        0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_bench_machine(raddle_context_t* context,
                                                                int32_t threads,
                                                                int32_t with_memory,
                                                                raddle_machine_peaks_t* out_peaks);

/* C = A B, with A (m, k) or its transpose and B (k, n) or its transpose; row-major, FP32. */
typedef struct raddle_gemm_shape {
  size_t struct_size; /* set by RADDLE_GEMM_SHAPE_INIT */
  int64_t m;
  int64_t n;
  int64_t k;
  int32_t transpose_a;
  int32_t transpose_b;
  int64_t count; /* how often a step runs it */
} raddle_gemm_shape_t;
#define RADDLE_GEMM_SHAPE_INIT \
  { sizeof(raddle_gemm_shape_t), 0, 0, 0, 0, 0, 0 }

/* What RADDLE_GEMM_SHAPE_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (internal)
 */
RADDLE_API void raddle_gemm_shape_init(raddle_gemm_shape_t* out_struct, size_t struct_bytes);

/* Receives one matrix product of a step.
 *
 * name  says where in the step it comes from
 */
typedef void (*raddle_gemm_shape_callback_t)(void* user_data, const char* name,
                                             const raddle_gemm_shape_t* shape);

/* The matrix products of one training step of the config's model, each shape once.
 *
 * Errors  INVALID_ARGUMENT  the config does not validate
 * Since   0.1 (internal)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_bench_gemm_shapes(raddle_context_t* context, const raddle_config_t* config,
                         raddle_gemm_shape_callback_t callback, void* user_data);

/* How fast a matrix library multiplies one shape: its own entry point, its own threads, which it
 * keeps until the process ends.
 *
 * library     "openblas-openmp", "openblas-pthread", "onednn"
 * shape       A and B not both transposed
 * threads     0: all cores
 * out_gflops  of the median repetition
 * Threads     any
 * Errors      UNAVAILABLE       the library is not there; says what to install
 *             INVALID_ARGUMENT  no such library; sizes out of range
 * Since       0.1 (internal)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_bench_gemm(raddle_context_t* context,
                                                             const char* library,
                                                             const raddle_gemm_shape_t* shape,
                                                             int32_t threads, double* out_gflops);

/* What a training step took. */
typedef struct raddle_step_bench {
  size_t struct_size; /* set by RADDLE_STEP_BENCH_INIT */
  int64_t steps;      /* measured */
  int64_t tokens_per_step;
  int64_t parameter_elements;
  int64_t flops_per_step; /* (6 N + 6 L C T) x tokens: N parameters, L layers, C width, T length */
  int64_t peak_rss_bytes; /* of this process so far */
  double step_ms_median;
  double step_ms_min;
  double step_ms_max;
  double first_step_ms; /* the first step, its allocations included */
  double plan_ms;
  double create_ms;         /* planning, allocating and drawing weights */
  double tokens_per_second; /* of the median step */
} raddle_step_bench_t;
#define RADDLE_STEP_BENCH_INIT \
  { sizeof(raddle_step_bench_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* What RADDLE_STEP_BENCH_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_step_bench_init(raddle_step_bench_t* out_struct, size_t struct_bytes);

/* Times training steps (forward, backward, clipping, AdamW) of the config's model on random tokens.
 *
 * batch     sequences per micro-batch
 * sequence  their length
 * warmup    steps that are not measured; 0: 2
 * steps     steps that are measured; 0: 10
 * stop      NULL: nobody stops it
 * Errors    as raddle_session_create()
 * Cancel    raddle_stop_cancel(), raddle_stop_request()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_bench_step(
    raddle_context_t* context, const raddle_config_t* config, int64_t batch, int64_t sequence,
    int64_t warmup, int64_t steps, raddle_stop_t* stop, raddle_step_bench_t* out_bench);

/* Times every kernel of one training step of the config's model by itself, on the device that the
 * config names, as a JSON object: device, copy_gb_per_second and product_tflops (what the device
 * can do, measured in the same call), and kernels, the most time first: kernel, count (in a step),
 * ms (of all of them), gb_per_second (of the bytes that they must move) and tflops (of products and
 * attention). Keys may be added.
 *
 * batch     sequences per micro-batch
 * sequence  their length
 * repeats   of each kernel; 0: 20
 * stop      NULL: nobody stops it
 * out_json  free with raddle_text_destroy()
 * Errors    as raddle_session_create()
 * Cancel    raddle_stop_cancel(), raddle_stop_request()
 * Since     0.1 (internal)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_bench_kernels(raddle_context_t* context, const raddle_config_t* config, int64_t batch,
                     int64_t sequence, int64_t repeats, raddle_stop_t* stop, char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_BENCH_H_ */
