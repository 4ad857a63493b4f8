// SPDX-License-Identifier: Apache-2.0
// Events and tokens; training and generating on a thread of the library's, walked with a for loop.
#pragma once

#include <raddle/operation.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "raddle/cpp/context.hpp"

namespace raddle {
inline namespace RADDLE_CPP_ABI {

// Something that happened. Valid in the callback, or until the next one is asked for. New kinds may
// appear: ignore those that you do not know.
class Event {
 public:
  explicit Event(const raddle_event_t& lent) noexcept : event_(&lent) {}

  EventKind kind() const noexcept { return static_cast<EventKind>(c().kind); }
  std::int64_t step() const noexcept { return c().step; }
  std::int64_t steps_total() const noexcept { return c().steps_total; }
  // What the step did; of EventKind::kStep.
  std::optional<Metrics> metrics() const {
    if (c().metrics == nullptr) return std::nullopt;
    return detail::from_c(*c().metrics);
  }
  // What the evaluation found; of EventKind::kEvaluation.
  std::optional<Evaluation> evaluation() const {
    if (c().evaluation == nullptr) return std::nullopt;
    return detail::from_c(*c().evaluation);
  }
  // Of a checkpoint that is complete on disk (kCheckpoint), else empty.
  std::filesystem::path path() const { return c().path == nullptr ? "" : c().path; }
  // What failed without ending the run (kWarning), else "".
  std::string_view message() const noexcept { return c().message == nullptr ? "" : c().message; }
  const raddle_event_t& c() const noexcept { return *event_; }

 private:
  const raddle_event_t* event_;
};

// A token that was drawn. Valid as an Event is.
struct Token {
  std::int32_t id = 0;
  std::string_view text = {};  // what it adds: whole UTF-8 characters, so it may be empty
};

// Work on a thread of the library's. While it runs its session is busy. Destroying it cancels it
// and waits.
class Operation : public detail::Object<raddle_operation_t, raddle_operation_destroy> {
 public:
  using Object::Object;

  // The next event; EventKind::kNone if none came in time, kEnd if there will be none. A negative
  // timeout waits for ever.
  Result<Event> poll(std::chrono::milliseconds timeout) {
    const raddle_event_t* event = nullptr;
    Status status = check(raddle_operation_poll(c(), timeout.count(), &event));
    if (!status.ok()) return status;
    return Event(*event);
  }
};

// An Operation as a range of its items, each once.
//
//   auto training = session.train_in_background(stop).value();
//   for (const raddle::Event& event : training) { ... }
//   raddle::TrainResult result = training.join().value();
template <typename Item, typename Outcome>
class Items : public Operation {
 public:
  explicit Items(Operation operation) : Operation(std::move(operation)) {}

  struct End {};
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = const Item*;
    using reference = const Item&;

    explicit Iterator(Items& items) : items_(&items) { items_->advance(); }
    reference operator*() const { return *items_->item_; }
    pointer operator->() const { return &*items_->item_; }
    Iterator& operator++() { return items_->advance(), *this; }
    void operator++(int) { items_->advance(); }
    friend bool operator==(const Iterator& at, End) { return at.is_at_end(); }
    friend bool operator!=(const Iterator& at, End) { return !at.is_at_end(); }

   private:
    bool is_at_end() const noexcept { return !items_->item_.has_value(); }
    Items* items_;
  };

  // Waits for the next item. The end is reached when the work is over or failed: join() says which.
  // A loop may be left, and another one goes on with the item after.
  Iterator begin() { return Iterator(*this); }
  End end() const noexcept { return {}; }

  // Waits for the end; items that were not taken are dropped. The same each time it is called.
  Result<Outcome> join();

 private:
  void advance() {
    do {
      item_.reset();
      const Result<Event> event = poll(std::chrono::milliseconds(-1));
      if (!event.ok()) failed_ = event.status();
      if (!event.ok() || event->kind() == EventKind::kEnd) return;
      take(*event);
    } while (!item_.has_value());
  }
  void take(const Event& event);
  template <typename COutcome>
  Result<Outcome> joined(COutcome* outcome, raddle_train_result_t* trained,
                         raddle_generate_result_t* generated) {
    if (!failed_.ok()) return failed_;
    Status status = check(raddle_operation_join(c(), trained, generated));
    if (!status.ok()) return status;
    return detail::from_c(*outcome);
  }

  std::optional<Item> item_;
  Status failed_;
};

using Training = Items<Event, TrainResult>;
using Generation = Items<Token, GenerateResult>;

template <>
inline void Training::take(const Event& event) {
  item_ = event;
}
template <>
inline void Generation::take(const Event& event) {
  if (event.kind() != EventKind::kToken) return;
  item_ = Token{event.c().token, std::string_view(event.c().text, event.c().text_bytes)};
}

template <>
inline Result<TrainResult> Training::join() {
  raddle_train_result_t outcome;
  detail::init(&outcome);
  return joined(&outcome, &outcome, nullptr);
}
template <>
inline Result<GenerateResult> Generation::join() {
  raddle_generate_result_t outcome;
  detail::init(&outcome);
  return joined(&outcome, nullptr, &outcome);
}

}  // namespace RADDLE_CPP_ABI
}  // namespace raddle
