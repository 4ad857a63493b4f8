// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/wire.h"

#include <gtest/gtest.h>

#include "runtime/control/messages.h"
#include "runtime/control/secret.h"

namespace raddle::control {
namespace {

TEST(Wire, FramesComeInPiecesOfAnySize) {
  const std::string bytes = encode({Type::kLeave, 7, "body"}) + encode({Type::kBeat, 8, ""});
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameReader reader(2);
    std::vector<Frame> frames;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      reader.feed(std::string_view(bytes).substr(at, piece));
      Frame frame;
      while (reader.next(&frame) == 1) frames.push_back(frame);
    }
    ASSERT_EQ(frames.size(), 2u) << piece;
    EXPECT_EQ(frames[0].type, Type::kLeave);
    EXPECT_EQ(frames[0].epoch, 7u);
    EXPECT_EQ(frames[0].body, "body");
    EXPECT_EQ(frames[1].type, Type::kBeat);
    EXPECT_EQ(reader.pending_bytes(), 0u);
  }
}

TEST(Wire, WhatIsTooLongIsRefusedByItsHeader) {
  // The header alone: no byte of the body is waited for.
  const std::string long_hello = encode({Type::kHello, 0, std::string(1 << 20, 'x')});
  FrameReader reader(2);
  reader.feed(std::string_view(long_hello).substr(0, kHeaderBytes));
  Frame frame;
  EXPECT_EQ(reader.next(&frame), -1);
  EXPECT_EQ(reader.error().code(), Code::kDataLoss);
  // A welcome may be as long as the job has ranks.
  const std::string welcome =
      encode({Type::kWelcome, 0, std::string(100 * kMemberLimit, 'x')}).substr(0, kHeaderBytes);
  FrameReader of_few(2), of_many(100);
  of_few.feed(welcome);
  of_many.feed(welcome);
  EXPECT_EQ(of_few.next(&frame), -1);
  EXPECT_EQ(of_many.next(&frame), 0);
}

TEST(Wire, AnotherVersionIsToldFromGarbage) {
  std::string bytes = encode({Type::kBeat, 0, ""});
  bytes[4] = 9;
  FrameReader newer(2);
  newer.feed(bytes);
  Frame frame;
  EXPECT_EQ(newer.next(&frame), -1);
  EXPECT_EQ(newer.error().code(), Code::kFailedPrecondition);
  FrameReader garbage(2);
  garbage.feed("G");  // one byte is enough
  EXPECT_EQ(garbage.next(&frame), -1);
  EXPECT_EQ(garbage.error().code(), Code::kDataLoss);
}

TEST(Wire, BodiesAreReadAsWritten) {
  const Hello hello{std::string(kNonceBytes, 'n'), 4, {3, "host", 12, std::string("a\0b", 3)}, "x"};
  const auto read = read_hello(write_hello(hello));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->member.address, hello.member.address);
  EXPECT_EQ(read->agreement, "x");
  EXPECT_FALSE(read_hello(write_hello(hello) + "x"));
  EXPECT_FALSE(read_hello(write_hello(hello).substr(1)));
  const std::string members = write_members({{0, "a", 1, ""}, {1, "b", 2, "at"}});
  EXPECT_EQ(read_members(members, 2)->at(1).host, "b");
  EXPECT_FALSE(read_members(members, 1));
  EXPECT_FALSE(read_members(members, 3));
  const auto word = read_word(write_word({1, Code::kIo, std::string(9000, 'y')}));
  ASSERT_TRUE(word);
  EXPECT_EQ(word->text.size(), kTextLimit);
  EXPECT_EQ(cut_text("a\xC3\xA4", 2), "a");
}

TEST(Secret, AProofIsOfOneMessageAndOneNumber) {
  const std::string nonce = make_nonce(), other = make_nonce();
  EXPECT_NE(nonce, other);
  const std::string proof = make_proof("key", "hello", nonce, "body");
  EXPECT_TRUE(is_proof(proof, "key", "hello", nonce, "body"));
  EXPECT_FALSE(is_proof(proof, "kex", "hello", nonce, "body"));
  EXPECT_FALSE(is_proof(proof, "key", "welcome", nonce, "body"));
  EXPECT_FALSE(is_proof(proof, "key", "hello", other, "body"));
  EXPECT_FALSE(is_proof(proof, "key", "hello", nonce, "bodx"));
  EXPECT_FALSE(is_proof("", "key", "hello", nonce, "body"));
}

}  // namespace
}  // namespace raddle::control
