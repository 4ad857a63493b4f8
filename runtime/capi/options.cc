// SPDX-License-Identifier: Apache-2.0
// The table of options, for callers. Rows are turned into C texts once and kept.
#include <deque>
#include <vector>

#include "raddle/config.h"
#include "runtime/capi/border.h"
#include "runtime/config/options.h"

using raddle::Status;
using raddle::capi::border;
using raddle::config::Option;

namespace {

struct OptionRows {
  std::deque<std::string> names;  // of environment variables; a deque does not move its elements
  std::vector<raddle_option_info_t> infos;
};

// The table's own texts are string literals, which end with a zero byte.
const OptionRows& option_rows() {
  static const OptionRows& kRows = *new OptionRows([] {
    OptionRows made;
    for (const Option& option : raddle::config::options()) {
      made.names.push_back(raddle::config::environment_name(option.key));
      made.infos.push_back({sizeof(raddle_option_info_t), option.key.data(),
                            raddle::config::type_name(option.type).data(),
                            option.default_text.data(), option.unit.data(),
                            raddle::config::scope_name(option.scope()).data(),
                            option.accepts.data(), option.help.data(), made.names.back().c_str(),
                            raddle::config::change_name(option.change).data()});
    }
    return made;
  }());
  return kRows;
}

}  // namespace

int64_t raddle_option_count(void) { return static_cast<int64_t>(raddle::config::options().size()); }

raddle_status_t raddle_option_get_info(int64_t index, raddle_option_info_t* out_info) {
  return border(__func__, {RADDLE_ARGUMENT(out_info)}, [&]() -> Status {
    RADDLE_RETURN_IF_ERROR(raddle::capi::check_output_struct("out_info", out_info));
    if (index < 0 || index >= raddle_option_count()) {
      return raddle::out_of_range("option {} of {}", index, raddle_option_count());
    }
    raddle::capi::write_struct(out_info, option_rows().infos[static_cast<size_t>(index)]);
    return Status::ok();
  });
}
