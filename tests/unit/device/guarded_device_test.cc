// SPDX-License-Identifier: Apache-2.0
#include "runtime/device/guarded/guarded_device.h"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <thread>
#include <vector>

#include "runtime/device/guarded/guarded_memory.h"

namespace raddle::device {
namespace {

// Runs a function on some memory.
class Does final : public Work {
 public:
  using Body = std::function<Status()>;
  Does(std::vector<Range> ranges, Body body) : ranges_(std::move(ranges)), body_(std::move(body)) {}
  Status run(Stream&) const override { return body_(); }
  std::span<const Range> ranges() const override { return ranges_; }

 private:
  const std::vector<Range> ranges_;
  const Body body_;
};

class Guarded : public ::testing::Test {
 protected:
  // A fork has no stream's thread: the child of a death test runs it from its beginning instead.
  Guarded() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  ~Guarded() override { GTEST_FLAG_SET(death_test_style, "fast"); }
  std::unique_ptr<GuardedDevice> device = GuardedDevice::create(guarded_caps(1), {}).value();
  Memory memory = device->allocate(MemoryKind::kDevice, 3 * kPageBytes).value();
  std::byte* const begin = memory.address();
  std::unique_ptr<Stream> stream = device->make_stream().value();
};
using GuardedDeathTest = Guarded;

TEST_F(GuardedDeathTest, TheHostCannotReadOrWriteItsMemory) {
  EXPECT_DEATH(begin[5] = std::byte{1}, "");
  EXPECT_DEATH(std::vector<std::byte>(begin, begin + 1), "");
  ASSERT_TRUE(device->write(begin, "abc", 3).is_ok());
  EXPECT_DEATH(begin[5] = std::byte{1}, "") << "open after a copy";
}

TEST_F(GuardedDeathTest, WorkCanTouchWhatItNamesAndNoMore) {
  const Does good({{begin, 8, true}}, [&] {
    begin[7] = std::byte{1};
    return Status::ok();
  });
  ASSERT_TRUE(stream->launch(good).is_ok());
  ASSERT_TRUE(stream->finish(nullptr, 0).is_ok());
  const auto try_to = [&](std::vector<Range> ranges, Does::Body body) {
    const Does bad(std::move(ranges), std::move(body));
    if (stream->launch(bad).is_ok()) (void)stream->finish(nullptr, 0);
  };
  const auto touch_second_page = [&] {
    begin[kPageBytes] = std::byte{1};
    return Status::ok();
  };
  EXPECT_DEATH(try_to({{begin, 8, true}}, touch_second_page), "");
  EXPECT_DEATH(try_to({{begin + kPageBytes, 8, false}}, touch_second_page), "")
      << "what is only read was written";
}

TEST_F(Guarded, CopiesComeBack) {
  std::vector<int32_t> numbers(2000), read(2000);
  std::iota(numbers.begin(), numbers.end(), 0);
  ASSERT_TRUE(device->write(begin + 64, numbers.data(), 8000).is_ok());
  Memory other = device->allocate(MemoryKind::kDevice, 8000).value();
  ASSERT_TRUE(stream->copy(other.address(), begin + 64, 8000).is_ok());
  ASSERT_TRUE(stream->finish(nullptr, 0).is_ok());
  ASSERT_TRUE(device->read(read.data(), other.address(), 8000).is_ok());
  EXPECT_EQ(read, numbers);
}

TEST_F(Guarded, AnEventOrdersTwoStreams) {
  const auto other = device->make_stream().value();
  const auto event = device->make_event().value();
  std::atomic<int> value{0};
  const Does slow({}, [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    value = 1;
    return Status::ok();
  });
  int seen = -1;
  const Does look({}, [&] {
    seen = value;
    return Status::ok();
  });
  ASSERT_TRUE(other->wait(*event).is_ok());  // never recorded: no wait
  ASSERT_TRUE(stream->launch(slow).is_ok());
  ASSERT_TRUE(stream->record(*event).is_ok());
  ASSERT_TRUE(other->wait(*event).is_ok());
  ASSERT_TRUE(other->launch(look).is_ok());
  ASSERT_TRUE(other->finish(nullptr, 0).is_ok());
  EXPECT_EQ(seen, 1);
  EXPECT_TRUE(device->wait(*event, nullptr, 0).is_ok());
}

TEST_F(Guarded, AnErrorStopsWhatIsBehindItAndStays) {
  bool ran = false;
  const Does bad({}, [] { return internal_error("broken"); });
  const Does next({}, [&] {
    ran = true;
    return Status::ok();
  });
  const auto event = device->make_event().value();
  ASSERT_TRUE(stream->launch(bad).is_ok());
  (void)stream->launch(next);
  (void)stream->record(*event);
  const Status status = stream->finish(nullptr, 0);
  EXPECT_EQ(status.message(), "broken");
  EXPECT_EQ(status.scope(), Scope::kDevice);
  EXPECT_FALSE(ran);
  EXPECT_TRUE(device->wait(*event, nullptr, 0).is_ok()) << "others must not wait for ever";
  EXPECT_EQ(stream->launch(next).message(), "broken");
}

TEST_F(Guarded, AWaitCanBeEnded) {
  std::atomic<bool> go{false};
  StopToken stop;
  const Does hangs({}, [&] {
    while (!go) std::this_thread::yield();
    return Status::ok();
  });
  ASSERT_TRUE(stream->launch(hangs).is_ok());
  const Status late = stream->finish(nullptr, 5'000'000);
  EXPECT_EQ(late.code(), Code::kUnavailable);
  EXPECT_EQ(late.scope(), Scope::kDevice);
  stop.cancel();
  EXPECT_EQ(stream->finish(&stop, 0).code(), Code::kCancelled);
  go = true;
  EXPECT_TRUE(stream->finish(nullptr, 0).is_ok());
}

}  // namespace
}  // namespace raddle::device
