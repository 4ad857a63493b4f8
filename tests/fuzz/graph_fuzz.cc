// SPDX-License-Identifier: Apache-2.0
// Damaged graph texts: refused with INVALID_ARGUMENT, or read as a graph whose own text
// reads back as the same graph; never a crash. A damaged shape must not make anything allocate.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/base/file_system.h"
#include "runtime/graph/autodiff.h"
#include "runtime/graph/text.h"
#include "tests/support/fuzz.h"

namespace raddle::graph {
namespace {

std::vector<std::string> golden_texts() {
  const std::string folder = std::string(RADDLE_SOURCE_DIR) + "/tests/golden/graphs";
  std::vector<std::string> texts;
  for (const std::string& name : posix_file_system().list(folder).value()) {
    texts.push_back(posix_file_system().read_all(folder + "/" + name).value());
  }
  return texts;
}

TEST(Fuzz, GraphText) {
  int accepted = 0, refused = 0;
  test::fuzz(golden_texts(), 2000, [&](const std::string& text) {
    auto graph = parse_text(text);
    if (!graph.is_ok()) {
      ++refused;
      EXPECT_EQ(graph.status().code(), Code::kInvalidArgument) << graph.status().to_string();
      EXPECT_FALSE(graph.status().message().empty());
      return;
    }
    ++accepted;
    const std::string printed = to_text(*graph);
    auto again = parse_text(printed);
    ASSERT_TRUE(again.is_ok()) << again.status().to_string() << "\n" << printed;
    EXPECT_EQ(to_text(*again), printed);
    // What reads must also differentiate or be refused: damage may not surface later as a crash.
    if (!graph->is_differentiated()) (void)differentiate(*graph).is_ok();
  });
  EXPECT_GT(accepted, 0);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace raddle::graph
