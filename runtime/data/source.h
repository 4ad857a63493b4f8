// SPDX-License-Identifier: Apache-2.0
// Where documents come from: plain text files and JSONL. A source maps its file and hands out
// documents in file order; errors name file, line, byte and what was expected there.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/status.h"

namespace raddle::data {

enum class SourceFormat {
  kAuto,
  kText,
  kJsonl
};  // kAuto: .jsonl and .ndjson are JSONL, others text

StatusOr<SourceFormat> parse_source_format(std::string_view name);  // "auto", "text", "jsonl"

struct SourceOptions {
  SourceFormat format = SourceFormat::kAuto;
  // Text: what lies between two documents, e.g. "\n\n\n" or "\f". Empty: a file is one document.
  std::string document_separator = {};
  std::string text_field = "text";  // JSONL: the field that holds the document
};

class DocumentSource {
 public:
  virtual ~DocumentSource() = default;
  // Sets `document` to the next one; false at the end. The view is good until the next call. Empty
  // documents are passed over.
  virtual StatusOr<bool> next(std::string_view* document) = 0;
  virtual size_t bytes_total() const = 0;
  virtual size_t bytes_done() const = 0;  // position of the end of the last document in the file
};

StatusOr<std::unique_ptr<DocumentSource>> open_source(const std::string& path,
                                                      const SourceOptions& options);

}  // namespace raddle::data
