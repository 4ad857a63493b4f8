// SPDX-License-Identifier: Apache-2.0
// Memory of somebody else as a device's: here the test owns it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstring>
#include <limits>

#include "runtime/device/cpu/cpu_caps.h"
#include "runtime/device/cpu/cpu_device.h"
#include "runtime/device/guarded/guarded_device.h"
#include "tests/support/memory_file.h"

namespace raddle::device {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr size_t kPage = 4096;

class ForeignMemoryTest : public ::testing::Test {
 protected:
  const std::unique_ptr<CpuDevice> cpu_ = CpuDevice::create(detect_cpu(1), nullptr).value();
  const test::MemoryFile file_{4 * kPage};

  std::string refusal(const ForeignMemory& memory, size_t bytes = kPage) {
    const auto mapped = cpu_->map(memory, bytes, Contents::kZeroed);
    EXPECT_EQ(mapped.status().code(), Code::kInvalidArgument);
    return std::string(mapped.status().message());
  }
};

TEST_F(ForeignMemoryTest, WhatOneWritesAnotherReadsAndItOutlivesThem) {
  {
    const Memory one = cpu_->map({file_.fd(), kPage}, 100, Contents::kZeroed).value();
    const Memory other = cpu_->map({file_.fd(), kPage}, 100, Contents::kKept).value();
    EXPECT_EQ(one.bytes(), 100u);
    std::memcpy(one.address(), "abc", 4);
    EXPECT_STREQ(reinterpret_cast<const char*>(other.address()), "abc");
  }
  EXPECT_EQ(file_.read(kPage, 3), "abc");
}

TEST_F(ForeignMemoryTest, OnlyWhatIsMappedIsZeroed) {
  file_.write(0, std::string(4 * kPage, 'x'));
  const Memory kept = cpu_->map({file_.fd(), 0}, 4 * kPage, Contents::kKept).value();
  EXPECT_EQ(file_.read(0, 4 * kPage), std::string(4 * kPage, 'x'));
  const Memory zeroed = cpu_->map({file_.fd(), kPage}, kPage + 10, Contents::kZeroed).value();
  const std::string expected =
      std::string(kPage, 'x') + std::string(kPage + 10, '\0') + std::string(2 * kPage - 10, 'x');
  EXPECT_EQ(file_.read(0, 4 * kPage), expected);
}

TEST_F(ForeignMemoryTest, TheDescriptorIsNotNeededAfterwards) {
  const int copy = dup(file_.fd());
  const Memory memory = cpu_->map({copy, 0}, kPage, Contents::kZeroed).value();
  ASSERT_EQ(close(copy), 0);
  memory.address()[7] = std::byte{9};
  EXPECT_EQ(file_.read(7, 1), "\x09");
}

TEST_F(ForeignMemoryTest, WhatIsTooSmallIsRefusedWithBothSizes) {
  EXPECT_THAT(refusal({file_.fd(), 3 * kPage}, kPage + 1),
              AllOf(HasSubstr("4097 bytes from byte 12288"), HasSubstr("has 16384 bytes"),
                    HasSubstr("ftruncate")));
  EXPECT_THAT(refusal({file_.fd(), 5 * kPage}), HasSubstr("from byte 20480"));
  constexpr size_t kEnd = std::numeric_limits<size_t>::max() - kPage + 1;  // plus a page: 0
  EXPECT_THAT(refusal({file_.fd(), kEnd}), HasSubstr("16384 bytes in all"));
  EXPECT_TRUE(cpu_->map({file_.fd(), 3 * kPage}, kPage, Contents::kZeroed).is_ok());
}

TEST_F(ForeignMemoryTest, WhatIsNoSuchMemoryIsRefused) {
  EXPECT_THAT(refusal({file_.fd(), 100}), HasSubstr("multiple of the page size 4096"));
  EXPECT_THAT(refusal({-1, 0}), HasSubstr("descriptor -1"));
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_THAT(refusal({ends[0], 0}), HasSubstr("neither a memfd nor a file"));
  close(ends[0]);
  close(ends[1]);
  const std::string path = "/proc/self/fd/" + std::to_string(file_.fd());
  const int read_only = open(path.c_str(), O_RDONLY);
  EXPECT_THAT(refusal({read_only, 0}), HasSubstr("reading and writing"));
  close(read_only);
  ASSERT_EQ(fcntl(file_.fd(), F_ADD_SEALS, F_SEAL_FUTURE_WRITE), 0);
  EXPECT_THAT(refusal({file_.fd(), 0}), HasSubstr("seal"));
}

// A file may be said to be larger than what there is for it; who touches it then is killed.
TEST_F(ForeignMemoryTest, WhatNothingBacksIsRefused) {
  struct statvfs about {};
  const int file = open("/dev/shm", O_TMPFILE | O_RDWR, 0600);
  if (file < 0 || fstatvfs(file, &about) != 0 || about.f_blocks == 0) {
    GTEST_SKIP() << "no /dev/shm of limited size";
  }
  const size_t all = about.f_blocks * about.f_frsize;
  ASSERT_EQ(ftruncate(file, static_cast<off_t>(2 * all)), 0);
  const auto mapped = cpu_->map({file, 0}, 2 * all, Contents::kKept);
  EXPECT_EQ(mapped.status().code(), Code::kResourceExhausted);
  EXPECT_THAT(mapped.status().message(), HasSubstr(std::to_string(2 * all) + " bytes"));
  close(file);
}

TEST_F(ForeignMemoryTest, NothingOfItIsMapped) {
  const Memory none = cpu_->map({file_.fd(), 0}, 0, Contents::kZeroed).value();
  EXPECT_EQ(none.bytes(), 0u);
}

// A device with memory of its own takes it as such: the host sees it through its own mapping only.
TEST(GuardedForeignMemoryDeathTest, IsTheDevicesOwnUntilItIsCopied) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto device = GuardedDevice::create(guarded_caps(1), {}).value();
  const test::MemoryFile file(2 * kPage);
  file.write(0, std::string(2 * kPage, 'x'));
  {
    const Memory memory = device->map({file.fd(), kPage}, 100, Contents::kKept).value();
    char text[4] = {};
    ASSERT_TRUE(device->read(text, memory.address(), 3).is_ok());
    EXPECT_STREQ(text, "xxx");
    ASSERT_TRUE(device->write(memory.address(), "abc", 3).is_ok());
    EXPECT_EQ(file.read(kPage, 4), "abcx");
    EXPECT_DEATH(memory.address()[0] = std::byte{1}, "");
  }
  const Memory zeroed = device->map({file.fd(), kPage}, 100, Contents::kZeroed).value();
  EXPECT_EQ(file.read(kPage, 4), std::string(4, '\0'));
  GTEST_FLAG_SET(death_test_style, "fast");
}

}  // namespace
}  // namespace raddle::device
