// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/foreign_file.h"

#include <algorithm>

#include "runtime/data/utf16.h"
#include "runtime/data/utf8.h"

namespace raddle::data {
namespace {

using std::string_view_literals::operator""sv;

constexpr const char* kRecode = "save it as UTF-8 (iconv -f UTF-16 -t UTF-8)";
constexpr const char* kUnpack = "unpack it first; gzip and zstd are read as they are";
constexpr const char* kToLines = "write its texts as JSON lines or plain text first";
constexpr const char* kNoText = "it holds no text to train on; name another file";

struct Kind {
  size_t at;
  std::string_view magic;
  const char* what;
  const char* advice;
};

// UTF-32 before UTF-16: its mark begins with the same two bytes.
constexpr Kind kKinds[] = {
    {0, "\xff\xfe\0\0"sv, "UTF-32 text", "save it as UTF-8 (iconv -f UTF-32 -t UTF-8)"},
    {0, "\0\0\xfe\xff"sv, "UTF-32 text", "save it as UTF-8 (iconv -f UTF-32 -t UTF-8)"},
    {0, "\xff\xfe"sv, "UTF-16 text", kRecode},
    {0, "\xfe\xff"sv, "UTF-16 text", kRecode},
    {0, "\x1f\x8b\x08"sv, "gzip data inside other compressed data", "unpack it once"},
    {0, "\x28\xb5\x2f\xfd"sv, "Zstandard data inside other compressed data", "unpack it once"},
    {0,
     "\xfd"
     "7zXZ\0"sv,
     "xz data", kUnpack},
    {0, "BZh"sv, "bzip2 data", kUnpack},
    {0, "7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    {0, "Rar!\x1a\x07"sv, "a RAR archive", kUnpack},
    {0, "PK\x03\x04"sv, "a zip archive (also docx, xlsx, npz)", kUnpack},
    {0, "\x04\x22\x4d\x18"sv, "LZ4 data", kUnpack},
    {0, "\x5d\0\0"sv, "LZMA data", kUnpack},
    {0, "\x1f\x9d"sv, "compress (.Z) data", kUnpack},
    {0, "LZIP"sv, "lzip data", kUnpack},
    {257, "ustar"sv, "a tar archive", "unpack it and name the files in it"},
    {0, "PAR1"sv, "a Parquet file", kToLines},
    {0, "ARROW1"sv, "an Arrow file", kToLines},
    {0, "\xff\xff\xff\xff"sv, "an Arrow stream", kToLines},
    {0, "FEA1"sv, "a Feather file", kToLines},
    {0, "ORC"sv, "an ORC file", kToLines},
    {0, "Obj\x01"sv, "an Avro file", kToLines},
    {0, "\x93NUMPY"sv, "a NumPy array", kToLines},
    {0, "%PDF-"sv, "a PDF", kToLines},
    {0, "{\\rtf"sv, "a Rich Text file", kToLines},
    {0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an old Office document", kToLines},
    {0, "SQLite format 3\0"sv, "an SQLite database", kToLines},
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file", kToLines},
    {0, "WARC/"sv, "a WARC web archive", kToLines},
    {0, "\x80\x02"sv, "a Python pickle", kToLines},
    {0, "\x80\x03"sv, "a Python pickle", kToLines},
    {0, "\x80\x04\x95"sv, "a Python pickle", kToLines},
    {0, "\x80\x05\x95"sv, "a Python pickle", kToLines},
    {0, "GGUF"sv, "a GGUF model", kNoText},
    {0,
     "\x7f"
     "ELF"sv,
     "a program", kNoText},
    {0, "\x89PNG\r\n"sv, "a PNG image", kNoText},
    {0, "\xff\xd8\xff"sv, "a JPEG image", kNoText},
    {0, "GIF8"sv, "a GIF image", kNoText},
    {0, "version https://git-lfs"sv, "a git-lfs pointer, not the file it stands for",
     "fetch it with git lfs pull"},
};

bool is_safetensors(std::string_view head) {
  if (head.size() < 10 || head[8] != '{' || head[9] != '"') return false;
  uint64_t header = 0;
  for (size_t i = 8; i-- > 0;) header = header << 8 | static_cast<unsigned char>(head[i]);
  return header > 0 && header < (uint64_t{1} << 32);
}

// ORC and BZh are also words: what follows decides.
bool is(const Kind& kind, std::string_view head) {
  if (head.size() < kind.at || !head.substr(kind.at).starts_with(kind.magic)) return false;
  const bool word = kind.magic == "ORC" || kind.magic == "BZh" || kind.magic == "PAR1" ||
                    kind.magic == "LZIP" || kind.magic == "GGUF" || kind.magic == "GIF8";
  if (!word) return true;
  return utf8_valid_prefix(head) < head.size() || head.find('\0') != head.npos;
}

Status foreign(const std::string& path, std::string_view what, std::string_view advice) {
  return unimplemented("{}: this is {}; expected UTF-8 text or JSON lines: {}", path, what, advice);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && !(byte >= 0x07 && byte <= 0x0d) && byte != 0x1b && byte != 0x1a;
}

}  // namespace

Status zero_byte(const std::string& path, size_t at) {
  return unimplemented(
      "{}: byte {} is zero, so this is a binary file; expected UTF-8 text or JSON lines. To train "
      "on its bytes as they are, set data.format = text",
      path, at);
}

Status refuse_foreign(std::string_view head, const std::string& path, bool as_bytes) {
  for (const Kind& kind : kKinds) {
    if (is(kind, head)) return foreign(path, kind.what, kind.advice);
  }
  if (is_safetensors(head)) return foreign(path, "a safetensors file", kNoText);
  if (as_bytes) return Status::ok();
  if (const std::string_view kind = utf32_kind(head); !kind.empty()) {
    return foreign(path, "UTF-32 text without a byte order mark",
                   fmt::format("save it as UTF-8 (iconv -f {} -t UTF-8)", kind));
  }
  // ASCII in UTF-16 without a mark has every second byte zero.
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0';
  for (const size_t side : {0u, 1u}) {
    if (zeros[side] > head.size() / 4 && zeros[1 - side] <= head.size() / 16) {
      return foreign(path, "UTF-16 text without a byte order mark",
                     "save it as UTF-8 (iconv -f UTF-16LE -t UTF-8, or UTF-16BE)");
    }
  }
  const auto utf16 = [&] {
    const std::string_view kind = utf16_kind(head);
    return kind.empty() ? Status::ok()
                        : foreign(path, "UTF-16 text without a byte order mark",
                                  fmt::format("save it as UTF-8 (iconv -f {} -t UTF-8)", kind));
  };
  if (zeros[0] + zeros[1] > 0) {
    RADDLE_RETURN_IF_ERROR(utf16());
    return zero_byte(path, head.find('\0'));
  }
  const size_t valid = utf8_valid_prefix(head);
  const auto control = std::find_if(head.begin(), head.end(), is_control);
  // A head may end inside a character, which is no sign of anything.
  if (valid + 4 < head.size() && control != head.end()) {
    RADDLE_RETURN_IF_ERROR(utf16());
    return unimplemented(
        "{}: byte {} is the control character 0x{:02X} and byte {} is not UTF-8, so this is a "
        "binary file; expected UTF-8 text or JSON lines. To train on its bytes as they are, set "
        "data.format = text",
        path, control - head.begin(), static_cast<unsigned char>(*control), valid);
  }
  return Status::ok();
}

}  // namespace raddle::data
