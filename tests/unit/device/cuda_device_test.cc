// SPDX-License-Identifier: Apache-2.0
// The CUDA device on the stand-in for its driver: order of streams and events, tags, captured work,
// and what is said when a call of the driver fails.
#include "runtime/device/cuda/cuda_device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <numeric>
#include <vector>

#include "tests/support/standin.h"

namespace raddle::device {
namespace {

constexpr int kOutOfMemory = 2, kIllegalAddress = 700;

class Cuda : public ::testing::Test {
 protected:
  std::unique_ptr<Device> open() { return open_cuda_device(cuda_caps(0, 1).value(), {}).value(); }
  std::vector<int> read(const Memory& memory) {
    std::vector<int> values(memory.bytes() / sizeof(int));
    EXPECT_TRUE(device->read(values.data(), memory.address(), memory.bytes()).is_ok());
    return values;
  }
  test::Standin standin;
  std::unique_ptr<Device> device = open();
  std::unique_ptr<Stream> stream = device->make_stream().value();
};
using CudaDeathTest = Cuda;

TEST_F(Cuda, SaysWhatTheGpuCanDo) {
  const DeviceCaps& caps = device->caps();
  EXPECT_EQ(caps.kind, Kind::kCuda);
  EXPECT_EQ(caps.compute_capability, 90);
  EXPECT_EQ(caps.multiprocessors, 132);
  EXPECT_FALSE(caps.host_memory);
  EXPECT_EQ(caps.memory_bytes, size_t{1} << 30);
  const Status none = cuda_caps(1, 1).status();
  EXPECT_EQ(none.code(), Code::kUnavailable);
  EXPECT_NE(none.message().find("no CUDA device 1"), std::string::npos) << none.message();
}

TEST_F(Cuda, GivesZeroedMemoryAndSaysWhatIsLeft) {
  const MemoryLimit before = device->memory_limit().value();
  const Memory memory = device->allocate(MemoryKind::kDevice, 40000).value();
  EXPECT_EQ(read(memory), std::vector<int>(10000, 0));
  const MemoryLimit after = device->memory_limit().value();
  EXPECT_EQ(before.limit_bytes, after.limit_bytes);
  EXPECT_GE(before.room_bytes - after.room_bytes, 40000);
  const Status none = device->allocate(MemoryKind::kDevice, size_t{1} << 40).status();
  EXPECT_EQ(none.code(), Code::kResourceExhausted);
  EXPECT_NE(none.message().find("1099511627776 bytes"), std::string::npos) << none.message();
}

TEST_F(CudaDeathTest, ItsMemoryIsNotTheHosts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Memory memory = device->allocate(MemoryKind::kDevice, 4096).value();
  EXPECT_DEATH(*memory.address() = std::byte{1}, "");
}

// A chain of copies between two streams, one of which must wait for the other each time.
TEST_F(Cuda, EventsOrderStreams) {
  const std::unique_ptr<Stream> other = device->make_stream().value();
  const auto one = device->make_event().value(), two = device->make_event().value();
  const size_t bytes = 1 << 16;
  const Memory a = device->allocate(MemoryKind::kDevice, bytes).value();
  const Memory b = device->allocate(MemoryKind::kDevice, bytes).value();
  const Memory pinned = device->allocate(MemoryKind::kPinned, bytes).value();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    standin.set_seed(seed);
    std::memset(pinned.address(), static_cast<int>(seed + 1), bytes);
    ASSERT_TRUE(stream->copy(a.address(), pinned.address(), bytes).is_ok());
    ASSERT_TRUE(stream->record(*one).is_ok());
    ASSERT_TRUE(other->wait(*one).is_ok());
    ASSERT_TRUE(other->copy(b.address(), a.address(), bytes).is_ok());
    ASSERT_TRUE(other->record(*two).is_ok());
    ASSERT_TRUE(device->wait(*two, nullptr, 0).is_ok());
    std::vector<unsigned char> seen(bytes);
    ASSERT_TRUE(device->read(seen.data(), b.address(), bytes).is_ok());
    EXPECT_EQ(seen, std::vector<unsigned char>(bytes, static_cast<unsigned char>(seed + 1)));
  }
}

TEST_F(Cuda, AWaitEndsByStopOrTime) {
  const auto event = device->make_event().value();
  ASSERT_TRUE(device->wait(*event, nullptr, 0).is_ok()) << "never recorded: over";
  standin.set_seed(3);  // the stream is slow
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(stream->record(*event).is_ok());
  StopToken stop;
  stop.cancel();
  EXPECT_EQ(device->wait(*event, &stop, 0).code(), Code::kCancelled);
  EXPECT_EQ(stream->finish(&stop, 0).code(), Code::kCancelled);
  const Status late = stream->finish(nullptr, 1);
  EXPECT_EQ(late.code(), Code::kUnavailable) << late.message();
  EXPECT_EQ(late.scope(), Scope::kDevice);
  ASSERT_TRUE(stream->finish(nullptr, 0).is_ok());
}

TEST_F(Cuda, TagsComeInOrderAndMoreThanItHasRoomForToo) {
  TagWord word;
  for (int64_t step = 1; step <= 200; ++step) {
    ASSERT_TRUE(stream->tag(word, step, StepPhase::kGradientsReduced).is_ok());
  }
  ASSERT_TRUE(stream->finish(nullptr, 0).is_ok());
  EXPECT_EQ(word.step(), 200);
  EXPECT_EQ(word.phase(), StepPhase::kGradientsReduced);
}

// Copies between two places of device memory.
class Copies final : public Work {
 public:
  Copies(std::byte* to, const std::byte* from, size_t bytes)
      : to_(to), from_(from), bytes_(bytes) {}
  Status run(Stream& on) const override { return on.copy(to_, from_, bytes_); }
  std::span<const Range> ranges() const override { return {}; }

