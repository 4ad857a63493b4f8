// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/matrix/blas.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <vector>

#include "runtime/base/dynamic_library.h"
#include "runtime/base/exit_gate.h"

namespace raddle::kernels {
namespace {

constexpr int kRowMajor = 101, kNoTranspose = 111, kTranspose = 112;  // from the CBLAS standard

// Narrows the calling thread to the core it is on. OpenBLAS starts one thread for each core that it
// may use while it is being loaded; seeing one core, it starts none. (Its environment variables
// would do the same, but a library must not write its host's environment.)
class OneCoreScope {
 public:
  OneCoreScope() {
    if (sched_getaffinity(0, sizeof saved_, &saved_) != 0) return;
    const int core = sched_getcpu();
    if (core < 0) return;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    narrowed_ = sched_setaffinity(0, sizeof one, &one) == 0;
  }
  ~OneCoreScope() {
    if (narrowed_) sched_setaffinity(0, sizeof saved_, &saved_);
  }
  OneCoreScope(const OneCoreScope&) = delete;
  OneCoreScope& operator=(const OneCoreScope&) = delete;

 private:
  cpu_set_t saved_;
  bool narrowed_ = false;
};

// Holds back signals from the calling thread. The code that oneDNN (2.6.3) compiles for some sizes
// takes the stack pointer for a register of its own; a handler would write its frame into the heap.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

struct Loaded {
  std::vector<DynamicLibrary> libraries;  // kept open for the life of the process
  Blas blas;
  std::string error;
};

std::vector<std::string> candidate_paths(MatrixLibrary library) {
  if (const char* named = std::getenv("RADDLE_BLAS_LIBRARY"); named != nullptr && *named != '\0') {
    return {named};
  }
  if (library == MatrixLibrary::kOneDnn) return {"libdnnl.so.2", "libdnnl.so.3"};
  return {"/usr/lib/" RADDLE_MULTIARCH "/openblas-pthread/libopenblas.so.0",
          "/usr/lib64/libopenblasp.so.0"};  // the same build under Fedora's name
}

// oneDNN built on OpenMP. One thread per call is OpenMP's own setting, so the OpenMP library that
// oneDNN was linked with must be at hand.
Status bind_dnnl(const DynamicLibrary& library, Loaded* loaded) {
  struct Version {  // dnnl_version_t
    int major, minor, patch;
    const char* hash;
    unsigned cpu_runtime, gpu_runtime;
  };
  constexpr unsigned kRuntimeOpenMp = 2;
  RADDLE_ASSIGN_OR_RETURN(auto version, library.function<const Version* (*)()>("dnnl_version"));
  if (version()->cpu_runtime != kRuntimeOpenMp) {
    return unavailable("{} is not built on OpenMP, so its threads cannot be limited per call",
                       library.path());
  }
  RADDLE_ASSIGN_OR_RETURN(DynamicLibrary openmp, DynamicLibrary::open("libgomp.so.1"));
  Blas& blas = loaded->blas;
  RADDLE_ASSIGN_OR_RETURN(blas.dnnl_sgemm, library.function<Blas::DnnlSgemm>("dnnl_sgemm"));
  RADDLE_ASSIGN_OR_RETURN(blas.omp_get_max_threads,
                          openmp.function<int (*)()>("omp_get_max_threads"));
  RADDLE_ASSIGN_OR_RETURN(blas.omp_set_num_threads,
                          openmp.function<void (*)(int)>("omp_set_num_threads"));
  blas.name = fmt::format("{} (oneDNN {}.{}.{})", library.path(), version()->major,
                          version()->minor, version()->patch);
  loaded->libraries.push_back(std::move(openmp));
  return Status::ok();
}

Status bind_openblas(const DynamicLibrary& library, Loaded* loaded) {
  Blas& blas = loaded->blas;
  RADDLE_ASSIGN_OR_RETURN(blas.cblas_sgemm, library.function<Blas::CblasSgemm>("cblas_sgemm"));
  // 0: a build without threads, whose buffer table has no lock; 2: OpenMP, whose limit is kept per
  // calling thread. Both go wrong under concurrent calls.
  RADDLE_ASSIGN_OR_RETURN(auto parallel, library.function<int (*)()>("openblas_get_parallel"));
  if (parallel() != 1) {
    return unavailable(
        "{} is not the POSIX threads build of OpenBLAS, and only that build may be "
        "called from several threads",
        library.path());
  }
  RADDLE_ASSIGN_OR_RETURN(auto set_threads,
                          library.function<void (*)(int)>("openblas_set_num_threads"));
  set_threads(1);
  // Not in its header, so another version may lack them; buffers are then mapped by the products.
  auto take = library.function<void* (*)(int)>("blas_memory_alloc");
  auto give_back = library.function<void (*)(void*)>("blas_memory_free");
  if (take.is_ok() && give_back.is_ok()) {
    blas.openblas_take_buffer = take.value();
    blas.openblas_return_buffer = give_back.value();
  }
  RADDLE_ASSIGN_OR_RETURN(auto core, library.function<char* (*)()>("openblas_get_corename"));
  constexpr std::string_view kWithAvx2[] = {"Haswell", "Zen", "SkylakeX", "Cooperlake",
                                            "SapphireRapids"};
  blas.openblas_has_avx2_code =
      std::find(std::begin(kWithAvx2), std::end(kWithAvx2), core()) != std::end(kWithAvx2);
  RADDLE_ASSIGN_OR_RETURN(auto config, library.function<char* (*)()>("openblas_get_config"));
  blas.name = fmt::format("{} ({})", library.path(), config());
  return Status::ok();
}

Status try_library(const std::string& path, MatrixLibrary wanted, Loaded* loaded) {
  RADDLE_ASSIGN_OR_RETURN(DynamicLibrary library, DynamicLibrary::open(path));
  const bool is_dnnl = library.function<void (*)()>("dnnl_sgemm").is_ok();
  if (is_dnnl != (wanted == MatrixLibrary::kOneDnn)) {
    return unavailable("{} is {}oneDNN", path, is_dnnl ? "" : "not ");
  }
  loaded->blas = Blas();
  RADDLE_RETURN_IF_ERROR(is_dnnl ? bind_dnnl(library, loaded) : bind_openblas(library, loaded));
  loaded->libraries.push_back(std::move(library));
  return Status::ok();
}

Loaded load(MatrixLibrary wanted) {
  Loaded loaded;
  const OneCoreScope one_core;
  std::string reasons;
  for (const std::string& path : candidate_paths(wanted)) {
    const Status status = try_library(path, wanted, &loaded);
    if (status.is_ok()) return loaded;
    reasons += (reasons.empty() ? "" : "; ") + status.message();
  }
  loaded.error = fmt::format(
      "no {} for matrix products: {}; install the Debian package {}, or name the library in "
      "RADDLE_BLAS_LIBRARY",
      wanted == MatrixLibrary::kOneDnn ? "oneDNN" : "OpenBLAS", reasons,
      wanted == MatrixLibrary::kOneDnn ? "libdnnl2" : "libopenblas0-pthread");
  return loaded;
}

// What OpenBLAS (0.3) maps for one call on x86-64 and ARM64.
constexpr size_t kOpenBlasBufferBytes = size_t{128} << 20;

// OpenBLAS asks for ever if the system gives it no buffer, so the system is asked first.
Status try_openblas_buffers(int threads) {
  std::vector<void*> mapped;
  int error = 0;
  while (mapped.size() < static_cast<size_t>(threads) && error == 0) {
    void* address = mmap(nullptr, kOpenBlasBufferBytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) {
      error = errno;
    } else {
      mapped.push_back(address);
    }
  }
  for (void* address : mapped) munmap(address, kOpenBlasBufferBytes);
  if (error == 0) return Status::ok();
  return resource_exhausted(
      "OpenBLAS needs {} packing buffers of {} bytes of address space, one a thread, and the "
      "system gives {}: {}; lower runtime.threads or raise the limit on address space (ulimit -v)",
      threads, kOpenBlasBufferBytes, mapped.size(), std::strerror(error));
}

// Never destroyed: other threads may still be in a library when the process ends, and memory that
// it holds must stay reachable.
const Loaded& loaded_once(MatrixLibrary library) {
  if (library == MatrixLibrary::kOneDnn) {
    static const Loaded* const kOneDnn = new Loaded(load(library));
    return *kOneDnn;
  }
  static const Loaded* const kOpenBlas = new Loaded(load(library));
  return *kOpenBlas;
}

constexpr std::array kOneDnnFirst = {MatrixLibrary::kOneDnn, MatrixLibrary::kOpenBlas};

// Best first. With AVX-512 oneDNN's products are the faster ones, with AVX2 OpenBLAS's, unless it
// does not know the processor and takes code of twenty years ago. A rule, not a timing: the clock
// must not decide what the last bits of a result are.
std::array<MatrixLibrary, 2> preference(const device::DeviceCaps& caps) {
  if (caps.has_avx512) return kOneDnnFirst;
  const Loaded& openblas = loaded_once(MatrixLibrary::kOpenBlas);
  if (caps.has_avx2 && !openblas.blas.openblas_has_avx2_code) return kOneDnnFirst;
  return {MatrixLibrary::kOpenBlas, MatrixLibrary::kOneDnn};
}

}  // namespace

bool gemm_fits(int64_t m, int64_t n, int64_t k) {
  return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX;
}

bool Blas::gemm(const GemmCall& call) const {
  if (dnnl_sgemm != nullptr) return gemm_dnnl(call);
  gemm_cblas(call);
  return true;
}

bool Blas::gemm_dnnl(const GemmCall& call) const {
  const SignalsBlocked blocked;
  const int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  const int failed = dnnl_sgemm(call.a_transposed ? 'T' : 'N', call.b_transposed ? 'T' : 'N',
                                call.m, call.n, call.k, 1.0f, call.a, call.a_stride, call.b,
                                call.b_stride, call.beta, call.c, call.c_stride);
  if (threads != 1) omp_set_num_threads(threads);
  constexpr int kOutOfMemory = 1;                        // dnnl_out_of_memory
  RADDLE_ASSERT(failed == 0 || failed == kOutOfMemory);  // else sizes or strides that are none
  return failed == 0;
}

void Blas::gemm_cblas(const GemmCall& call) const {
  cblas_sgemm(kRowMajor, call.a_transposed ? kTranspose : kNoTranspose,
              call.b_transposed ? kTranspose : kNoTranspose, static_cast<int>(call.m),
              static_cast<int>(call.n), static_cast<int>(call.k), 1.0f, call.a,
              static_cast<int>(call.a_stride), call.b, static_cast<int>(call.b_stride), call.beta,
              call.c, static_cast<int>(call.c_stride));
}

StatusOr<const Blas*> serial_blas(MatrixLibrary library) {
  RADDLE_ASSERT(library != MatrixLibrary::kNone);
  const Loaded& loaded = loaded_once(library);
  if (!loaded.error.empty()) return unavailable("{}", loaded.error);
  return &loaded.blas;
}

// OpenBLAS maps a packing buffer when a call finds all of those mapped so far held by others. Calls
// that happen not to overlap in the first steps would leave that to some later step.
Status reserve_blas_buffers(MatrixLibrary library, int threads) {
  const ExitGate::Pass pass;
  if (library != MatrixLibrary::kOpenBlas || !pass.is_open()) return Status::ok();
  RADDLE_ASSIGN_OR_RETURN(const Blas* blas, serial_blas(library));
  if (blas->openblas_take_buffer == nullptr) return Status::ok();
  RADDLE_RETURN_IF_ERROR(try_openblas_buffers(threads));
  std::vector<void*> held;
  for (int i = 0; i < threads; ++i) held.push_back(blas->openblas_take_buffer(0));
  for (void* buffer : held) blas->openblas_return_buffer(buffer);
  return Status::ok();
}

void warm_up_blas(MatrixLibrary library) {
  const ExitGate::Pass pass;
  if (library == MatrixLibrary::kNone || !pass.is_open()) return;
  const auto blas = serial_blas(library);
  if (!blas.is_ok()) return;
  constexpr int64_t kSize = 64;  // large enough for the code that large products use
  static const float in[kSize * kSize] = {};
  static float out[kSize * kSize];
  static std::mutex one_at_a_time;  // of two sessions that begin together
  const std::lock_guard lock(one_at_a_time);
  static_cast<void>((*blas)->gemm({.a = in,
                                   .b = in,
                                   .c = out,
                                   .m = kSize,
                                   .n = kSize,
                                   .k = kSize,
                                   .a_stride = kSize,
                                   .b_stride = kSize,
                                   .c_stride = kSize,
                                   .a_transposed = false,
                                   .b_transposed = true,
                                   .beta = 0.0f}));
  ExitGate::come_before_handlers_so_far();
}

std::string_view name_of(MatrixLibrary library) {
  constexpr std::string_view kNames[] = {"auto", "onednn", "openblas"};
  return kNames[static_cast<size_t>(library)];
}

Verdict uses_library(MatrixLibrary library, const device::DeviceCaps& caps) {
  if (caps.matrix_library == library) return Verdict::yes();
  if (caps.matrix_library == MatrixLibrary::kNone) return Verdict::no(caps.matrix_library_name);
  return Verdict::no(
      fmt::format("products go to {} (kernels.matrix_library)", name_of(caps.matrix_library)));
}

Status choose_matrix_library(std::string_view wanted, device::DeviceCaps& caps) {
  caps.matrix_library = MatrixLibrary::kNone;
  const bool is_named = wanted != name_of(MatrixLibrary::kNone);
  std::string reasons;
  // The order matters to a choice alone, and may take a look into OpenBLAS.
  for (const MatrixLibrary library : is_named ? kOneDnnFirst : preference(caps)) {
    if (is_named && wanted != name_of(library)) continue;
    const auto blas = serial_blas(library);
    if (blas.is_ok()) {
      caps.matrix_library = library;
      caps.matrix_library_name = (*blas)->name;
      return Status::ok();
    }
    reasons += (reasons.empty() ? "" : "; ") + blas.status().message();
  }
  caps.matrix_library_name = reasons;
  if (!is_named) return Status::ok();
  return unavailable("kernels.matrix_library is {}: {}", wanted, reasons);
}

}  // namespace raddle::kernels
