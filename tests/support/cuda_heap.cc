// SPDX-License-Identifier: Apache-2.0
// operator new in memory that a GPU can read, so that the buffers of a conformance test, which are
// vectors, may be arguments of kernels. One block of pinned memory is taken from the driver when
// the program first asks for memory; without a driver, and on the stand-in, it is ordinary memory.
#include <dlfcn.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>

namespace {

constexpr size_t kBlockBytes = size_t{1} << 29;
constexpr int kClasses = 40;  // by power of two
constexpr unsigned kPortable = 1, kMapped = 2;

// Pinned memory of device 0, by the driver's names for it; null if there is none.
std::byte* pinned_block() {
  const char* const named = std::getenv("RADDLE_CUDA_DRIVER");
  void* const driver = dlopen(named != nullptr ? named : "libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr || dlsym(driver, "raddle_standin_reset") != nullptr) return nullptr;
  const auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  const auto retain =
      reinterpret_cast<int (*)(void**, int)>(dlsym(driver, "cuDevicePrimaryCtxRetain"));
  const auto push = reinterpret_cast<int (*)(void*)>(dlsym(driver, "cuCtxPushCurrent_v2"));
  const auto pop = reinterpret_cast<int (*)(void**)>(dlsym(driver, "cuCtxPopCurrent_v2"));
  const auto allocate =
      reinterpret_cast<int (*)(void**, size_t, unsigned)>(dlsym(driver, "cuMemHostAlloc"));
  void *context = nullptr, *block = nullptr;
  if (init(0) != 0 || retain(&context, 0) != 0 || push(context) != 0) return nullptr;
  const bool failed = allocate(&block, kBlockBytes, kPortable | kMapped) != 0;
  pop(&context);
  return failed ? nullptr : static_cast<std::byte*>(block);
}

// Blocks of powers of two from 256 bytes on; what is freed is kept for the next of its size.
class Heap {
 public:
  void* allocate(size_t bytes) {
    const std::lock_guard lock(mutex_);
    begin();
    const int size_class = class_of(bytes);
    if (block_ == nullptr) return nullptr;
    if (Free*& first = free_[size_class]; first != nullptr) {
      Free* const taken = first;
      first = taken->next;
      return taken;
    }
    const size_t size = size_t{1} << size_class;
    if (size > kBlockBytes - used_) return nullptr;
    used_ += size;
    return block_ + used_ - size;
  }
  // False: it is not from here.
  bool release(void* memory, size_t bytes) {
    const std::lock_guard lock(mutex_);
    auto* const at = static_cast<std::byte*>(memory);
    if (block_ == nullptr || at < block_ || at >= block_ + kBlockBytes) return false;
    Free*& first = free_[class_of(bytes)];
    first = new (memory) Free{first};
    return true;
  }

 private:
  struct Free {
    Free* next;
  };
  static int class_of(size_t bytes) {
    constexpr size_t kLeast = 256;
    return std::bit_width((bytes < kLeast ? kLeast : bytes) - 1);
  }
  void begin() {
    if (begun_) return;
    begun_ = true;  // first: the driver's own requests are ordinary memory
    mutex_.unlock();
    std::byte* const block = pinned_block();
    mutex_.lock();
    block_ = block;
  }
  std::mutex mutex_;
  bool begun_ = false;
  std::byte* block_ = nullptr;
  size_t used_ = 0;
  Free* free_[kClasses] = {};
};

Heap& heap() {
  alignas(Heap) static std::byte room[sizeof(Heap)];
  static Heap* const made = new (room) Heap;  // never destroyed: memory is freed until the end
  return *made;
}

// The size is kept in front, as not every delete says it.
constexpr size_t kHeader = 64;

}  // namespace

void* operator new(size_t bytes) {
  void* memory = heap().allocate(bytes + kHeader);
  if (memory == nullptr) memory = std::malloc(bytes + kHeader);
  if (memory == nullptr) throw std::bad_alloc();
  *static_cast<size_t*>(memory) = bytes + kHeader;
  return static_cast<std::byte*>(memory) + kHeader;
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  void* const begin = static_cast<std::byte*>(memory) - kHeader;
  if (!heap().release(begin, *static_cast<size_t*>(begin))) std::free(begin);
}
void operator delete(void* memory, size_t) noexcept { operator delete(memory); }
void* operator new[](size_t bytes) { return operator new(bytes); }
void operator delete[](void* memory) noexcept { operator delete(memory); }
void operator delete[](void* memory, size_t) noexcept { operator delete(memory); }