 private:
  std::byte* const to_;
  const std::byte* const from_;
  const size_t bytes_;
};

TEST_F(Cuda, CapturedWorkIsDoneWhenLaunchedAndNotBefore) {
  const size_t bytes = 4096;
  const Memory a = device->allocate(MemoryKind::kDevice, bytes).value();
  const Memory b = device->allocate(MemoryKind::kDevice, bytes).value();
  const Memory c = device->allocate(MemoryKind::kDevice, bytes).value();
  std::vector<int> values(bytes / sizeof(int));
  std::iota(values.begin(), values.end(), 0);
  ASSERT_TRUE(device->write(a.address(), values.data(), bytes).is_ok());
  const Copies first(b.address(), a.address(), bytes), second(c.address(), b.address(), bytes);
  const Work* const both[] = {&first, &second};
  const std::unique_ptr<Work> graph = stream->capture(both).value();
  ASSERT_NE(graph, nullptr);
  EXPECT_EQ(read(c), std::vector<int>(values.size(), 0));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(device->write(a.address(), values.data(), bytes).is_ok());
    ASSERT_TRUE(stream->launch(*graph).is_ok());
    ASSERT_TRUE(stream->finish(nullptr, 0).is_ok());
    EXPECT_EQ(read(c), values);
    values[0] += 7;
  }
}

TEST_F(Cuda, EveryFailedCallIsSaidAndLeavesNothingBehind) {
  for (const char* called : {"cuMemAlloc", "cuMemsetD8Async", "cuStreamCreate", "cuEventCreate",
                             "cuMemHostAlloc", "cuCtxPushCurrent", "cuMemcpyAsync"}) {
    SCOPED_TRACE(called);
    const int64_t room = device->memory_limit()->room_bytes;
    standin.fail(called, 0, kOutOfMemory);
    int failures = 0;
    const auto look = [&](const Status& status) {
      if (status.is_ok()) return;
      ++failures;
      EXPECT_EQ(status.code(), Code::kResourceExhausted) << status.message();
      EXPECT_EQ(status.scope(), Scope::kDevice);
    };
    {
      StatusOr<Memory> memory = device->allocate(MemoryKind::kDevice, 4096);
      look(memory.is_ok() ? Status() : memory.status());
      StatusOr<Memory> pinned = device->allocate(MemoryKind::kPinned, 4096);
      look(pinned.is_ok() ? Status() : pinned.status());
      const auto made = device->make_stream();
      look(made.is_ok() ? Status() : made.status());
      const auto event = device->make_event();
      look(event.is_ok() ? Status() : event.status());
      int value = 0;
      if (memory.is_ok()) look(device->write(memory->address(), &value, sizeof value));
    }
    EXPECT_EQ(failures, 1);
    EXPECT_EQ(device->memory_limit()->room_bytes, room);
  }
}

TEST_F(Cuda, AnErrorThatStaysSaysToStartAgain) {
  const Memory memory = device->allocate(MemoryKind::kDevice, 4096).value();
  standin.fail("cuMemcpyAsync", 0, kIllegalAddress);
  int value = 0;
  const Status status = device->write(memory.address(), &value, sizeof value);
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_EQ(status.scope(), Scope::kDevice);
  EXPECT_NE(status.message().find("start it again"), std::string::npos) << status.message();
}

TEST_F(Cuda, AKernelThatIsNotInTheImageIsNamed) {
  const char image = 0;
  const void* const images[] = {&image};
  const CudaFunction functions[] = {{"raddle_no_such_kernel", 0, 0}};
  const auto opened = open_cuda_device(device->caps(), {images, functions});
  ASSERT_FALSE(opened.is_ok());
  EXPECT_NE(opened.status().message().find("raddle_no_such_kernel"), std::string::npos)
      << opened.status().message();
}

}  // namespace
}  // namespace raddle::device
