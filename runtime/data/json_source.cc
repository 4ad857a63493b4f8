// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/json_source.h"

#include <utility>

#include "runtime/data/json_text.h"
#include "runtime/data/splitter.h"
#include "runtime/data/utf8.h"

namespace raddle::data {
namespace {

constexpr const char* kSpace = " \t\r\n";
constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr size_t kLongestGuess = 1 << 26;

// One value after another; errors say where in the file by `place`.
class FieldReader {
 public:
  FieldReader(std::string path, JsonFields fields, std::string advice)
      : path_(std::move(path)), fields_(std::move(fields)), advice_(std::move(advice)) {}

  // `place` says which value it is ("line 3"); `begin` is its first byte in the file.
  Status read(std::string_view value, const std::string& place, size_t begin) {
    // Files that were put together have their marks inside.
    if (value.starts_with(kMark)) {
      value.remove_prefix(kMark.size());
      begin += kMark.size();
    }
    const size_t valid = utf8_valid_prefix(value);
    if (valid < value.size()) {
      return error(place, begin + valid,
                   fmt::format("byte 0x{:02X} is not valid UTF-8; expected UTF-8 JSON",
                               static_cast<unsigned char>(value[valid])));
    }
    RADDLE_RETURN_IF_ERROR(
        read_field(value, fields_.text, "the text (data.text_field)", place, begin, &text_));
    if (!fields_.prompt.empty()) {
      RADDLE_RETURN_IF_ERROR(read_field(value, fields_.prompt, "the prompt (data.prompt_field)",
                                        place, begin, &prompt_));
    }
    // Without a text there is nothing to learn.
    next_ = text_.text.empty() ? kNothing : fields_.prompt.empty() ? kText : kPrompt;
    replaced_ += text_.replaced + prompt_.replaced;
    return Status::ok();
  }
  // Sets `out` to the next part of the document that was read; false: there is none.
  bool next_part(DocumentPart* out) {
    if (next_ == kNothing) return false;
    const bool prompt = next_ == kPrompt;
    *out = {prompt ? prompt_.text : text_.text, !prompt, prompt};
    next_ = prompt ? kText : kNothing;
    return true;
  }
  static std::string fields_of(std::string_view object) {
    const std::string names = json_field_names(object);
    return names.empty() ? "none" : names;
  }
  size_t replaced() const { return replaced_; }
  Status error(const std::string& place, size_t at, const std::string& what) const {
    return data_loss("{} {}, byte {} of the file: {}{}", path_, place, at, what, advice_);
  }

 private:
  // `what` says what the field is to hold, and which option names it.
  Status read_field(std::string_view value, const std::string& field, const char* what,
                    const std::string& place, size_t begin, JsonText* out) const {
    *out = read_json_text(value, field);
    if (!out->valid) {
      return error(
          place, begin + out->error_at,
          fmt::format("not valid JSON here; expected an object with a text field \"{}\"", field));
    }
    if (out->root != "object") {
      return error(place, begin,
                   fmt::format("found a JSON {}; expected an object with a text field \"{}\"",
                               out->root, field));
    }
    if (out->type.empty()) {
      return error(place, begin,
                   fmt::format("the object has no field \"{}\", only {}; name the field that holds "
                               "{}",
                               field, fields_of(value), what));
    }
    if (out->type == "string") return Status::ok();
    if (out->type == "null") {
      return error(
          place, begin,
          fmt::format("field \"{0}\" is a null; expected a string: take such objects out "
                      "(jq -c 'select(.{0} != null)' FILE), or give them a string (\"\" if "
                      "there is none)",
                      field));
    }
    return error(place, begin,
                 fmt::format("field \"{}\" is a {}; expected a string", field, out->type));
  }

  enum Next { kNothing, kPrompt, kText };

  std::string path_;
  JsonFields fields_;
  std::string advice_;
  JsonText text_, prompt_;
  Next next_ = kNothing;
  size_t replaced_ = 0;
};

class LinesSource final : public DocumentSource {
 public:
  LinesSource(std::unique_ptr<ByteWindow> window, FieldReader reader, size_t begin)
      : splitter_(std::move(window), begin), reader_(std::move(reader)) {}

  StatusOr<bool> next_part(DocumentPart* out) override {
    while (!reader_.next_part(out)) {
      if (rest_.empty()) {
        Splitter::Part part;
        RADDLE_ASSIGN_OR_RETURN(const bool more,
                                splitter_.next("\n", std::string_view::npos, &part));
        if (!more) return false;
        ++line_;
        line_text_ = part.text;
        if (line_text_.find_first_not_of(kSpace) == line_text_.npos || line_text_ == kMark)
          continue;
      }
      RADDLE_RETURN_IF_ERROR(read_line());
      replaced_ = reader_.replaced();
    }
    return true;
  }
  uint64_t bytes_total() const override { return splitter_.window().file_bytes(); }
  uint64_t bytes_done() const override { return splitter_.bytes_done(); }
  std::string_view format() const override { return "json"; }

 private:
  // The whole line, or the first of several objects that follow one another in it, as where line
  // ends were lost or are those of an old Macintosh. `rest_` is then what follows.
  Status read_line() {
    const std::string place = fmt::format("line {}", line_);
    const bool goes_on = !rest_.empty();
    const std::string_view text = goes_on ? std::exchange(rest_, {}) : line_text_;
    const size_t begin =
        splitter_.part_begin() + static_cast<size_t>(text.data() - line_text_.data());
    Status whole = goes_on ? Status::ok() : reader_.read(text, place, begin);
    if (!goes_on && whole.is_ok()) return whole;
    const size_t first = std::min(text.find_first_not_of(kSpace), text.size());
    const size_t end = std::min(json_value_end(text, first), text.size());
    const size_t next = text.find_first_not_of(kSpace, end);
    const bool follows = next != text.npos && text[next] == '{' && text[first] == '{';
    if (!goes_on && !follows) return whole;
    if (follows) rest_ = text.substr(next);
    // What else may follow is part of the value, which is then none.
    return reader_.read(follows ? text.substr(0, end) : text, place, begin);
  }

