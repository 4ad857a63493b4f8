// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/data_inputs.h"

#include "runtime/data/token_shard.h"

namespace raddle::capi {

StatusOr<data::SourceOptions> source_options(const config::Config& config) {
  data::SourceOptions options;
  const std::string& format = config.get_string("data.format");
  if (format != "tokens") {
    RADDLE_ASSIGN_OR_RETURN(options.format, data::parse_source_format(format));
  }
  options.document_separator = config.get_string("data.document_separator");
  options.text_field = config.get_string("data.text_field");
  options.prompt_field = config.get_string("data.prompt_field");
  return options;
}

StatusOr<bool> holds_tokens(const config::Config& config, const std::string& path) {
  const std::string& format = config.get_string("data.format");
  if (format != "auto") return format == "tokens";
  return data::begins_as_token_shard(path);
}

StatusOr<std::vector<std::string>> input_paths(const config::Config& config) {
  auto paths = config.get_list("data.path");
  if (paths.empty()) return invalid_argument("data.path is empty; name the files to read");
  return paths;
}

}  // namespace raddle::capi
