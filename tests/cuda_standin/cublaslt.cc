// SPDX-License-Identifier: Apache-2.0
// libcublaslt_standin.so: in the place of cuBLASLt, on the stand-in's streams. It knows what Raddle
// asks for and refuses all else; it holds a product to what its algorithm was chosen for, and
// spoils the workspace before it computes by plain loops.
#include <cublasLt.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "runtime/base/bf16.h"
#include "tests/cuda_standin/queue.h"
#include "tests/cuda_standin/state.h"

namespace {

using raddle::standin::State;

struct Layout {
  cudaDataType type;
  uint64_t rows, columns;
  int64_t stride;
};
struct Product {
  cublasComputeType_t compute;
  int32_t transposed[2] = {CUBLAS_OP_N, CUBLAS_OP_N};
  uint32_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  const void* bias = nullptr;  // of C's type
};
struct Preference {
  uint64_t workspace_bytes = 0;
  uint32_t reduction_mask = CUBLASLT_REDUCTION_SCHEME_MASK;
  uint32_t alignments[4] = {256, 256, 256, 256};  // as the library's own
};
// What a cublasLtMatmulAlgo_t holds here.
struct Choice {
  uint32_t magic, m, n, k, workspace_bytes;
  uint8_t alignments_log2[4];
  uint32_t epilogue;
  uint8_t operand_type, result_type;
};
static_assert(sizeof(Choice) <= sizeof(cublasLtMatmulAlgo_t));
constexpr uint32_t kMagic = 0x5261646c;
constexpr uint32_t kWorkspaceBytes = uint32_t{4} << 20;  // that a product here wants
const auto the_handle = reinterpret_cast<cublasLtHandle_t>(0x20);

cublasStatus_t refuse(const char* why) {
  std::fprintf(stderr, "cuBLASLt stand-in: %s\n", why);
  return CUBLAS_STATUS_INVALID_VALUE;
}

#define ENTER(name)                                              \
  if (const int error = State::get().enter(#name); error != 0) { \
    return static_cast<cublasStatus_t>(error);                   \
  }                                                              \
  static_assert(true)

template <class T>
const T& as(const void* descriptor) {
  return *static_cast<const T*>(descriptor);
}

// Copies an attribute that must be of that size.
template <class T>
cublasStatus_t set(T& value, const void* given, size_t bytes) {
  if (bytes != sizeof value) return refuse("an attribute of another size");
  std::memcpy(&value, given, bytes);
  return CUBLAS_STATUS_SUCCESS;
}

// The sizes of a product, or an m of 0 if its matrices do not fit each other.
struct Sizes {
  uint64_t m = 0, n = 0, k = 0;
};
Sizes sizes_of(const Product& product, const Layout& a, const Layout& b, const Layout& c) {
  const bool a_turned = product.transposed[0] == CUBLAS_OP_T;
  const bool b_turned = product.transposed[1] == CUBLAS_OP_T;
  const Sizes sizes = {a_turned ? a.columns : a.rows, b_turned ? b.rows : b.columns,
                       a_turned ? a.rows : a.columns};
  const bool fit =
      sizes.k == (b_turned ? b.columns : b.rows) && c.rows == sizes.m && c.columns == sizes.n;
  return fit ? sizes : Sizes();
}

bool same(const Layout& a, const Layout& b) {
  return a.type == b.type && a.rows == b.rows && a.columns == b.columns && a.stride == b.stride;
}

// FP32 throughout; or BF16 with sums in FP32, and the result in either.
bool are_types_known(const Product& product, const Layout& a, const Layout& b, const Layout& c) {
  if (a.type != b.type) return false;
  if (a.type == CUDA_R_32F) {
    return product.compute == CUBLAS_COMPUTE_32F_PEDANTIC && c.type == CUDA_R_32F;
  }
  return product.compute == CUBLAS_COMPUTE_32F;
}

double element(const void* matrix, cudaDataType type, uint64_t at) {
  if (type == CUDA_R_32F) return double{static_cast<const float*>(matrix)[at]};
  return double{raddle::bf16_to_f32(static_cast<const uint16_t*>(matrix)[at])};
}
void set_element(void* matrix, cudaDataType type, uint64_t at, double value) {
  const auto rounded = static_cast<float>(value);
  if (type == CUDA_R_32F) {
    static_cast<float*>(matrix)[at] = rounded;
  } else {
    static_cast<uint16_t*>(matrix)[at] = raddle::f32_to_bf16(rounded);
  }
}

int log2_of(uint32_t value) {
  int log = 0;
  while (value > 1u << log) ++log;
  return log;
}

bool is_aligned(const void* address, int log2) {
  return reinterpret_cast<uintptr_t>(address) % (uintptr_t{1} << log2) == 0;
}

struct Task {
  Product product;
  Layout a, b, c;
  Sizes sizes;
  const void *a_data, *b_data;
  void* c_data;
  float beta;
  void* workspace;

  void run() const {
    std::memset(workspace, 0xff, kWorkspaceBytes);
    const bool a_turned = product.transposed[0] == CUBLAS_OP_T;
    const bool b_turned = product.transposed[1] == CUBLAS_OP_T;
    const auto a_stride = static_cast<uint64_t>(a.stride),
               b_stride = static_cast<uint64_t>(b.stride);
    for (uint64_t j = 0; j < sizes.n; ++j) {
      for (uint64_t i = 0; i < sizes.m; ++i) {
        double sum = 0;
        for (uint64_t l = 0; l < sizes.k; ++l) {
          sum += element(a_data, a.type, a_turned ? i * a_stride + l : l * a_stride + i) *
                 element(b_data, b.type, b_turned ? l * b_stride + j : j * b_stride + l);
        }
        if (product.epilogue == CUBLASLT_EPILOGUE_BIAS) sum += element(product.bias, c.type, i);
        const uint64_t to = j * static_cast<uint64_t>(c.stride) + i;
        if (beta != 0) sum += element(c_data, c.type, to);
        set_element(c_data, c.type, to, sum);
      }
    }
  }
};

}  // namespace

extern "C" {

size_t cublasLtGetVersion() {
  const char* version = std::getenv("RADDLE_STANDIN_CUBLASLT_VERSION");
  return version != nullptr ? std::strtoull(version, nullptr, 10) : CUBLAS_VERSION;
}
const char* cublasLtGetStatusString(cublasStatus_t) { return "an error of the stand-in"; }

cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) {
  ENTER(cublasLtCreate);
  if (!raddle::standin::has_context()) return CUBLAS_STATUS_NOT_INITIALIZED;
  *handle = the_handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtDestroy(cublasLtHandle_t) {
  ENTER(cublasLtDestroy);
  return raddle::standin::has_context() ? CUBLAS_STATUS_SUCCESS : refuse("ended without a context");
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* layout, cudaDataType type,
                                          uint64_t rows, uint64_t columns, int64_t stride) {
  ENTER(cublasLtMatrixLayoutCreate);
  if (type != CUDA_R_32F && type != CUDA_R_16BF) return refuse("a matrix of neither FP32 nor BF16");
  if (rows == 0 || columns == 0 || stride < static_cast<int64_t>(rows)) {
    return refuse("a matrix without elements, or a stride below its column");
  }
  *layout = reinterpret_cast<cublasLtMatrixLayout_t>(new Layout{type, rows, columns, stride});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t layout) {
  delete reinterpret_cast<Layout*>(layout);
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* product, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  ENTER(cublasLtMatmulDescCreate);
  if ((compute != CUBLAS_COMPUTE_32F_PEDANTIC && compute != CUBLAS_COMPUTE_32F) ||
      scale != CUDA_R_32F) {
    return refuse("a product whose sums are not in plain FP32");
  }
  *product = reinterpret_cast<cublasLtMatmulDesc_t>(new Product{compute});
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t product) {
  delete reinterpret_cast<Product*>(product);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t product,
                                              cublasLtMatmulDescAttributes_t attribute,
                                              const void* value, size_t bytes) {
  ENTER(cublasLtMatmulDescSetAttribute);
  auto& of = *reinterpret_cast<Product*>(product);
  switch (attribute) {
    case CUBLASLT_MATMUL_DESC_TRANSA:
      return set(of.transposed[0], value, bytes);
    case CUBLASLT_MATMUL_DESC_TRANSB:
      return set(of.transposed[1], value, bytes);
    case CUBLASLT_MATMUL_DESC_EPILOGUE:
      return set(of.epilogue, value, bytes);
    case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
      return set(of.bias, value, bytes);
    default:
      return refuse("an attribute of products that it does not know");
  }
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* preference) {
  ENTER(cublasLtMatmulPreferenceCreate);
  *preference = reinterpret_cast<cublasLtMatmulPreference_t>(new Preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t preference) {
  delete reinterpret_cast<Preference*>(preference);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t preference,
                                                    cublasLtMatmulPreferenceAttributes_t attribute,
                                                    const void* value, size_t bytes) {
  ENTER(cublasLtMatmulPreferenceSetAttribute);
  auto& of = *reinterpret_cast<Preference*>(preference);
  switch (attribute) {
    case CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES:
      return set(of.workspace_bytes, value, bytes);
    case CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK:
      return set(of.reduction_mask, value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES:
      return set(of.alignments[0], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES:
      return set(of.alignments[1], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES:
      return set(of.alignments[2], value, bytes);
    case CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES:
      return set(of.alignments[3], value, bytes);
    default:
      return refuse("a preference that it does not know");
  }
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                                              cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                              cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d,
                                              cublasLtMatmulPreference_t preference, int asked,
                                              cublasLtMatmulHeuristicResult_t results[],
                                              int* count) {
  *count = 0;
  ENTER(cublasLtMatmulAlgoGetHeuristic);
  if (handle != the_handle || asked < 1) return refuse("no handle, or no room for a result");
  if (!raddle::standin::has_context()) return refuse("asked without a context");
  const auto& of = as<Product>(product);
  const auto& wanted = as<Preference>(preference);
  const Sizes sizes = sizes_of(of, as<Layout>(a), as<Layout>(b), as<Layout>(c));
  if (sizes.m == 0 || !same(as<Layout>(c), as<Layout>(d)))
    return refuse("matrices that do not fit");
  if (!are_types_known(of, as<Layout>(a), as<Layout>(b), as<Layout>(c))) {
    return refuse("types of matrices and sums that it does not know together");
  }
  if (wanted.reduction_mask != CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE) {
    return refuse("sums of parts in any order or type");
  }
  if (wanted.workspace_bytes < kWorkspaceBytes) return CUBLAS_STATUS_NOT_SUPPORTED;
  const auto narrow = [](auto value) { return static_cast<uint32_t>(value); };
  Choice choice = {kMagic,
                   narrow(sizes.m),
                   narrow(sizes.n),
                   narrow(sizes.k),
                   kWorkspaceBytes,
                   {},
                   of.epilogue,
                   static_cast<uint8_t>(as<Layout>(a).type),
                   static_cast<uint8_t>(as<Layout>(c).type)};
  for (int i = 0; i < 4; ++i) {
    choice.alignments_log2[i] = static_cast<uint8_t>(log2_of(wanted.alignments[i]));
  }
  std::memcpy(&results[0].algo, &choice, sizeof choice);
  results[0].workspaceSize = kWorkspaceBytes;
  results[0].state = CUBLAS_STATUS_SUCCESS;
  *count = 1;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t handle, cublasLtMatmulDesc_t product,
                              const void* alpha, const void* a, cublasLtMatrixLayout_t a_layout,
                              const void* b, cublasLtMatrixLayout_t b_layout, const void* beta,
                              const void* c, cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, const cublasLtMatmulAlgo_t* algo,
                              void* workspace, size_t workspace_bytes, cudaStream_t stream) {
  ENTER(cublasLtMatmul);
  if (handle != the_handle || algo == nullptr) return refuse("no handle or no algorithm");
  if (!raddle::standin::has_context()) return refuse("called without a context");
  const auto& of = as<Product>(product);
  Choice choice{};
  std::memcpy(&choice, algo, sizeof choice);
  const Sizes sizes =
      sizes_of(of, as<Layout>(a_layout), as<Layout>(b_layout), as<Layout>(c_layout));
  if (choice.magic != kMagic || choice.m != sizes.m || choice.n != sizes.n || choice.k != sizes.k ||
      choice.epilogue != of.epilogue || choice.operand_type != as<Layout>(a_layout).type ||
      choice.result_type != as<Layout>(c_layout).type) {
    return refuse("an algorithm that was chosen for another product");
  }
  const void* const operands[] = {a, b, c, d};
  for (int i = 0; i < 4; ++i) {
    if (!is_aligned(operands[i], choice.alignments_log2[i])) {
      return refuse("an operand that is less aligned than was promised");
    }
  }
  if (c != d || !same(as<Layout>(c_layout), as<Layout>(d_layout))) return refuse("a C beside D");
  if (workspace_bytes < choice.workspace_bytes || !is_aligned(workspace, 8)) {
    return refuse("a workspace too small, or on no multiple of 256 bytes");
  }
  if (of.epilogue == CUBLASLT_EPILOGUE_BIAS && of.bias == nullptr) return refuse("no bias");
  if (as<float>(alpha) != 1) return refuse("an alpha that is not 1");
  const Task task = {of,
                     as<Layout>(a_layout),
                     as<Layout>(b_layout),
                     as<Layout>(c_layout),
                     sizes,
                     a,
                     b,
                     d,
                     as<float>(beta),
                     workspace};
  raddle::standin::run_on_device(stream, [task] { task.run(); });
  return CUBLAS_STATUS_SUCCESS;
}

}  // extern "C"
