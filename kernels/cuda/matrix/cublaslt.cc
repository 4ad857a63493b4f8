// SPDX-License-Identifier: Apache-2.0
// Products by cuBLASLt. It counts matrices by columns: a matrix of ours is the transposed one
// there, so C = A B is asked for as C' = B' A', with B as its first operand.
#include "kernels/cuda/matrix/cublaslt.h"

#include <algorithm>
#include <compare>
#include <map>
#include <mutex>

#include "kernels/cuda/matrix/cublaslt_library.h"
#include "runtime/device/cuda/cuda_stream.h"

namespace raddle::kernels {
namespace {

// The largest power of two that the address is a multiple of, as far as the library cares.
uint32_t alignment_of(const void* address) {
  constexpr uintptr_t kMost = 256;
  const uintptr_t bits = reinterpret_cast<uintptr_t>(address) | kMost;
  return static_cast<uint32_t>(bits & (~bits + 1));
}

cudaDataType_t type_of(Element element) {
  return element == Element::kBf16 ? CUDA_R_16BF : CUDA_R_32F;
}

// What the choice of an algorithm depends on.
struct Key {
  Element operands, result;
  int64_t m, n, k, a_stride, b_stride, c_stride;
  bool a_transposed, b_transposed, with_bias;
  uint32_t a_alignment, b_alignment, c_alignment;
  auto operator<=>(const Key&) const = default;
};

Key key_of(const CudaProduct& call) {
  return {call.operands,
          call.result,
          call.m,
          call.n,
          call.k,
          call.a_stride,
          call.b_stride,
          call.c_stride,
          call.a_transposed,
          call.b_transposed,
          call.bias != nullptr,
          alignment_of(call.a),
          alignment_of(call.b),
          alignment_of(call.c)};
}

std::string text_of(const Key& key) {
  return fmt::format("a product of {} x {} by {} x {}{}", key.m, key.k, key.k, key.n,
                     key.operands == Element::kBf16 ? " in BF16" : "");
}

// Something of the library's that is destroyed by it.
template <class T>
class Owned {
 public:
  using Destroy = cublasStatus_t (*)(T);
  explicit Owned(Destroy destroy) : destroy_(destroy) {}
  ~Owned() {
    if (value_ != nullptr) destroy_(value_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T* out() { return &value_; }
  T get() const { return value_; }

 private:
  const Destroy destroy_;
  T value_ = nullptr;
};

// A product as the library knows it, and the algorithm that it chose.
struct Plan {
  explicit Plan(const CublasLt& library)
      : product(library.cublasLtMatmulDescDestroy),
        a(library.cublasLtMatrixLayoutDestroy),
        b(library.cublasLtMatrixLayoutDestroy),
        c(library.cublasLtMatrixLayoutDestroy) {}
  Owned<cublasLtMatmulDesc_t> product;
  Owned<cublasLtMatrixLayout_t> a, b, c;
  cublasLtMatmulAlgo_t algorithm{};
};

// The library's handle in a context, and all products that were asked for there.
class Products final : public device::CudaContext::Attachment {
 public:
  static StatusOr<std::unique_ptr<Attachment>> make();
  explicit Products(const CublasLt& library)
      : library_(library), handle_(library.cublasLtDestroy) {}
  Status prepare(const CudaProduct& call);
  Status run(const CudaProduct& call, std::span<std::byte> workspace, CUstream stream);

 private:
  StatusOr<const Plan*> find(const Key& key);
  Status describe(const Key& key, Plan& plan) const;
  Status choose(const Key& key, Plan& plan) const;

  const CublasLt& library_;
  Owned<cublasLtHandle_t> handle_;
  std::mutex mutex_;
  std::map<Key, std::unique_ptr<Plan>> plans_;
};

StatusOr<std::unique_ptr<device::CudaContext::Attachment>> Products::make() {
  RADDLE_ASSIGN_OR_RETURN(const CublasLt* library, CublasLt::open());
  auto products = std::make_unique<Products>(*library);
  RADDLE_RETURN_IF_ERROR(
      library->check(library->cublasLtCreate(products->handle_.out()), "starting"));
  return std::unique_ptr<Attachment>(std::move(products));
}

Status Products::describe(const Key& key, Plan& plan) const {
  const auto what = [&] { return "describing " + text_of(key); };
  const cublasComputeType_t compute =
      key.operands == Element::kBf16 ? CUBLAS_COMPUTE_32F : CUBLAS_COMPUTE_32F_PEDANTIC;
  RADDLE_RETURN_IF_ERROR(library_.check(
      library_.cublasLtMatmulDescCreate(plan.product.out(), compute, CUDA_R_32F), what()));
  const auto set = [&](cublasLtMatmulDescAttributes_t attribute, const auto& value) {
    return library_.check(library_.cublasLtMatmulDescSetAttribute(plan.product.get(), attribute,
                                                                  &value, sizeof value),
                          what());
  };
  const auto operation = [](bool transposed) -> int32_t {
    return transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  };
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_DESC_TRANSA, operation(key.b_transposed)));
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_DESC_TRANSB, operation(key.a_transposed)));
  const uint32_t epilogue = key.with_bias ? CUBLASLT_EPILOGUE_BIAS : CUBLASLT_EPILOGUE_DEFAULT;
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_DESC_EPILOGUE, epilogue));
  // Of a stored row `columns` long, one of `rows`: a column there.
  const auto lay_out = [&](Owned<cublasLtMatrixLayout_t>& layout, Element element, int64_t rows,
                           int64_t columns, int64_t stride) {
    return library_.check(library_.cublasLtMatrixLayoutCreate(layout.out(), type_of(element),
                                                              static_cast<uint64_t>(columns),
                                                              static_cast<uint64_t>(rows), stride),
                          what());
  };
  RADDLE_RETURN_IF_ERROR(lay_out(plan.a, key.operands, key.b_transposed ? key.n : key.k,
                                 key.b_transposed ? key.k : key.n, key.b_stride));
  RADDLE_RETURN_IF_ERROR(lay_out(plan.b, key.operands, key.a_transposed ? key.k : key.m,
                                 key.a_transposed ? key.m : key.k, key.a_stride));
  return lay_out(plan.c, key.result, key.m, key.n, key.c_stride);
}

