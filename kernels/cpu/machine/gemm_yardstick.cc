// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/machine/gemm_yardstick.h"

#include <algorithm>
#include <array>

#include "runtime/base/clock.h"
#include "runtime/base/dynamic_library.h"
#include "runtime/device/memory.h"

namespace raddle::kernels {
namespace {

using Run = std::function<void(const GemmCall&)>;
constexpr std::array<std::string_view, 3> kLibraries = {"openblas-openmp", "openblas-pthread",
                                                        "onednn"};

// A library whose threads are set up; leaked on purpose, as its pool cannot be torn down safely.
StatusOr<const DynamicLibrary*> open_for_good(const std::string& path, std::string_view package) {
  auto library = DynamicLibrary::open(path);
  if (!library.is_ok()) {
    return unavailable("{}; install the Debian package {}", library.status().message(), package);
  }
  return static_cast<const DynamicLibrary*>(new DynamicLibrary(std::move(library).value()));
}

StatusOr<Run> open_openblas(std::string_view build, int threads) {
  const std::string path = fmt::format("/usr/lib/" RADDLE_MULTIARCH "/{}/libopenblas.so.0", build);
  const bool openmp = build == "openblas-openmp";
  RADDLE_ASSIGN_OR_RETURN(
      const DynamicLibrary* library,
      open_for_good(path, openmp ? "libopenblas0-openmp" : "libopenblas0-pthread"));
  RADDLE_ASSIGN_OR_RETURN(auto set_threads,
                          library->function<void (*)(int)>("openblas_set_num_threads"));
  Blas blas;
  RADDLE_ASSIGN_OR_RETURN(blas.cblas_sgemm, library->function<Blas::CblasSgemm>("cblas_sgemm"));
  set_threads(threads);
  return Run([blas](const GemmCall& call) { RADDLE_ASSERT(blas.gemm(call)); });
}

StatusOr<Run> open_onednn(int threads) {
  RADDLE_ASSIGN_OR_RETURN(const DynamicLibrary* openmp, open_for_good("libgomp.so.1", "libgomp1"));
  RADDLE_ASSIGN_OR_RETURN(auto set_threads, openmp->function<void (*)(int)>("omp_set_num_threads"));
  RADDLE_ASSIGN_OR_RETURN(const DynamicLibrary* library, open_for_good("libdnnl.so.2", "libdnnl2"));
  using Sgemm = int (*)(char, char, int64_t, int64_t, int64_t, float, const float*, int64_t,
                        const float*, int64_t, float, float*, int64_t);
  RADDLE_ASSIGN_OR_RETURN(Sgemm sgemm, library->function<Sgemm>("dnnl_sgemm"));
  set_threads(threads);
  return Run([sgemm](const GemmCall& call) {
    sgemm(call.a_transposed ? 'T' : 'N', call.b_transposed ? 'T' : 'N', call.m, call.n, call.k,
          1.0f, call.a, call.a_stride, call.b, call.b_stride, call.beta, call.c, call.c_stride);
  });
}

// Small exact numbers, so that no operand is denormal and nothing overflows.
StatusOr<device::HostBuffer> filled(int64_t floats) {
  RADDLE_ASSIGN_OR_RETURN(
      auto buffer, device::HostBuffer::allocate(static_cast<size_t>(floats) * sizeof(float)));
  float* values = reinterpret_cast<float*>(buffer.data());
  for (int64_t i = 0; i < floats; ++i) values[i] = static_cast<float>(i % 13 - 6) * 0.125f;
  return buffer;
}

}  // namespace

std::string_view gemm_pass_name(GemmPass pass) {
  constexpr std::array<std::string_view, 3> kNames = {"forward", "grad_input", "grad_weight"};
  return kNames[static_cast<size_t>(pass)];
}

GemmOperandFloats gemm_operand_floats(const GemmShape& s) {
  const int64_t x = s.rows * s.in, w = s.out * s.in, y = s.rows * s.out;
  switch (s.pass) {
    case GemmPass::kForward:
      return {x, w, y};
    case GemmPass::kGradInput:
      return {y, w, x};
    case GemmPass::kGradWeight:
      break;
  }
  return {y, x, w};
}

GemmCall gemm_call_of(const GemmShape& s, const float* a, const float* b, float* c) {
  GemmCall call{.a = a,
                .b = b,
                .c = c,
                .m = s.rows,
                .n = s.out,
                .k = s.in,
                .a_stride = s.in,
                .b_stride = s.in,
                .c_stride = s.out,
                .a_transposed = false,
                .b_transposed = true,
                .beta = 0.0f};
  if (s.pass == GemmPass::kForward) return call;
  call.a_stride = s.out;
  call.b_transposed = false;
  call.n = s.in;
  call.c_stride = s.in;
  call.k = s.out;
  if (s.pass == GemmPass::kGradInput) return call;
  call.a_transposed = true;
  call.m = s.out;
  call.k = s.rows;
  call.beta = 1.0f;
  return call;
}

std::span<const std::string_view> gemm_yardstick_libraries() { return kLibraries; }

StatusOr<double> median_gemm_seconds(const GemmShape& shape, const Run& run) {
  constexpr size_t kCallsMin = 5, kCallsMax = 50;
  constexpr int64_t kNsEnough = 100'000'000;
  const GemmOperandFloats floats = gemm_operand_floats(shape);
  RADDLE_ASSIGN_OR_RETURN(auto a, filled(floats.a));
  RADDLE_ASSIGN_OR_RETURN(auto b, filled(floats.b));
  RADDLE_ASSIGN_OR_RETURN(auto c, filled(floats.c));
  const GemmCall call =
      gemm_call_of(shape, reinterpret_cast<float*>(a.data()), reinterpret_cast<float*>(b.data()),
                   reinterpret_cast<float*>(c.data()));
  run(call);
  std::vector<int64_t> times;
  const int64_t start = now_ns();
  while (times.size() < kCallsMin || (times.size() < kCallsMax && now_ns() - start < kNsEnough)) {
    const int64_t before = now_ns();
    run(call);
    times.push_back(now_ns() - before);
  }
  std::nth_element(times.begin(), times.begin() + static_cast<int64_t>(times.size() / 2),
                   times.end());
  return static_cast<double>(times[times.size() / 2]) * 1e-9;
}

StatusOr<std::vector<double>> measure_gemm_library(std::string_view library, int threads,
                                                   std::span<const GemmShape> shapes) {
  if (std::find(kLibraries.begin(), kLibraries.end(), library) == kLibraries.end()) {
    return invalid_argument(
        "unknown matrix library \"{}\"; one of openblas-openmp, "
        "openblas-pthread, onednn",
        library);
  }
  RADDLE_ASSIGN_OR_RETURN(
      const Run run, library == "onednn" ? open_onednn(threads) : open_openblas(library, threads));
  std::vector<double> seconds;
  for (const GemmShape& shape : shapes) {
    RADDLE_ASSIGN_OR_RETURN(const double median, median_gemm_seconds(shape, run));
    seconds.push_back(median);
  }
  return seconds;
}

double best_gemm_gflops(std::span<const GemmShape> shapes,
                        std::span<const std::vector<double>> seconds) {
  double flops = 0.0, time = 0.0;
  for (size_t i = 0; i < shapes.size(); ++i) {
    double best = 0.0;
    for (const std::vector<double>& library : seconds) {
      if (library.size() == shapes.size() && (best == 0.0 || library[i] < best)) best = library[i];
    }
    const double calls = static_cast<double>(shapes[i].per_step);
    flops += calls * shapes[i].flops();
    time += calls * best;
  }
  return time > 0.0 ? flops / time * 1e-9 : 0.0;
}

}  // namespace raddle::kernels
