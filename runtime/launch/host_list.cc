// SPDX-License-Identifier: Apache-2.0
#include "runtime/launch/host_list.h"

#include <charconv>

namespace raddle::launch {

namespace {

// The whole number that `text` begins with, which is taken off; -1: it begins with none.
int64_t take_number(std::string_view* text) {
  int64_t value = -1;
  const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || value < 0) return -1;
  text->remove_prefix(static_cast<size_t>(stop - text->data()));
  return value;
}

bool take(std::string_view* text, std::string_view prefix) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

}  // namespace

StatusOr<std::string> first_host(std::string_view list) {
  std::string host;
  std::string_view rest = list;
  while (!rest.empty() && rest.front() != ',') {
    if (rest.front() != '[') {
      host += rest.front();
      rest.remove_prefix(1);
      continue;
    }
    const size_t end = rest.find(']');
    const std::string_view inside = rest.substr(1, end == rest.npos ? 0 : end - 1);
    const std::string_view first = inside.substr(0, inside.find_first_of(",-"));
    if (first.empty()) return invalid_argument("'{}' is no list of hosts", list.substr(0, 80));
    host += first;
    rest.remove_prefix(end + 1);
  }
  if (host.empty()) return invalid_argument("'{}' is no list of hosts", list.substr(0, 80));
  return host;
}

StatusOr<int64_t> tasks_of_node(std::string_view list, int64_t node) {
  int64_t first = 0;  // node of the entry that is looked at
  for (std::string_view rest = list; !rest.empty();) {
    const int64_t tasks = take_number(&rest);
    int64_t nodes = 1;
    bool well_formed = tasks > 0;
    if (well_formed && take(&rest, "(x")) {
      nodes = take_number(&rest);
      well_formed = nodes > 0 && nodes <= (1 << 20) && take(&rest, ")");
    }
    well_formed = well_formed && (rest.empty() || take(&rest, ","));
    if (!well_formed) break;
    if (node < first + nodes) return tasks;
    first += nodes;
  }
  return invalid_argument("'{}' does not say how many tasks node {} has", list.substr(0, 80), node);
}

}  // namespace raddle::launch