Status Products::choose(const Key& key, Plan& plan) const {
  const std::string what = "choosing an algorithm for " + text_of(key);
  Owned<cublasLtMatmulPreference_t> preference(library_.cublasLtMatmulPreferenceDestroy);
  RADDLE_RETURN_IF_ERROR(
      library_.check(library_.cublasLtMatmulPreferenceCreate(preference.out()), what));
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t attribute, const auto& value) {
    return library_.check(library_.cublasLtMatmulPreferenceSetAttribute(preference.get(), attribute,
                                                                        &value, sizeof value),
                          what);
  };
  RADDLE_RETURN_IF_ERROR(
      set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, uint64_t{kCublasLtWorkspaceBytes}));
  // Parts of the inner dimension are added in a fixed order and in the type of the sums.
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
                             uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE}));
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, key.b_alignment));
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, key.a_alignment));
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, key.c_alignment));
  RADDLE_RETURN_IF_ERROR(set(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, key.c_alignment));
  cublasLtMatmulHeuristicResult_t result{};
  int count = 0;
  const cublasStatus_t said = library_.cublasLtMatmulAlgoGetHeuristic(
      handle_.get(), plan.product.get(), plan.a.get(), plan.b.get(), plan.c.get(), plan.c.get(),
      preference.get(), 1, &result, &count);
  const bool found = said == CUBLAS_STATUS_SUCCESS && count > 0;
  if (said == CUBLAS_STATUS_NOT_SUPPORTED || (said == CUBLAS_STATUS_SUCCESS && count == 0) ||
      (found && result.state != CUBLAS_STATUS_SUCCESS)) {
    return unimplemented(
        "{} has no algorithm for {}; set kernels.disable to \"*:cublaslt\", and Raddle's own "
        "kernels make the products",
        library_.name, text_of(key));
  }
  RADDLE_RETURN_IF_ERROR(library_.check(said, what));
  plan.algorithm = result.algo;
  return Status::ok();
}

StatusOr<const Plan*> Products::find(const Key& key) {
  const auto found = plans_.find(key);
  if (found != plans_.end()) return const_cast<const Plan*>(found->second.get());
  auto plan = std::make_unique<Plan>(library_);
  RADDLE_RETURN_IF_ERROR(describe(key, *plan));
  RADDLE_RETURN_IF_ERROR(choose(key, *plan));
  return const_cast<const Plan*>(plans_.emplace(key, std::move(plan)).first->second.get());
}

Status Products::prepare(const CudaProduct& call) {
  const std::lock_guard lock(mutex_);
  return find(key_of(call)).status();
}

Status Products::run(const CudaProduct& call, std::span<std::byte> workspace, CUstream stream) {
  RADDLE_ASSERT(workspace.size() >= kCublasLtWorkspaceBytes);
  const std::lock_guard lock(mutex_);  // the bias is a property of the plan, until it is queued
  const Key key = key_of(call);
  RADDLE_ASSIGN_OR_RETURN(const Plan* plan, find(key));
  cublasStatus_t said = CUBLAS_STATUS_SUCCESS;
  if (call.bias != nullptr) {
    said = library_.cublasLtMatmulDescSetAttribute(
        plan->product.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, &call.bias, sizeof call.bias);
  }
  const float one = 1;
  if (said == CUBLAS_STATUS_SUCCESS) {
    said = library_.cublasLtMatmul(handle_.get(), plan->product.get(), &one, call.b, plan->a.get(),
                                   call.a, plan->b.get(), &call.beta, call.c, plan->c.get(), call.c,
                                   plan->c.get(), &plan->algorithm, workspace.data(),
                                   kCublasLtWorkspaceBytes, stream);
  }
  if (said == CUBLAS_STATUS_SUCCESS) return Status::ok();
  return library_.check(said, text_of(key));
}

// Gives `use` the products of the stream's context, which is current meanwhile.
template <class Use>
Status with_products(const Launch& launch, const Use& use) {
  auto& stream = static_cast<device::CudaStream&>(launch.stream);
  const device::CudaContext::Scope scope(stream.context());
  RADDLE_RETURN_IF_ERROR(Status(scope.status()));
  RADDLE_ASSIGN_OR_RETURN(auto* attachment, stream.context().attachment(&Products::make));
  return use(static_cast<Products&>(*attachment), stream.native());
}

size_t scratch_bytes(const CudaProduct&) { return kCublasLtWorkspaceBytes; }

Status run(const CudaProduct& call, const Launch& launch) {
  return with_products(launch, [&](Products& products, CUstream stream) {
    return products.run(call, launch.scratch, stream);
  });
}

Status prepare(const CudaProduct& call, const Launch& launch) {
  return with_products(launch,
                       [&](Products& products, CUstream) { return products.prepare(call); });
}

}  // namespace

constinit const CudaProducts kCublasLtProducts = {&scratch_bytes, &run, &prepare};

}  // namespace raddle::kernels
