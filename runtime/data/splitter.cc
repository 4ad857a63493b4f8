// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/splitter.h"

#include <algorithm>

namespace raddle::data {

StatusOr<bool> Splitter::next(std::string_view separator, std::string_view* part, bool* separated) {
  window_->drop(taken_);
  offset_ += taken_;
  taken_ = 0;
  size_t from = 0, found = std::string_view::npos;
  while (true) {
    const std::string_view text = window_->text();
    if (!separator.empty()) found = text.find(separator, from);
    if (found != text.npos) break;
    // A separator may lie across the end of what is known.
    from = text.size() - std::min(text.size(), separator.size());
    RADDLE_ASSIGN_OR_RETURN(const bool grown, window_->grow());
    if (!grown) break;
  }
  const std::string_view text = window_->text();
  *separated = found != text.npos;
  *part = text.substr(0, found);
  taken_ = *separated ? found + separator.size() : text.size();
  return taken_ > 0;
}

}  // namespace raddle::data
