// SPDX-License-Identifier: Apache-2.0
// Worlds as a program gets them: of one, of several in one process, and what is refused.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "tests/capi/abi_test.h"

namespace {

using WorldTest = abi_test::ContextTest;

// A port that was free a moment ago.
std::string free_coordinator() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), bytes), 0);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &bytes);
  close(fd);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

raddle_world_options_t options_of(const std::string& coordinator, int64_t rank, int64_t size) {
  raddle_world_options_t options = RADDLE_WORLD_OPTIONS_INIT;
  options.rank = rank;
  options.size = size;
  options.coordinator = coordinator.c_str();
  options.secret = "secret";
  return options;
}

// Two ranks as threads, with these configs.
struct Two {
  Two(raddle_context_t* context, const raddle_config_t* first, const raddle_config_t* second) {
    const std::string coordinator = free_coordinator();
    const auto join = [&](int64_t rank, const raddle_config_t* config) {
      const raddle_world_options_t options = options_of(coordinator, rank, 2);
      outcomes[rank] =
          abi_test::take(raddle_world_join(context, config, &options, nullptr, &worlds[rank]));
    };
    std::thread other([&] { join(1, second); });
    join(0, first);
    other.join();
  }
  ~Two() {
    std::thread other([&] { raddle_world_destroy(&worlds[1]); });
    raddle_world_destroy(&worlds[0]);
    other.join();
  }
  raddle_world_t* worlds[2] = {nullptr, nullptr};
  abi_test::Outcome outcomes[2];
};

TEST_F(WorldTest, OfOneIsThereAtOnce) {
  raddle_world_t* world = nullptr;
  ABI_OK(raddle_world_join(context, nullptr, nullptr, nullptr, &world));
  EXPECT_EQ(raddle_world_rank(world), 0);
  EXPECT_EQ(raddle_world_size(world), 1);
  EXPECT_EQ(raddle_world_rank(nullptr), 0);
  EXPECT_EQ(raddle_world_size(nullptr), 1);
  ABI_OK(raddle_world_leave(world, RADDLE_OK, nullptr));
  raddle_config_t* config = nullptr;
  ABI_OK(raddle_config_create(&config));
  raddle_session_t* session = nullptr;
  ABI_FAILS(
      RADDLE_FAILED_PRECONDITION, "has left the world",
      raddle_session_create_in_world(context, world, config, nullptr, nullptr, nullptr, &session));
  raddle_config_destroy(&config);
  raddle_world_destroy(&world);
  EXPECT_EQ(world, nullptr);
  raddle_world_destroy(&world);
  raddle_world_destroy(nullptr);
}

TEST_F(WorldTest, RanksOfOneProcessJoin) {
  Two two(context, nullptr, nullptr);
  for (int rank = 0; rank < 2; ++rank) {
    ASSERT_EQ(two.outcomes[rank].code, RADDLE_OK) << two.outcomes[rank].message;
    EXPECT_EQ(raddle_world_rank(two.worlds[rank]), rank);
    EXPECT_EQ(raddle_world_size(two.worlds[rank]), 2);
  }
}

