// SPDX-License-Identifier: Apache-2.0
// Damaged messages: neither the coordinator nor a member takes one for what it is not, crashes, or
// holds more than what was sent.
#include <gtest/gtest.h>

#include "runtime/control/coordinator.h"
#include "runtime/control/member.h"
#include "runtime/control/secret.h"
#include "tests/support/fuzz.h"

namespace raddle::control {
namespace {

const std::string kNonce(kNonceBytes, 'n');

Rules rules() {
  Rules made;
  made.size = 2;
  made.secret = "secret";
  made.agreement = "build = 1\n";
  return made;
}

std::string proven_hello(int64_t rank) {
  const std::string body =
      write_hello({std::string(kNonceBytes, 'm'), 2, {rank, "host", 1, "address"}, "build = 1\n"});
  return encode({Type::kHello, 0, make_proof("secret", "hello", kNonce, body) + body});
}

std::vector<std::string> corpus() {
  const std::string members = write_members({{0, "a", 1, "x"}, {1, "b", 2, "y"}});
  const std::string word = write_word({1, Code::kIo, "it broke"});
  const std::string welcome = make_proof("secret", "welcome", kNonce, digest_of(members)) + members;
  return {proven_hello(1),
          proven_hello(0) + encode({Type::kBeat, 0, ""}),
          proven_hello(1) + encode({Type::kLeave, 0, word}),
          encode({Type::kChallenge, 0, kNonce}) + encode({Type::kWelcome, 0, welcome}) +
              encode({Type::kLoss, 0, word}),
          encode({Type::kChallenge, 0, kNonce}) + encode({Type::kRefuse, 0, word}),
          encode({Type::kChallenge, 0, kNonce}) + encode({Type::kWelcome, 0, welcome}) +
              encode({Type::kLeft, 0, word})};
}

TEST(ControlFuzz, Coordinator) {
  test::fuzz(corpus(), 30000, [](const std::string& input) {
    CoordinatorState state = make_coordinator(rules(), 0);
    CoordinatorActions actions;
    step(&state, {CoordinatorEvent::Kind::kOpened, 1, kNonce}, 0, &actions);
    // Two pieces, as they may come.
    const size_t half = input.size() / 2;
    step(&state, {CoordinatorEvent::Kind::kBytes, 1, std::string_view(input).substr(0, half)}, 1,
         &actions);
    step(&state, {CoordinatorEvent::Kind::kBytes, 1, std::string_view(input).substr(half)}, 2,
         &actions);
    step(&state, {CoordinatorEvent::Kind::kTick}, 3, &actions);
    const auto it = state.connections.find(1);
    if (it != state.connections.end()) {
      EXPECT_LE(it->second.reader.pending_bytes(), input.size());
      // A seat is taken by a whole and proven hello alone.
      if (it->second.rank >= 0) {
        EXPECT_TRUE(input.starts_with(proven_hello(it->second.rank)));
      }
    }
    step(&state, {CoordinatorEvent::Kind::kClosed, 1}, 4, &actions);
    EXPECT_TRUE(state.connections.empty());
  });
}

TEST(ControlFuzz, Member) {
  test::fuzz(corpus(), 30000, [](const std::string& input) {
    MemberState state =
        make_member(rules(), {kNonce, 2, {0, "host", 1, "address"}, "build = 1\n"}, "here:1", 0);
    MemberActions actions;
    step(&state, {MemberEvent::Kind::kTick}, 0, &actions);
    step(&state, {MemberEvent::Kind::kConnected}, 1, &actions);
    step(&state, {MemberEvent::Kind::kBytes, input}, 2, &actions);
    step(&state, {MemberEvent::Kind::kTick}, 3, &actions);
    step(&state, {MemberEvent::Kind::kClosed}, 4, &actions);
    for (const MemberAction& action : actions) {
      if (action.kind == MemberAction::Kind::kJoined) {
        EXPECT_EQ(state.members.size(), 2u);
        EXPECT_EQ(state.members[1].host, "b");
      }
      if (!action.status.is_ok()) test::expect_clean(action.status);
    }
  });
}

}  // namespace
}  // namespace raddle::control
