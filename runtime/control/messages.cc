// SPDX-License-Identifier: Apache-2.0
#include "runtime/control/messages.h"

#include "runtime/control/secret.h"
#include "runtime/control/wire.h"

namespace raddle::control {

namespace {

constexpr int kLastCode = static_cast<int>(Code::kInternal);

void write_member(BodyWriter* writer, const Member& member) {
  writer->number(static_cast<uint64_t>(member.rank));
  writer->text(member.host);
  writer->number(static_cast<uint64_t>(member.pid));
  writer->text(member.address);
}

Member read_member(BodyReader* reader) {
  Member member;
  member.rank = static_cast<int64_t>(reader->number());
  member.host = reader->text(kHostLimit);
  member.pid = static_cast<int64_t>(reader->number());
  member.address = reader->text(kAddressLimit);
  return member;
}

}  // namespace

std::string name_of(const Member& member) {
  return fmt::format("rank {} (host {}, pid {})", member.rank, member.host, member.pid);
}

std::string write_hello(const Hello& hello) {
  BodyWriter writer;
  writer.raw(hello.nonce);
  writer.number(static_cast<uint64_t>(hello.size));
  write_member(&writer, hello.member);
  writer.text(hello.agreement);
  return writer.take();
}

std::optional<Hello> read_hello(std::string_view body) {
  BodyReader reader(body);
  Hello hello;
  hello.nonce = reader.raw(kNonceBytes);
  hello.size = static_cast<int64_t>(reader.number());
  hello.member = read_member(&reader);
  hello.agreement = reader.text(kAgreementLimit);
  if (!reader.ended_well()) return std::nullopt;
  return hello;
}

std::string write_members(const std::vector<Member>& members) {
  BodyWriter writer;
  for (const Member& member : members) write_member(&writer, member);
  return writer.take();
}

std::optional<std::vector<Member>> read_members(std::string_view body, int64_t size) {
  BodyReader reader(body);
  std::vector<Member> members;
  for (int64_t rank = 0; rank < size && reader.ok(); ++rank) {
    members.push_back(read_member(&reader));
    if (members.back().rank != rank) return std::nullopt;
  }
  if (!reader.ended_well()) return std::nullopt;
  return members;
}

std::string cut_text(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return std::string(text.substr(0, bytes));
}

std::string write_word(const Word& word) {
  BodyWriter writer;
  writer.number(static_cast<uint64_t>(word.rank));
  writer.number(static_cast<uint64_t>(word.code));
  writer.text(cut_text(word.text, kTextLimit));
  return writer.take();
}

std::optional<Word> read_word(std::string_view body) {
  BodyReader reader(body);
  const auto rank = static_cast<int64_t>(reader.number());
  const uint64_t code = reader.number();
  Word word{rank, Code::kOk, std::string(reader.text(kTextLimit))};
  if (!reader.ended_well() || code > kLastCode) return std::nullopt;
  word.code = static_cast<Code>(code);
  return word;
}

}  // namespace raddle::control
