// SPDX-License-Identifier: Apache-2.0
// A directory for one test, removed with all it holds when the test ends.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace raddle::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static std::atomic<int> count{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("raddle_test_" + std::to_string(::getpid()) + "_" + std::to_string(count++)))
                .string();
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, std::string_view text) const {
    // A new file each time: some file systems flush to disk when a file is cut short and rewritten.
    std::filesystem::remove(file(name));
    std::ofstream out(file(name), std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    EXPECT_TRUE(out.good()) << "cannot write " << file(name);
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace raddle::test
