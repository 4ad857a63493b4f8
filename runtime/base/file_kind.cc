// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/file_kind.h"

#include <fmt/core.h>

#include <algorithm>

namespace raddle {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kFetch = "download the file itself";
constexpr std::string_view kUnpack = "unpack it first";
constexpr std::string_view kPickle =
    "a pickle runs code when it is loaded, so it is not read; load it with the tool that wrote it "
    "and save it as model.safetensors (in transformers: save_pretrained(dir, "
    "safe_serialization=True))";

struct Magic {
  std::string_view bytes;
  std::string_view what, remedy;
};
constexpr Magic kMagics[] = {
    {"version https://git-lfs"sv, "a git-lfs pointer, not the file itself",
     "run `git lfs pull` in its folder, or download the file itself"},
    {"GGUF"sv, "a GGUF file (of llama.cpp)", "name the safetensors files that it was made from"},
    {"\x89HDF"sv, "an HDF5 file", "save it as safetensors with the tool that wrote it"},
    {"\x93NUMPY"sv, "a NumPy array", "save it as safetensors with the tool that wrote it"},
    {"\x1f\x8b"sv, "a gzip archive", kUnpack},
    {"\x28\xb5\x2f\xfd"sv, "a zstd archive", kUnpack},
    {"\xfd"
     "7zXZ\0"sv,
     "an xz archive", kUnpack},
    {"BZh"sv, "a bzip2 archive", kUnpack},
    {"7z\xbc\xaf"sv, "a 7z archive", kUnpack},
    {"%PDF"sv, "a PDF", kFetch}};

bool starts_like(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() &&
         std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b - 'A' + 'a') : b);
         });
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
  });
}

std::optional<FileKind> recognize_text(std::string_view begin) {
  const size_t at = begin.find_first_not_of(" \t\r\n");
  const std::string_view text = at == std::string_view::npos ? "" : begin.substr(at);
  if (starts_like(text, "<!doctype html") || starts_like(text, "<html")) {
    return FileKind{"a web page",
                    "download the file itself, not the page that shows it (\"resolve\" instead of "
                    "\"blob\" in the address)"};
  }
  if (starts_like(text, "<?xml")) return FileKind{"an XML answer of a server", std::string(kFetch)};
  if (text.size() < 8 || !is_printable(begin)) return std::nullopt;
  const std::string_view line = text.substr(0, std::min<size_t>(60, text.find('\n')));
  return FileKind{fmt::format("a text that begins with \"{}\"", line), std::string(kFetch)};
}

}  // namespace

std::optional<FileKind> recognize_file(std::string_view begin) {
  if (begin.empty()) return FileKind{"empty", "its download or copy failed: fetch it again"};
  for (const Magic& magic : kMagics) {
    if (!begin.starts_with(magic.bytes)) continue;
    return FileKind{std::string(magic.what), std::string(magic.remedy)};
  }
  // torch.save() writes a zip archive whose first member is a pickle; before 1.6 a bare pickle.
  const bool zip = begin.starts_with("PK\x03\x04");
  const bool bare = begin.size() > 2 && begin[0] == '\x80' && begin[1] >= 2 && begin[1] <= 5;
  if (bare || (zip && begin.find("data.pkl") != std::string_view::npos)) {
    return FileKind{"a PyTorch pickle", std::string(kPickle)};
  }
  if (zip) return FileKind{"a zip archive", std::string(kUnpack)};
  if (begin.size() > 8 && begin.find_first_not_of('\0') == std::string_view::npos) {
    return FileKind{"nothing but zeros", "its download did not finish: fetch it again"};
  }
  return recognize_text(begin);
}

std::string not_json_message(std::string_view text, std::string_view where, size_t byte) {
  const size_t at = text.find_first_not_of(" \t\r\n");
  const bool begins_as_json = at != std::string_view::npos && (text[at] == '{' || text[at] == '[');
  const auto kind = recognize_file(at == std::string_view::npos ? "" : text.substr(0, 512));
  if (kind && !begins_as_json) return fmt::format("{} is {}; {}", where, kind->what, kind->remedy);
  if (byte == 0) return fmt::format("{}: not valid JSON; is the file complete?", where);
  if (byte > text.size()) {
    return fmt::format(
        "{}: not valid JSON: it ends after {} bytes, inside a value; is the file "
        "complete?",
        where, text.size());
  }
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(byte), '\n');
  return fmt::format("{}: not valid JSON at byte {} (line {})", where, byte, line);
}

}  // namespace raddle
