// SPDX-License-Identifier: Apache-2.0
#include "kernels/cpu/blas.h"

#include <sched.h>

#include <climits>
#include <cstdlib>
#include <optional>
#include <vector>

#include "runtime/base/dynamic_library.h"

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

struct Loaded {
  std::optional<DynamicLibrary> library;  // kept open for the life of the process
  Blas blas;
  std::string error;
};

std::vector<std::string> candidate_paths() {
  if (const char* named = std::getenv("RADDLE_BLAS_LIBRARY"); named != nullptr && *named != '\0') {
    return {named};
  }
  std::vector<std::string> paths;
  if (*RADDLE_OPENBLAS_PTHREAD != '\0') paths.push_back(RADDLE_OPENBLAS_PTHREAD);
  const std::string usual = "/usr/lib/" RADDLE_MULTIARCH "/openblas-pthread/libopenblas.so.0";
  if (paths.empty() || paths.front() != usual) paths.push_back(usual);
  paths.push_back("/usr/lib64/libopenblasp.so.0");  // the same build under Fedora's name
  return paths;
}

StatusOr<Blas> bind(const DynamicLibrary& library) {
  Blas blas;
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
  RADDLE_ASSIGN_OR_RETURN(auto config, library.function<char* (*)()>("openblas_get_config"));
  blas.name = fmt::format("{} ({})", library.path(), config());
  return blas;
}

Loaded load() {
  Loaded loaded;
  const OneCoreScope one_core;
  std::string reasons;
  for (const std::string& path : candidate_paths()) {
    auto library = DynamicLibrary::open(path);
    Status status = library.status();
    if (library.is_ok()) {
      auto blas = bind(library.value());
      status = blas.status();
      if (blas.is_ok()) {
        loaded.blas = std::move(blas).value();
        loaded.library.emplace(std::move(library).value());
        return loaded;
      }
    }
    reasons += (reasons.empty() ? "" : "; ") + status.message();
  }
  loaded.error = "no BLAS for matrix products: " + reasons +
                 "; install the Debian package libopenblas0-pthread or name the library in "
                 "RADDLE_BLAS_LIBRARY";
  return loaded;
}

const Loaded& loaded_once() {
  static const Loaded loaded = load();
  return loaded;
}

}  // namespace

bool gemm_fits(int64_t m, int64_t n, int64_t k) {
  return m <= INT_MAX && n <= INT_MAX && k <= INT_MAX;
}

void Blas::gemm(const GemmCall& call) const {
  cblas_sgemm(kRowMajor, call.a_transposed ? kTranspose : kNoTranspose,
              call.b_transposed ? kTranspose : kNoTranspose, static_cast<int>(call.m),
              static_cast<int>(call.n), static_cast<int>(call.k), 1.0f, call.a,
              static_cast<int>(call.a_stride), call.b, static_cast<int>(call.b_stride), call.beta,
              call.c, static_cast<int>(call.c_stride));
}

const Blas* serial_blas() {
  const Loaded& loaded = loaded_once();
  return loaded.error.empty() ? &loaded.blas : nullptr;
}

const std::string& serial_blas_error() { return loaded_once().error; }

void describe_blas(device::DeviceCaps& caps) {
  const Blas* blas = serial_blas();
  caps.has_blas = blas != nullptr;
  caps.blas_name = blas != nullptr ? blas->name : serial_blas_error();
}

}  // namespace raddle::kernels