  Splitter splitter_;
  FieldReader reader_;
  std::string_view line_text_, rest_;
  size_t line_ = 0;
};

class ValuesSource final : public DocumentSource {
 public:
  ValuesSource(std::unique_ptr<ByteWindow> window, FieldReader reader, bool in_array, size_t begin)
      : window_(std::move(window)),
        reader_(std::move(reader)),
        in_array_(in_array),
        offset_(begin) {}

  StatusOr<bool> next_part(DocumentPart* out) override {
    while (!reader_.next_part(out)) {
      std::string_view value;
      RADDLE_ASSIGN_OR_RETURN(const bool more, next_value(&value));
      if (!more) return false;
      RADDLE_RETURN_IF_ERROR(reader_.read(value, fmt::format("value {}", values_), offset_));
      drop(value.size());
      replaced_ = reader_.replaced();
    }
    return true;
  }
  uint64_t bytes_total() const override { return window_->file_bytes(); }
  uint64_t bytes_done() const override { return window_->file_position(0); }
  std::string_view format() const override { return "json"; }

 private:
  void drop(size_t bytes) {
    window_->drop(bytes);
    offset_ += bytes;
  }
  // Drops space; the next byte, or 0 at the end of the file.
  StatusOr<char> next_byte() {
    while (true) {
      const std::string_view text = window_->text();
      const size_t found = text.find_first_not_of(kSpace);
      drop(std::min(found, text.size()));
      if (found != text.npos) return window_->text().front();
      RADDLE_ASSIGN_OR_RETURN(const bool grown, window_->grow());
      if (!grown) return '\0';
    }
  }
  Status error(const char* what) const {
    return reader_.error(fmt::format("after value {}", values_), offset_, what);
  }

  StatusOr<bool> next_value(std::string_view* value) {
    RADDLE_ASSIGN_OR_RETURN(char next, next_byte());
    if (in_array_) {
      if (next == ']' && values_ > 0) return end_of_array();
      if (next != (values_ == 0 ? '[' : ',')) {
        return error(next == '\0' ? "the array does not end; the file is cut off"
                                  : "expected a comma or the array's end");
      }
      drop(1);
      RADDLE_ASSIGN_OR_RETURN(next, next_byte());
      if (next == ']' && values_ == 0) return end_of_array();
    }
    if (next == '\0') return false;
    size_t end = std::string_view::npos;
    size_t seen = 0;
    // A value that is not whole yet is looked through again only when twice as much is known.
    while (end == std::string_view::npos) {
      end = json_value_end(window_->text(), 0);
      if (end != std::string_view::npos) break;
      seen = window_->text().size();
      bool grown = true;
      while (grown && window_->text().size() < 2 * seen) {
        RADDLE_ASSIGN_OR_RETURN(grown, window_->grow());
      }
      if (window_->text().size() == seen) end = seen;
    }
    ++values_;
    *value = window_->text().substr(0, std::max<size_t>(end, 1));
    return true;
  }
  StatusOr<bool> end_of_array() {
    drop(1);
    RADDLE_ASSIGN_OR_RETURN(const char next, next_byte());
    if (next == kMark[0]) {
      return error(
          "a byte order mark follows the array's end, as where two files were put together; name "
          "each by itself in data.path");
    }
    if (next != '\0') return error("something follows the array's end");
    return false;
  }

  std::unique_ptr<ByteWindow> window_;
  FieldReader reader_;
  bool in_array_;
  size_t offset_;  // of the window in the unpacked file
  size_t values_ = 0;
};

}  // namespace

StatusOr<JsonForm> guess_json_form(ByteWindow& window) {
  const auto first = [&](size_t from) { return window.text().find_first_not_of(kSpace, from); };
  size_t at = first(0);
  if (at == std::string_view::npos) return JsonForm::kNone;
  const bool array = window.text()[at] == '[';
  if (array) at = first(at + 1);
  if (at == std::string_view::npos || window.text()[at] != '{') return JsonForm::kNone;
  size_t end = json_value_end(window.text(), at);
  while (end == std::string_view::npos && window.text().size() < kLongestGuess) {
    RADDLE_ASSIGN_OR_RETURN(const bool grown, window.grow());
    if (!grown) break;
    end = json_value_end(window.text(), at);
  }
  if (end == std::string_view::npos) return JsonForm::kNone;
  const std::string_view value = window.text().substr(at, end - at);
  const JsonText found = read_json_text(value, "");
  if (!found.valid || found.empty_object) return JsonForm::kNone;
  if (array) return JsonForm::kArray;
  return value.find('\n') == value.npos ? JsonForm::kLines : JsonForm::kValues;
}

std::unique_ptr<DocumentSource> make_json_source(std::unique_ptr<ByteWindow> window,
                                                 const std::string& path, const JsonFields& fields,
                                                 JsonForm form, size_t begin,
                                                 const std::string& advice) {
  FieldReader reader(path, fields, advice);
  if (form == JsonForm::kLines) {
    return std::make_unique<LinesSource>(std::move(window), std::move(reader), begin);
  }
  return std::make_unique<ValuesSource>(std::move(window), std::move(reader),
                                        form == JsonForm::kArray, begin);
}

}  // namespace raddle::data
