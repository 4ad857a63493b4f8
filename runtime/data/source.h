// SPDX-License-Identifier: Apache-2.0
// Where documents come from: plain text files and JSON, also packed with gzip or Zstandard. A
// source hands out documents in file order; errors name file, line, byte and what was expected
// there. What is no text is refused by name (foreign_file.h), and so is text that is not UTF-8 but
// for a trace (utf8_census.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"
#include "runtime/data/utf8_census.h"

namespace raddle::data {

enum class SourceFormat {
  kAuto,  // JSON if the name or the content says so, else text
  kText,
  kJsonl,  // one object a line; also one array of objects, or objects of several lines
};

StatusOr<SourceFormat> parse_source_format(std::string_view name);  // "auto", "text", "jsonl"

struct SourceOptions {
  SourceFormat format = SourceFormat::kAuto;
  // Text: what lies between two documents, e.g. "\n\n\n" or "\f". Empty: a file is one document.
  std::string document_separator = {};
  // JSON: the field that holds the document; "a.b" is field b of the object in a.
  std::string text_field = "text";
  // JSON: the field that holds what the text answers; "": there is none. A text file is refused
  // then.
  std::string prompt_field = {};
};

struct DocumentPart {
  std::string_view text;
  bool last;            // the document ends here
  bool prompt = false;  // it is what the rest of the document answers, whole and maybe empty
};

class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // Sets `part` to the next one; false at the end. The view is good until the next call. A text is
  // handed out in parts of bounded size that may end inside a character, a document of a JSON file
  // whole, or its prompt and then its text. Documents without text are passed over.
  virtual StatusOr<bool> next_part(DocumentPart* part) = 0;
  StatusOr<bool> next(std::string_view* document);  // whole, however long
  virtual uint64_t bytes_total() const = 0;         // of the file on disk
  virtual uint64_t bytes_done() const = 0;      // up to the end of the last document in the file
  virtual std::string_view format() const = 0;  // "text" or "json"

  // So far: halves of surrogate pairs in JSON strings, now U+FFFD; and separators found, where
  // the text was to be split.
  uint64_t replaced() const { return replaced_; }
  uint64_t separators() const { return separators_; }
  // Of a text, unless it was asked for as bytes.
  const Utf8Census& census() const { return census_; }

 protected:
  uint64_t replaced_ = 0, separators_ = 0;
  Utf8Census census_;

 private:
  std::string whole_;
};

StatusOr<std::unique_ptr<DocumentSource>> open_source(const std::string& path,
                                                      const SourceOptions& options);

}  // namespace raddle::data