TEST_F(WorldTest, AnErrorOfOneIsNamedToWhoeverGoesOn) {
  Two two(context, nullptr, nullptr);
  ABI_OK(raddle_world_leave(two.worlds[1], RADDLE_DATA_LOSS, "the shard is damaged"));
  raddle_config_t* config = nullptr;
  ABI_OK(raddle_config_create(&config));
  abi_test::Outcome outcome;
  for (int i = 0; i < 1000 && outcome.code != RADDLE_UNAVAILABLE; ++i) {
    raddle_session_t* session = nullptr;
    outcome = abi_test::take(raddle_session_create_in_world(context, two.worlds[0], config, nullptr,
                                                            nullptr, nullptr, &session));
    raddle_session_destroy(&session);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_EQ(outcome.code, RADDLE_UNAVAILABLE) << outcome.message;
  // Whoever is first to say so, the coordinator or the rank's own memory.
  EXPECT_NE(outcome.message.find("rank 1"), std::string::npos) << outcome.message;
  EXPECT_NE(outcome.message.find("DATA_LOSS: the shard is damaged"), std::string::npos)
      << outcome.message;
  raddle_config_destroy(&config);
}

TEST_F(WorldTest, ConfigsThatDifferAreNamedOnAllRanks) {
  raddle_config_t *first = nullptr, *second = nullptr;
  ABI_OK(raddle_config_create(&first));
  ABI_OK(raddle_config_create(&second));
  // What belongs to a process may differ, what is computed may not.
  ABI_OK(raddle_config_set(second, "runtime.threads", "3"));
  {
    Two two(context, first, second);
    EXPECT_EQ(two.outcomes[0].code, RADDLE_OK) << two.outcomes[0].message;
  }
  ABI_OK(raddle_config_set(second, "train.steps", "77"));
  Two two(context, first, second);
  for (const abi_test::Outcome& outcome : two.outcomes) {
    EXPECT_EQ(outcome.code, RADDLE_FAILED_PRECONDITION);
    EXPECT_NE(outcome.message.find("train.steps is 77 there and"), std::string::npos)
        << outcome.message;
  }
  raddle_config_destroy(&first);
  raddle_config_destroy(&second);
}

TEST_F(WorldTest, JoiningIsStopped) {
  raddle_stop_t* stop = nullptr;
  ABI_OK(raddle_stop_create(&stop));
  raddle_stop_request(stop);
  const std::string coordinator = free_coordinator();
  const raddle_world_options_t options = options_of(coordinator, 0, 2);
  raddle_world_t* world = nullptr;
  ABI_FAILS(RADDLE_CANCELLED, "stopped",
            raddle_world_join(context, nullptr, &options, stop, &world));
  EXPECT_EQ(world, nullptr);
  raddle_stop_destroy(&stop);
}

TEST_F(WorldTest, Misuse) {
  raddle_world_t* world = nullptr;
  const auto refused = [&](const char* coordinator, int64_t rank, int64_t size, const char* part) {
    raddle_world_options_t options = RADDLE_WORLD_OPTIONS_INIT;
    options.rank = rank;
    options.size = size;
    options.coordinator = coordinator;
    options.secret = "secret";
    ABI_FAILS(RADDLE_INVALID_ARGUMENT, part,
              raddle_world_join(context, nullptr, &options, nullptr, &world));
  };
  refused("127.0.0.1:4000", 2, 2, "rank 2 of a job of 2");
  refused("127.0.0.1:4000", 0, 0, "a job of 0 ranks");
  refused("127.0.0.1:4000", 0, int64_t{1} << 40, "ranks");
  refused(nullptr, 0, 2, "RADDLE_COORDINATOR");
  refused("nowhere", 0, 2, "host:port");
  raddle_world_options_t small = RADDLE_WORLD_OPTIONS_INIT;
  small.struct_size = 3;
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "struct_size",
            raddle_world_join(context, nullptr, &small, nullptr, &world));
  ABI_OK(raddle_world_join(context, nullptr, nullptr, nullptr, &world));
  ABI_FAILS(RADDLE_INVALID_ARGUMENT, "code is 99", raddle_world_leave(world, 99, "x"));
  raddle_world_destroy(&world);
}

TEST_F(WorldTest, ThePlaceIsThatOfTheEnvironment) {
  const auto place = [&] {
    char* json = nullptr;
    const abi_test::Outcome outcome = abi_test::take(raddle_world_place_json(context, &json));
    const std::string text = outcome.code == RADDLE_OK ? json : outcome.message;
    raddle_text_destroy(&json);
    return text;
  };
  EXPECT_NE(place().find("\"source\": \"alone\""), std::string::npos) << place();
  setenv("RADDLE_RANK", "1", 1);
  EXPECT_NE(place().find("RADDLE_WORLD_SIZE is not set"), std::string::npos) << place();
  setenv("RADDLE_WORLD_SIZE", "2", 1);
  setenv("RADDLE_JOB_SECRET", "hidden", 1);
  const std::string text = place();
  EXPECT_NE(text.find("\"rank\": 1"), std::string::npos) << text;
  EXPECT_NE(text.find("\"has_secret\": true"), std::string::npos) << text;
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  for (const char* name : {"RADDLE_RANK", "RADDLE_WORLD_SIZE", "RADDLE_JOB_SECRET"}) unsetenv(name);
}

}  // namespace
