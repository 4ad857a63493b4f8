// SPDX-License-Identifier: Apache-2.0
#include "runtime/launch/host_list.h"

#include <gtest/gtest.h>

namespace raddle::launch {
namespace {

TEST(HostList, TakesTheFirstHost) {
  EXPECT_EQ(*first_host("n1"), "n1");
  EXPECT_EQ(*first_host("n[1-2]"), "n1");
  EXPECT_EQ(*first_host("node[07-09,12],login1"), "node07");
  EXPECT_EQ(*first_host("rack[2]node[10,11].local,x"), "rack2node10.local");
  for (const char* bad : {"", ",n1", "n[", "n[]", "n[-3]"}) {
    EXPECT_EQ(first_host(bad).status().code(), Code::kInvalidArgument) << bad;
  }
}

TEST(HostList, CountsTasksOfANode) {
  EXPECT_EQ(*tasks_of_node("2(x3),1", 0), 2);
  EXPECT_EQ(*tasks_of_node("2(x3),1", 2), 2);
  EXPECT_EQ(*tasks_of_node("2(x3),1", 3), 1);
  for (const char* bad : {"", "2(x3),1", "x", "2(x", "2(x0)", "-1", "2;3", "2(x9999999999)"}) {
    EXPECT_EQ(tasks_of_node(bad, 4).status().code(), Code::kInvalidArgument) << bad;
  }
}

}  // namespace
}  // namespace raddle::launch
