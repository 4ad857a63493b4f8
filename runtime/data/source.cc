// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/source.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/data/byte_window.h"
#include "runtime/data/foreign_file.h"
#include "runtime/data/json_source.h"
#include "runtime/data/splitter.h"

namespace raddle::data {
namespace {

constexpr size_t kHeadBytes = 1 << 16;
constexpr const char* kAdvice =
    ". The file was taken for JSON because it begins with an object; if it is text, set "
    "data.format = text";
constexpr size_t kPartBytes = 1 << 20;

class TextSource final : public DocumentSource {
 public:
  TextSource(std::unique_ptr<ByteWindow> window, std::string path, const SourceOptions& options,
             size_t begin)
      : splitter_(std::move(window), begin),
        path_(std::move(path)),
        separator_(options.document_separator),
        as_bytes_(options.format == SourceFormat::kText) {}

  StatusOr<bool> next_part(DocumentPart* out) override {
    while (true) {
      Splitter::Part part;
      RADDLE_ASSIGN_OR_RETURN(const bool more, splitter_.next(separator_, kPartBytes, &part));
      if (!more) {
        RADDLE_RETURN_IF_ERROR(census_.refuse_other_encoding(path_, true));
        return false;
      }
      separators_ += part.separated;
      if (!as_bytes_) RADDLE_RETURN_IF_ERROR(check(part));
      const bool begins = std::exchange(begins_, part.last);
      if (begins && part.text.empty()) continue;
      *out = {part.text, part.last};
      return true;
    }
  }
  uint64_t bytes_total() const override { return splitter_.window().file_bytes(); }
  uint64_t bytes_done() const override { return splitter_.bytes_done(); }
  std::string_view format() const override { return "text"; }

 private:
  Status check(const Splitter::Part& part) {
    const size_t zero = part.text.find('\0');
    if (zero != part.text.npos) return zero_byte(path_, splitter_.part_begin() + zero);
    census_.add(part.text, splitter_.part_begin(), part.last);
    return census_.refuse_other_encoding(path_, false);
  }

  Splitter splitter_;
  std::string path_, separator_;
  bool as_bytes_;
  bool begins_ = true;  // the next part begins a document
};

// The ending that says what the file is: behind those of the packing, in small letters.
std::string ending(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* packed : {".gz", ".gzip", ".zst", ".zstd"}) {
    if (name.ends_with(packed)) name.resize(name.rfind('.'));
  }
  const size_t dot = name.rfind('.');
  return dot == name.npos ? std::string() : name.substr(dot);
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), value) != all.end();
}

bool is_named_json(const std::string& path) {
  return is_one_of(ending(path), {".json", ".jsonl", ".ndjson", ".jl", ".jsonlines"});
}

// The form of JSON of a file whose ending or format says JSON, or whose content does.
StatusOr<JsonForm> json_form(const std::string& path, const SourceOptions& options,
                             ByteWindow& window) {
  const std::string end = ending(path);
  const bool named = is_named_json(path);
  if (options.format == SourceFormat::kText) return JsonForm::kNone;
  RADDLE_ASSIGN_OR_RETURN(const JsonForm form, guess_json_form(window));
  if (options.format == SourceFormat::kJsonl || named) {
    return form == JsonForm::kNone ? JsonForm::kLines : form;
  }
  if (is_one_of(end, {".csv", ".tsv"})) {
    return unimplemented(
        "{}: tables ({}) are not read; write their texts as JSON lines, {{\"{}\": ...}}, or set "
        "data.format = text to train on the lines as they are",
        path, end, options.text_field);
  }
  if (form != JsonForm::kNone) {
    log_info("{}: the content is JSON, so the text is taken from field \"{}\"", path,
             options.text_field);
  }
  return form;
}

}  // namespace

StatusOr<bool> DocumentSource::next(std::string_view* document) {
  DocumentPart part;
  RADDLE_ASSIGN_OR_RETURN(const bool more, next_part(&part));
  if (!more) return false;
  *document = part.text;
  if (part.last) return true;
  whole_ = part.text;
  while (!part.last) {
    RADDLE_RETURN_IF_ERROR(next_part(&part).status());
    whole_ += part.text;
  }
  *document = whole_;
  return true;
}

StatusOr<SourceFormat> parse_source_format(std::string_view name) {
  if (name == "auto") return SourceFormat::kAuto;
  if (name == "text") return SourceFormat::kText;
  if (name == "jsonl") return SourceFormat::kJsonl;
  return invalid_argument("unknown data format \"{}\"; expected auto, text or jsonl", name);
}

StatusOr<std::unique_ptr<DocumentSource>> open_source(const std::string& path,
                                                      const SourceOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(auto window, open_window(path));
  while (window->text().size() < kHeadBytes) {
    RADDLE_ASSIGN_OR_RETURN(const bool grown, window->grow());
    if (!grown) break;
  }
  RADDLE_RETURN_IF_ERROR(refuse_foreign(window->text().substr(0, kHeadBytes), path,
                                        options.format == SourceFormat::kText));
  const size_t mark = window->text().starts_with("\xEF\xBB\xBF") ? 3 : 0;
  window->drop(mark);
  RADDLE_ASSIGN_OR_RETURN(const JsonForm form, json_form(path, options, *window));
  std::unique_ptr<DocumentSource> source;
  if (form == JsonForm::kNone && !options.prompt_field.empty()) {
    return invalid_argument(
        "{} is text, but data.prompt_field is \"{}\": prompts are fields of JSON objects; write "
        "the texts as JSON lines with both fields, or leave data.prompt_field empty",
        path, options.prompt_field);
  }
  if (form == JsonForm::kNone) {
    source = std::make_unique<TextSource>(std::move(window), path, options, mark);
  } else {
    const bool guessed = options.format == SourceFormat::kAuto && !is_named_json(path);
    source = make_json_source(std::move(window), path, {options.text_field, options.prompt_field},
                              form, mark, guessed ? kAdvice : "");
  }
  return source;
}

}  // namespace raddle::data
