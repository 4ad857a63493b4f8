// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/bpe_trainer.h"

#include <algorithm>
#include <map>
#include <queue>
#include <tuple>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/data/bpe_tokenizer.h"
#include "runtime/data/pair_map.h"

namespace raddle::data {
namespace {

constexpr int64_t kFirstMergeId = 256;
constexpr int64_t kWordsBetween = 1 << 14;  // looks at a stop: some milliseconds

// The words of a corpus as symbols, with the counts of neighbouring pairs kept up to date as pairs
// are merged: a merge touches only the words that hold it.
class PairCounter {
 public:
  // Words must come in a fixed order, since pairs are numbered as they are met.
  void add(std::string_view text, int64_t count) {
    const auto w = static_cast<uint32_t>(words_.size());
    Word word;
    word.count = count;
    for (const char byte : text) word.symbols.push_back(static_cast<unsigned char>(byte));
    words_.push_back(std::move(word));
    const auto& symbols = words_.back().symbols;
    for (size_t i = 0; i + 1 < symbols.size(); ++i) change(symbols[i], symbols[i + 1], count, w);
  }
  // After the last word.
  void begin() {
    for (uint32_t pair = 0; pair < pairs_.size(); ++pair) offer(pair);
    touched_.clear();
  }

  // The commonest pair with at least `least` occurrences; false when there is none.
  bool best(int64_t least, int32_t* left, int32_t* right) {
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      const Pair& pair = pairs_[top.pair];
      if (pair.count == top.count) {
        *left = pair.left;
        *right = pair.right;
        return top.count >= least;
      }
      queue_.pop();  // counted again since it was offered
    }
    return false;
  }

  // Replaces every (left, right), from the left of each word, by `result`.
  void merge(int32_t left, int32_t right, int32_t result) {
    const uint32_t merged = index_.find(pair_key(left, right));
    const std::vector<uint32_t> words = std::move(pairs_[merged].words);
    pairs_[merged].words.clear();
    for (const uint32_t w : words) merge_in(w, left, right, result);
    for (const uint32_t pair : touched_) {
      pairs_[pair].touched = false;
      offer(pair);
    }
    touched_.clear();
  }

 private:
  struct Word {
    std::vector<int32_t> symbols;
    int64_t count = 0;
  };
  struct Pair {
    int32_t left, right;
    int64_t count = 0;
    bool touched = false;
    std::vector<uint32_t> words;  // that held it at some time; may name one twice
  };
  struct Candidate {
    int64_t count;
    int32_t left, right;
    uint32_t pair;
    bool operator<(const Candidate& other) const {  // the best is the greatest
      return std::tie(count, other.left, other.right) < std::tie(other.count, left, right);
    }
  };

  void change(int32_t left, int32_t right, int64_t by, uint32_t word) {
    const uint32_t pair =
        index_.insert(pair_key(left, right), static_cast<uint32_t>(pairs_.size()));
    if (pair == pairs_.size()) pairs_.push_back({left, right, 0, false, {}});
    pairs_[pair].count += by;
    auto& words = pairs_[pair].words;
    if (by > 0 && (words.empty() || words.back() != word)) words.push_back(word);
    if (!pairs_[pair].touched) touched_.push_back(pair);
    pairs_[pair].touched = true;
  }
  void offer(uint32_t pair) {
    pairs_[pair].touched = false;
    const Pair& p = pairs_[pair];
    if (p.count > 0) queue_.push({p.count, p.left, p.right, pair});
  }
  void merge_in(uint32_t w, int32_t left, int32_t right, int32_t result) {
    auto& symbols = words_[w].symbols;
    const int64_t count = words_[w].count;
    size_t out = 0;
    for (size_t i = 0; i < symbols.size(); ++i) {
      const bool found = i + 1 < symbols.size() && symbols[i] == left && symbols[i + 1] == right;
      if (!found) {
        symbols[out++] = symbols[i];
        continue;
      }
      // Symbols before `out` are final, those from i on are not looked at yet.
      change(left, right, -count, w);
      if (out > 0) {
        change(symbols[out - 1], left, -count, w);
        change(symbols[out - 1], result, count, w);
      }
      if (i + 2 < symbols.size()) {
        change(right, symbols[i + 2], -count, w);
        change(result, symbols[i + 2], count, w);
      }
      symbols[out++] = result;
      ++i;
    }
    symbols.resize(out);
  }

  std::vector<Word> words_;
  std::vector<Pair> pairs_;
  PairMap index_;
  std::vector<uint32_t> touched_;
  std::priority_queue<Candidate> queue_;
};

Status check_stop(const BpeTrainOptions& options) {
  return raddle::check_stop(options.stop, "training the tokenizer");
}

// The words in the order of their bytes: there may be millions, so a part at a time.
Status count_pairs(const std::unordered_map<std::string, int64_t>& counts,
                   const BpeTrainOptions& options, PairCounter* counter) {
  using Words = std::vector<std::pair<std::string_view, int64_t>>;
  std::map<std::string_view, Words> parts;  // by the first two bytes
  int64_t seen = 0;
  const auto check_now_and_then = [&] {
    return ++seen % kWordsBetween == 0 ? check_stop(options) : Status::ok();
  };
  const Words all(counts.begin(), counts.end());
  for (const auto& [text, count] : all) {
    parts[std::string_view(text).substr(0, 2)].emplace_back(text, count);
    RADDLE_RETURN_IF_ERROR(check_now_and_then());
  }
  for (auto& [head, words] : parts) {
    std::sort(words.begin(), words.end());
    for (const auto& [text, count] : words) {
      counter->add(text, count);
      RADDLE_RETURN_IF_ERROR(check_now_and_then());
    }
  }
  counter->begin();
  return check_stop(options);
}

}  // namespace

