// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/splitter.h"

#include <algorithm>

namespace raddle::data {

StatusOr<bool> Splitter::next(std::string_view separator, size_t most, Part* part) {
  window_->drop(taken_);
  offset_ += taken_;
  taken_ = 0;
  const bool goes_on = !last_;
  size_t from = 0;
  while (true) {
    const std::string_view text = window_->text();
    const size_t found = separator.empty() ? text.npos : text.find(separator, from);
    if (found != text.npos) {
      *part = {text.substr(0, found), true, true};
      taken_ = found + separator.size();
      break;
    }
    // A separator may lie across the end of what is known.
    from = text.size() - std::min(text.size(), separator.size());
    if (from >= most) {
      *part = {text.substr(0, from), false, false};
      taken_ = from;
      break;
    }
    RADDLE_ASSIGN_OR_RETURN(const bool grown, window_->grow());
    if (grown) continue;
    *part = {window_->text(), false, true};
    taken_ = part->text.size();
    break;
  }
  last_ = part->last;
  return taken_ > 0 || goes_on;
}

}  // namespace raddle::data
