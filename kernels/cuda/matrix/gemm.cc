// SPDX-License-Identifier: Apache-2.0
// Host side of the matrix product.
#include "kernels/cuda/matrix/gemm.h"

#include <algorithm>

#include "kernels/cuda/code.h"
#include "kernels/cuda/matrix/gemm_parameters.h"

namespace raddle::kernels {
namespace {

using cuda::GemmParametersOf;
using cuda::kGemmTile;

// How the inner dimension is cut.
struct Cut {
  int64_t parts, depth;
};

// Two blocks for each of about 128 multiprocessors, as long as a part is worth its own pass over C.
// A number, not the device's: the same shape gives the same bits on any GPU.
constexpr int64_t kBlocksWanted = 256;
constexpr int64_t kLeastDepth = 256;
constexpr int64_t kMostDepth = int64_t{1} << 30;  // which the device counts in 32 bits

int64_t tiles_of(const CudaProduct& product) {
  return blocks_for(product.m, kGemmTile) * blocks_for(product.n, kGemmTile);
}

Cut cut_of(const CudaProduct& product) {
  const int64_t wanted = kBlocksWanted / std::max<int64_t>(1, tiles_of(product));
  const int64_t parts = std::max(
      {int64_t{1}, std::min(wanted, product.k / kLeastDepth), blocks_for(product.k, kMostDepth)});
  const int64_t slice =
      product.operands == Element::kBf16 ? cuda::kGemmDepth<Bf16> : cuda::kGemmDepth<float>;
  const int64_t depth =
      std::max<int64_t>(1, blocks_for(blocks_for(product.k, parts), slice)) * slice;
  return {std::max<int64_t>(1, blocks_for(product.k, depth)), depth};
}

size_t scratch_bytes(const CudaProduct& product) {
  const Cut cut = cut_of(product);
  if (cut.parts == 1) return 0;
  return static_cast<size_t>(cut.parts * product.m * product.n) * sizeof(float);
}

// What differs between the types of the operands.
template <class T>
struct Code;
template <>
struct Code<float> {
  static constexpr CudaKernel kNn = CudaKernel::gemm_nn, kNt = CudaKernel::gemm_nt,
                              kTn = CudaKernel::gemm_tn;
  static constexpr size_t kSharedBytes = 0;
  static constexpr int64_t kWritten = 4;  // elements of C at once
};
template <>
struct Code<Bf16> {
  static constexpr CudaKernel kNn = CudaKernel::gemm_bf16_nn, kNt = CudaKernel::gemm_bf16_nt,
                              kTn = CudaKernel::gemm_bf16_tn;
  static constexpr size_t kSharedBytes = cuda::kGemmBf16SharedBytes;
  static constexpr int64_t kWritten = 2;
};
static_assert(cuda::kGemmBf16SharedBytes == 73728);  // as code.inc says

template <class T>
CudaKernel kernel_of(const CudaProduct& product) {
  if (product.a_transposed) return Code<T>::kTn;
  return product.b_transposed ? Code<T>::kNt : Code<T>::kNn;
}

// Whether the device may write `elements` of C at once.
template <class Result>
bool has_groups(const Result* c, int64_t elements, int64_t stride, int64_t part_stride) {
  return reinterpret_cast<uintptr_t>(c) % (static_cast<size_t>(elements) * sizeof(Result)) == 0 &&
         stride % elements == 0 && part_stride % elements == 0;
}

template <class T>
GemmParametersOf<T> parameters_of(const CudaProduct& product, const Cut& cut, float* parts) {
  const bool is_cut = cut.parts > 1;
  GemmParametersOf<T> p{};
  p.a = static_cast<const T*>(product.a);
  p.b = static_cast<const T*>(product.b);
  p.m = product.m;
  p.n = product.n;
  p.k = product.k;
  p.a_stride = product.a_stride;
  p.b_stride = product.b_stride;
  p.c_stride = is_cut ? product.n : product.c_stride;
  p.part_depth = static_cast<int32_t>(cut.depth);
  p.part_stride = is_cut ? product.m * product.n : 0;
  if (is_cut) {
    p.c = parts;
  } else if (product.result == Element::kFloat) {
    p.c = static_cast<float*>(product.c);
  } else {
    p.c_rounded = static_cast<T*>(product.c);
  }
  p.bias = is_cut ? nullptr : static_cast<const T*>(product.bias);
  p.accumulate = product.beta == 1.0f && !is_cut;
  p.a_packs = has_packs(p.a, p.a_stride);
  p.b_packs = has_packs(p.b, p.b_stride);
  constexpr int64_t kWritten = Code<T>::kWritten;
  p.c_packs = p.c != nullptr ? has_groups(p.c, kWritten, p.c_stride, p.part_stride)
                             : has_groups(p.c_rounded, kWritten, p.c_stride, p.part_stride);
  return p;
}

template <class Result>
Status add_parts_of(const CudaProduct& product, int64_t count, const float* parts,
                    const Launch& launch) {
  const PartsCallOf<Result> call = {parts,
                                    count,
                                    static_cast<const Result*>(product.bias),
                                    static_cast<Result*>(product.c),
                                    product.m,
                                    product.n,
                                    product.c_stride,
                                    product.beta == 1.0f};
  return add_parts(call, launch);
}

template <class T>
Status run_of(const CudaProduct& product, const Launch& launch) {
  const Cut cut = cut_of(product);
  float* const parts = reinterpret_cast<float*>(launch.scratch.data());
  RADDLE_RETURN_IF_ERROR(launch_cuda(
      launch, kernel_of<T>(product),
      {tiles_of(product), cuda::kGemmThreads, static_cast<int>(cut.parts), Code<T>::kSharedBytes},
      parameters_of<T>(product, cut, parts)));
  if (cut.parts == 1) return Status::ok();
  if (product.result == Element::kFloat) {
    return add_parts_of<float>(product, cut.parts, parts, launch);
  }
  return add_parts_of<Bf16>(product, cut.parts, parts, launch);
}

Status run(const CudaProduct& product, const Launch& launch) {
  RADDLE_ASSERT(!(product.a_transposed && product.b_transposed));
  RADDLE_ASSERT(product.beta == 0.0f || product.beta == 1.0f);
  if (product.operands == Element::kFloat) {
    RADDLE_ASSERT(product.result == Element::kFloat);
    return run_of<float>(product, launch);
  }
  // What is added to is a gradient of parameters, in float; what has a bias is an activation.
  RADDLE_ASSERT(product.result == Element::kBf16 ? product.beta == 0.0f : product.bias == nullptr);
  return run_of<Bf16>(product, launch);
}

template <class T>
Status add_parts(CudaKernel kernel, const PartsCallOf<T>& call, const Launch& launch) {
  const cuda::AddPartsParametersOf<T> p = {call.parts, call.bias,     call.c,     call.m,
                                           call.n,     call.c_stride, call.count, call.accumulate};
  return launch_cuda(launch, kernel,
                     {blocks_for(call.m * call.n, cuda::kAddPartsThreads), cuda::kAddPartsThreads},
                     p);
}

}  // namespace

Status add_parts(const PartsCallOf<float>& call, const Launch& launch) {
  return add_parts(CudaKernel::add_parts, call, launch);
}
Status add_parts(const PartsCallOf<Bf16>& call, const Launch& launch) {
  return add_parts(CudaKernel::add_parts_bf16, call, launch);
}

constinit const CudaProducts kOwnProducts = {&scratch_bytes, &run, nullptr};

}  // namespace raddle::kernels
