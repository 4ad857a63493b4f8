// SPDX-License-Identifier: Apache-2.0
// The libraries behind matrix products: safe under concurrent calls, no thread pool of their own,
// and which one a machine uses.
#include "kernels/cpu/matrix/blas.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include <atomic>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include "tests/cts/kernels/small_integers.h"

namespace raddle::kernels {
namespace {

using test::small_integers;

class SerialBlas : public ::testing::TestWithParam<MatrixLibrary> {};
INSTANTIATE_TEST_SUITE_P(All, SerialBlas,
                         ::testing::Values(MatrixLibrary::kOneDnn, MatrixLibrary::kOpenBlas));

// Returns how many of `calls` products came out wrong.
int wrong_products(const Blas& blas, int64_t seed, int calls) {
  constexpr int64_t n = 96;
  const auto a = small_integers(n * n, seed), b = small_integers(n * n, seed + 5);
  std::vector<float> expected(n * n, 0.0f), c(n * n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t k = 0; k < n; ++k) {
      for (int64_t j = 0; j < n; ++j) expected[i * n + j] += a[i * n + k] * b[k * n + j];
    }
  }
  int wrong = 0;
  for (int call = 0; call < calls; ++call) {
    blas.gemm({a.data(), b.data(), c.data(), n, n, n, n, n, n, false, false, 0.0f});
    wrong += c != expected;
  }
  return wrong;
}

TEST_P(SerialBlas, ConcurrentCallsDoNotDisturbEachOther) {
  const Blas* blas = serial_blas(GetParam()).value();
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] { wrong += wrong_products(*blas, seed, 4000); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong.load(), 0);
}

TEST_P(SerialBlas, StartsNoThreads) {
  const auto threads_now = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  const auto before = threads_now();
  const Blas* blas = serial_blas(GetParam()).value();
  EXPECT_EQ(wrong_products(*blas, 1, 10), 0);
  EXPECT_EQ(threads_now(), before);
  EXPECT_EQ(before, 1) << "the library's own pool is running";
}

TEST_P(SerialBlas, LeavesTheAffinityOfItsCallerAlone) {
  cpu_set_t set;
  ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
  ASSERT_TRUE(serial_blas(GetParam()).is_ok());
  EXPECT_EQ(CPU_COUNT(&set), static_cast<int>(std::thread::hardware_concurrency()));
}

// Where this thread's stack lies, and how many signal handlers ran elsewhere.
uintptr_t stack_begin = 0, stack_end = 0;
std::atomic<int> handlers_run{0}, handlers_astray{0};

void note_stack(int) {
  volatile char frame = 0;
  const auto here = reinterpret_cast<uintptr_t>(&frame);
  ++handlers_run;
  if (here < stack_begin || here >= stack_end) ++handlers_astray;
}

void find_stack() {
  pthread_attr_t attributes;
  void* begin = nullptr;
  size_t bytes = 0;
  ASSERT_EQ(pthread_getattr_np(pthread_self(), &attributes), 0);
  ASSERT_EQ(pthread_attr_getstack(&attributes, &begin, &bytes), 0);
  pthread_attr_destroy(&attributes);
  stack_begin = reinterpret_cast<uintptr_t>(begin);
  stack_end = stack_begin + bytes;
}

// A host may have any signal handled at any time. oneDNN's code moves the stack pointer into the
// heap for some sizes, and a handler's frame would then land there.
TEST_P(SerialBlas, SignalHandlersRunOnTheStack) {
  const Blas* blas = serial_blas(GetParam()).value();
  find_stack();
  struct sigaction action = {}, before = {};
  action.sa_handler = &note_stack;
  action.sa_flags = SA_RESTART;
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval every = {{0, 200}, {0, 200}}, never = {};
  ASSERT_EQ(setitimer(ITIMER_REAL, &every, nullptr), 0);
  const std::vector<float> a(1 << 18), b(1 << 18);
  std::vector<float> c(1 << 18);
  const int64_t sizes[][3] = {{2048, 64, 128}, {1024, 128, 128}, {64, 192, 1152}, {64, 128, 2048}};
  for (const auto& [m, n, k] : sizes) {
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        for (int call = 0; call < 100; ++call) {
          blas->gemm({a.data(), b.data(), c.data(), m, n, k, a_transposed ? m : k,
                      b_transposed ? k : n, n, a_transposed, b_transposed, 0.0f});
        }
      }
    }
  }
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  EXPECT_GT(handlers_run.load(), 0);
  EXPECT_EQ(handlers_astray.load(), 0);
}

TEST_P(SerialBlas, TransposesAndStrides) {
  const Blas* blas = serial_blas(GetParam()).value();
  // C (2, 2) inside rows of 3; A stored (k=3, m=2), B stored (n=2, k=3).
  const float a[] = {1, 4, 2, 5, 3, 6}, b[] = {1, 0, 2, 0, 1, 1};
  float c[] = {10, 20, -1, 30, 40, -1};
  blas->gemm({a, b, c, 2, 2, 3, 2, 3, 3, true, true, 1.0f});
  const std::vector<float> expected = {17, 25, -1, 46, 51, -1};
  EXPECT_EQ(std::vector<float>(c, c + 6), expected);
}

device::DeviceCaps chosen(bool has_avx512, std::string_view wanted) {
  device::DeviceCaps caps;
  caps.has_avx2 = true;
  caps.has_avx512 = has_avx512;
  const Status status = choose_matrix_library(wanted, caps);
  EXPECT_TRUE(status.is_ok()) << status.message();
  return caps;
}

TEST(MatrixLibrary, TheProcessorDecidesUnlessOneIsNamed) {
  EXPECT_EQ(chosen(true, "auto").matrix_library, MatrixLibrary::kOneDnn);
  // OpenBLAS picks its code by the model of the processor, and does not know every one.
  const bool suits = serial_blas(MatrixLibrary::kOpenBlas).value()->openblas_has_avx2_code;
  EXPECT_EQ(chosen(false, "auto").matrix_library,
            suits ? MatrixLibrary::kOpenBlas : MatrixLibrary::kOneDnn);
  EXPECT_EQ(chosen(true, "openblas").matrix_library, MatrixLibrary::kOpenBlas);
  EXPECT_EQ(chosen(false, "onednn").matrix_library, MatrixLibrary::kOneDnn);
  EXPECT_NE(chosen(true, "auto").matrix_library_name.find("oneDNN 2."), std::string::npos);
}

TEST(MatrixLibrary, AKernelOfAnotherLibrarySaysWhichOneIsUsed) {
  const device::DeviceCaps caps = chosen(true, "onednn");
  EXPECT_TRUE(uses_library(MatrixLibrary::kOneDnn, caps).accepted);
  EXPECT_EQ(uses_library(MatrixLibrary::kOpenBlas, caps).why_not,
            "products go to onednn (kernels.matrix_library)");
}

}  // namespace
}  // namespace raddle::kernels
