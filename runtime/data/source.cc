// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/source.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/base/file_system.h"
#include "runtime/data/utf8.h"

namespace raddle::data {
namespace {

class TextSource final : public DocumentSource {
 public:
  TextSource(MappedFile file, std::string separator)
      : file_(std::move(file)), separator_(std::move(separator)) {}

  StatusOr<bool> next(std::string_view* document) override {
    const std::string_view text(reinterpret_cast<const char*>(file_.data()), file_.bytes());
    while (at_ < text.size()) {
      const size_t found = separator_.empty() ? text.npos : text.find(separator_, at_);
      const size_t end = found == text.npos ? text.size() : found;
      *document = text.substr(at_, end - at_);
      at_ = found == text.npos ? end : end + separator_.size();
      if (!document->empty()) return true;
    }
    return false;
  }
  size_t bytes_total() const override { return file_.bytes(); }
  size_t bytes_done() const override { return at_; }

 private:
  MappedFile file_;
  std::string separator_;
  size_t at_ = 0;
};

class JsonlSource final : public DocumentSource {
 public:
  JsonlSource(MappedFile file, std::string field)
      : file_(std::move(file)), field_(std::move(field)) {}

  StatusOr<bool> next(std::string_view* document) override {
    const std::string_view text(reinterpret_cast<const char*>(file_.data()), file_.bytes());
    while (at_ < text.size()) {
      const size_t begin = at_;
      const size_t found = text.find('\n', begin);
      const size_t end = found == text.npos ? text.size() : found;
      at_ = found == text.npos ? end : end + 1;
      ++line_;
      const std::string_view line = text.substr(begin, end - begin);
      if (line.find_first_not_of(" \t\r") == line.npos) continue;
      RADDLE_RETURN_IF_ERROR(read_line(line, begin));
      *document = document_;
      if (!document_.empty()) return true;
    }
    return false;
  }
  size_t bytes_total() const override { return file_.bytes(); }
  size_t bytes_done() const override { return at_; }

 private:
  Status read_line(std::string_view line, size_t begin) {
    const size_t valid = utf8_valid_prefix(line);
    if (valid < line.size()) {
      return data_loss(
          "{} line {}, byte {} of the file: byte 0x{:02X} is not valid UTF-8; expected "
          "UTF-8 JSON, one object a line",
          file_.path(), line_, begin + valid, static_cast<unsigned char>(line[valid]));
    }
    nlohmann::json json;
    size_t error_byte = 0;
    try {
      json = nlohmann::json::parse(line);
    } catch (const nlohmann::json::parse_error& error) {
      error_byte = error.byte > 0 ? error.byte - 1 : 0;
      json = nlohmann::json::value_t::discarded;
    } catch (const nlohmann::json::exception&) {  // a number that no double holds, such as 1e400
      json = nlohmann::json::value_t::discarded;
    }
    if (json.is_discarded()) {
      return data_loss(
          "{} line {}, byte {} of the file: not valid JSON here; expected one object a "
          "line with a text field \"{}\"",
          file_.path(), line_, begin + error_byte, field_);
    }
    if (!json.is_object()) {
      return data_loss(
          "{} line {}, byte {} of the file: found a JSON {}; expected an object with a "
          "text field \"{}\"",
          file_.path(), line_, begin, json.type_name(), field_);
    }
    const auto it = json.find(field_);
    if (it == json.end()) {
      return data_loss(
          "{} line {}, byte {} of the file: the object has no field \"{}\"; name the "
          "field that holds the text",
          file_.path(), line_, begin, field_);
    }
    if (!it->is_string()) {
      return data_loss("{} line {}, byte {} of the file: field \"{}\" is a {}; expected a string",
                       file_.path(), line_, begin, field_, it->type_name());
    }
    document_ = std::move(it->get_ref<std::string&>());
    return Status::ok();
  }

  MappedFile file_;
  std::string field_;
  std::string document_;
  size_t at_ = 0;
  size_t line_ = 0;
};

bool is_jsonl(const std::string& path, SourceFormat format) {
  if (format != SourceFormat::kAuto) return format == SourceFormat::kJsonl;
  return path.ends_with(".jsonl") || path.ends_with(".ndjson");
}

}  // namespace

StatusOr<SourceFormat> parse_source_format(std::string_view name) {
  if (name == "auto") return SourceFormat::kAuto;
  if (name == "text") return SourceFormat::kText;
  if (name == "jsonl") return SourceFormat::kJsonl;
  return invalid_argument("unknown data format \"{}\"; expected auto, text or jsonl", name);
}

StatusOr<std::unique_ptr<DocumentSource>> open_source(const std::string& path,
                                                      const SourceOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  std::unique_ptr<DocumentSource> source;
  if (is_jsonl(path, options.format)) {
    source = std::make_unique<JsonlSource>(std::move(file), options.text_field);
  } else {
    source = std::make_unique<TextSource>(std::move(file), options.document_separator);
  }
  return source;
}

}  // namespace raddle::data
