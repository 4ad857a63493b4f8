// SPDX-License-Identifier: Apache-2.0
// Documents in one field of JSON objects, or in two, a prompt and the text that answers it: one
// object a line, or objects of any shape after each other, or in one array.
#pragma once

#include <memory>
#include <string>

#include "runtime/data/byte_window.h"
#include "runtime/data/source.h"

namespace raddle::data {

enum class JsonForm {
  kNone,    // the content is no JSON object, nor an array of them
  kLines,   // one value a line
  kValues,  // values with space between them
  kArray,   // values in an array
};

struct JsonFields {
  std::string text;
  std::string prompt;  // "": there is none
};

// By the first value in the window.
StatusOr<JsonForm> guess_json_form(ByteWindow& window);

// `begin` is where the window begins in the file; `advice` ends what is said of a value that is not
// as expected.
std::unique_ptr<DocumentSource> make_json_source(std::unique_ptr<ByteWindow> window,
                                                 const std::string& path, const JsonFields& fields,
                                                 JsonForm form, size_t begin,
                                                 const std::string& advice);

}  // namespace raddle::data