StatusOr<std::unique_ptr<BpeTrainer>> BpeTrainer::create(const BpeTrainOptions& options) {
  if (options.vocab_size <= kFirstMergeId || options.vocab_size > (1 << 24)) {
    return invalid_argument(
        "vocabulary size is {}; expected {} (256 bytes and end of text) to 2^24",
        options.vocab_size, kFirstMergeId + 1);
  }
  if (options.least_count < 1) {
    return invalid_argument("least count of a pair is {}; expected at least 1",
                            options.least_count);
  }
  std::unique_ptr<BpeTrainer> trainer(new BpeTrainer(options));
  RADDLE_ASSIGN_OR_RETURN(trainer->words_, PreTokenizer::create({options.pattern}));
  return trainer;
}

Status BpeTrainer::add(std::string_view part, bool last) {
  const auto on_word = [&](std::string_view word) {
    ++counts_[std::string(word)];
    return ++words_seen_ % kWordsBetween == 0 ? check_stop(options_) : Status::ok();
  };
  const auto on_other = [](std::string_view) { return Status::ok(); };  // teaches nothing
  const std::string_view text = rest_.join(part);
  size_t taken = 0;
  if (last || (words_->allows_parts() && text.size() >= enough_)) {
    WordIterator iterator(*words_);
    RADDLE_ASSIGN_OR_RETURN(taken, walk_words(iterator, text, !last, on_word, on_other));
    enough_ = !last && taken == 0 ? 2 * text.size() : 0;
  }
  rest_.keep(text, taken);
  return check_stop(options_);
}

StatusOr<std::shared_ptr<const Tokenizer>> BpeTrainer::train() {
  PairCounter counter;
  RADDLE_RETURN_IF_ERROR(count_pairs(counts_, options_, &counter));
  BpeSpec spec;
  spec.tokens = byte_tokens();
  spec.patterns = {options_.pattern};
  const int64_t merges = options_.vocab_size - kFirstMergeId - 1;
  raddle::begin_work(options_.stop, merges);
  int32_t left = 0, right = 0;
  while (static_cast<int64_t>(spec.merges.size()) < merges &&
         counter.best(options_.least_count, &left, &right)) {
    const auto id = static_cast<int32_t>(spec.tokens.size());
    counter.merge(left, right, id);
    spec.merges.push_back({left, right, id});
    spec.tokens.push_back(spec.tokens[static_cast<size_t>(left)] +
                          spec.tokens[static_cast<size_t>(right)]);
    RADDLE_RETURN_IF_ERROR(check_stop(options_));
    raddle::advance(options_.stop, 1);
    if (spec.merges.size() % 256 != 0) continue;
    if (options_.progress) options_.progress(static_cast<int64_t>(spec.merges.size()), merges);
  }
  if (static_cast<int64_t>(spec.merges.size()) < merges) {
    log_warning("the text has pairs for {} merges only, of {} asked for; the vocabulary has {} ids",
                spec.merges.size(), merges, spec.tokens.size() + 1);
  }
  const auto end_of_text = static_cast<int32_t>(spec.tokens.size());
  spec.tokens.emplace_back("<|endoftext|>");
  spec.added = {{end_of_text, "<|endoftext|>", true}};
  spec.special.eos = end_of_text;
  return make_bpe_tokenizer(std::move(spec));
}

StatusOr<std::shared_ptr<const Tokenizer>> train_bpe(const std::vector<std::string>& files,
                                                     const SourceOptions& source,
                                                     const BpeTrainOptions& options) {
  RADDLE_ASSIGN_OR_RETURN(auto trainer, BpeTrainer::create(options));
  uint64_t all = 0;
  for (const std::string& path : files) {
    RADDLE_ASSIGN_OR_RETURN(auto documents, open_source(path, source));
    DocumentPart part;
    uint64_t bytes = 0;
    while (true) {
      RADDLE_ASSIGN_OR_RETURN(const bool more, documents->next_part(&part));
      if (!more) break;
      bytes += part.text.size();
      RADDLE_RETURN_IF_ERROR(trainer->add(part.text, part.last || part.prompt));
    }
    all += bytes;
    if (bytes > 0) continue;
    const char* what = documents->bytes_total() == 0 ? "is empty (0 bytes)" : "holds no text";
    if (files.size() == 1) {
      return invalid_argument(
          "{} {}, so there is nothing to learn a vocabulary from; name a "
          "file with text",
          path, what);
    }
    log_warning("{} {}; passed over", path, what);
  }
  if (all == 0) {
    return invalid_argument("none of {} and {} more files holds text to learn a vocabulary from",
                            files.front(), files.size() - 1);
  }
  return trainer->train();
}

}  // namespace raddle::data
