// SPDX-License-Identifier: Apache-2.0
// Collectives on every kind of list of ranks, side by side and one after the other; and random
// mixes of them, which must neither go wrong nor stand still.
#include <algorithm>
#include <cstring>

#include "runtime/base/hash.h"
#include "tests/cts/comm/values.h"
#include "tests/cts/comm/worlds.h"

namespace raddle::comm::test {
namespace {

class Groups : public OnWorlds {};

TEST_P(Groups, EveryListOfRanks) {
  // All subsets, each forwards, backwards and turned by one.
  std::vector<std::vector<int32_t>> lists;
  for (uint32_t mask = 1; mask < 1U << size(); ++mask) {
    std::vector<int32_t> list;
    for (int32_t rank = 0; rank < size(); ++rank) {
      if ((mask >> rank & 1U) != 0) list.push_back(rank);
    }
    lists.push_back(list);
    lists.emplace_back(list.rbegin(), list.rend());
    std::rotate(list.begin(), list.begin() + 1, list.end());
    lists.push_back(list);
  }
  run([&](Communicator& comm) {
    auto window = window_of(comm, 500 * sizeof(float));
    for (const std::vector<int32_t>& group : lists) {
      if (std::find(group.begin(), group.end(), comm.rank()) == group.end()) continue;
      EXPECT_STATUS_OK(comm.barrier(group));
      fill(*window, comm.rank());
      EXPECT_STATUS_OK(comm.all_reduce(group, Element::kF32, *window, elements(0, 500)));
      for (size_t i = 0; i < 500; ++i) ASSERT_EQ(floats(*window)[i], sum_of(group, i)) << i;
    }
  });
}

TEST_P(Groups, ABarrierOfSomeNeedsNobodyElse) {
  run([](Communicator& comm) {
    if (comm.rank() < 2) EXPECT_STATUS_OK(comm.barrier(std::vector<int32_t>{1, 0}));
  });
}

RADDLE_ON_WORLDS(Groups, 2, 3, 4);

// One call, the same for all who take part.
struct Step {
  Kind kind;
  std::vector<int32_t> group;
  Element element;
  size_t begin;
  std::vector<size_t> counts;  // by place
  int32_t salt;                // of the values
};
constexpr size_t kElements = 1024;

Step step_of(RandomStream& random, int32_t size) {
  Step step;
  step.kind = static_cast<Kind>(random.below(kKinds - 1));  // but for make_window
  step.group = all_of(size);
  for (size_t i = step.group.size(); i > 1; --i) {
    std::swap(step.group[i - 1], step.group[random.below(i)]);
  }
  step.group.resize(1 + random.below(static_cast<uint64_t>(size)));
  step.element = random.below(2) == 0 ? Element::kF32 : Element::kBF16;
  step.begin = random.below(40);
  for (size_t i = 0; i < step.group.size(); ++i) {
    step.counts.push_back(random.below(4) == 0 ? 0 : random.below(60));
  }
  step.salt = static_cast<int32_t>(random.below(1000));
  return step;
}

// One rank's way through a random program, looking at each result.
class Player {
 public:
  explicit Player(Communicator& comm)
      : comm_(comm),
        source_(window_of(comm, kElements * 4)),
        target_(window_of(comm, kElements * 4)) {
    EXPECT_STATUS_OK(comm.reserve(256));
  }
  void play(const Step& step);
  uint64_t hash() const { return hash_; }

 private:
  float value(const Step& step, int32_t rank, size_t i) const {
    return value_of(rank + size_t{7} * static_cast<size_t>(step.salt), i);
  }
  static float value_of(size_t rank, size_t i) {
    return test::value_of(static_cast<int32_t>(rank), i);
  }
  float sum(const Step& step, size_t i) const;
  std::vector<Range> parts(const Step& step) const;
  void sums(const Step& step, size_t own);
  void copies(const Step& step, size_t own);
  void pieces(const Step& step, size_t own);
  void letters(const Step& step);

  Communicator& comm_;
  std::unique_ptr<Window> source_, target_;
  uint64_t hash_ = 0;
};

float Player::sum(const Step& step, size_t i) const {
  const auto held = [&](int32_t rank) {
    const float exact = value(step, rank, i);
    return step.element == Element::kF32 ? exact : bf16_to_f32(f32_to_bf16(exact));
  };
  float sum = held(step.group.front());
  for (size_t k = 1; k < step.group.size(); ++k) sum += held(step.group[k]);
  return step.element == Element::kF32 ? sum : bf16_to_f32(f32_to_bf16(sum));
}

std::vector<Range> Player::parts(const Step& step) const {
  const size_t bytes = element_bytes(step.element);
  std::vector<Range> parts;
  size_t at = step.begin;
  for (const size_t count : step.counts) {
    parts.push_back({at * bytes, (at + count) * bytes});
    at += count + 1;
  }
  return parts;
}

void Player::sums(const Step& step, size_t own) {
  const bool is_f32 = step.element == Element::kF32;
  for (size_t i = 0; i < kElements; ++i) {
    const float mine = value(step, comm_.rank(), i);
    if (is_f32) {
      floats(*source_)[i] = mine;
    } else {
      halves(*source_)[i] = f32_to_bf16(mine);
    }
  }
  const std::vector<Range> cut = parts(step);
  const Range whole{cut.front().begin, cut.back().end};
  const bool is_whole = step.kind == Kind::kAllReduce;
  EXPECT_STATUS_OK(is_whole ? comm_.all_reduce(step.group, step.element, *source_, whole)
                            : comm_.reduce_scatter(step.group, step.element, *source_, cut));
  const Range summed = is_whole ? whole : cut[own];
  for (size_t i = summed.begin / element_bytes(step.element);
       i < summed.end / element_bytes(step.element); ++i) {
    const float seen = is_f32 ? floats(*source_)[i] : bf16_to_f32(halves(*source_)[i]);
    ASSERT_EQ(seen, sum(step, i)) << i;
  }
}

void Player::copies(const Step& step, size_t own) {
  Step wide = step;
  wide.element = Element::kF32;
  const std::vector<Range> cut = parts(wide);
  for (size_t i = 0; i < kElements; ++i) floats(*source_)[i] = value(step, comm_.rank(), i);
  const int32_t root = step.group[step.begin % step.group.size()];
  const Range range = cut[own];
  if (step.kind == Kind::kBroadcast) {
    EXPECT_STATUS_OK(comm_.broadcast(step.group, root, *source_, elements(3, 3 + step.counts[0])));
    for (size_t i = 3; i < 3 + step.counts[0]; ++i) {
      ASSERT_EQ(floats(*source_)[i], value(step, root, i));
    }
    return;
  }
  EXPECT_STATUS_OK(comm_.all_gather(step.group, *source_, cut));
  for (size_t k = 0; k < cut.size(); ++k) {
    for (size_t i = cut[k].begin / 4; i < cut[k].end / 4; ++i) {
      ASSERT_EQ(floats(*source_)[i], value(step, step.group[k], i)) << k << " of " << range.begin;
    }
  }
}

// From place a to place b go as many elements as either says; in an exchange, in pieces of three.
void Player::pieces(const Step& step, size_t own) {
  const size_t n = step.group.size();
  const auto count = [&](size_t from, size_t to) { return (step.counts[from] + 3 * to) % 60; };
  for (size_t i = 0; i < kElements; ++i) floats(*source_)[i] = value(step, comm_.rank(), i);
  std::vector<Range> send, receive;
  std::vector<Transfer> out, in;
  for (size_t k = 0; k < n; ++k) {
    send.push_back(elements(100 * k, 100 * k + count(own, k)));
    receive.push_back(elements(100 * k, 100 * k + count(k, own)));
    if (k == own) continue;
    for (size_t i = 0; i < count(own, k); i += 3) {
      out.push_back({step.group[k], source_.get(),
                     elements(100 * k + i, 100 * k + std::min(i + 3, count(own, k)))});
    }
    for (size_t i = 0; i < count(k, own); i += 3) {
      in.push_back({step.group[k], target_.get(),
                    elements(100 * k + i, 100 * k + std::min(i + 3, count(k, own)))});
    }
  }
  const bool is_exchange = step.kind == Kind::kExchange;
  EXPECT_STATUS_OK(is_exchange ? comm_.exchange(out, in, static_cast<uint32_t>(step.salt))
                               : comm_.all_to_all(step.group, *source_, send, *target_, receive));
  for (size_t k = 0; k < n; ++k) {
    if (k == own && is_exchange) continue;
    for (size_t i = 0; i < count(k, own); ++i) {
      ASSERT_EQ(floats(*target_)[100 * k + i], value(step, step.group[k], 100 * own + i));
    }
  }
}

void Player::letters(const Step& step) {
  const float mine = value(step, comm_.rank(), 0);
  std::vector<float> everybodys(step.group.size());
  EXPECT_STATUS_OK(comm_.gather(step.group, std::as_bytes(std::span(&mine, 1)),
                                std::as_writable_bytes(std::span(everybodys))));
  for (size_t k = 0; k < step.group.size(); ++k) {
    ASSERT_EQ(everybodys[k], value(step, step.group[k], 0));
  }
}

void Player::play(const Step& step) {
  const auto found = std::find(step.group.begin(), step.group.end(), comm_.rank());
  if (found == step.group.end()) return;
  const auto own = static_cast<size_t>(found - step.group.begin());
  switch (step.kind) {
    case Kind::kAllReduce:
    case Kind::kReduceScatter:
      sums(step, own);
      break;
    case Kind::kAllGather:
    case Kind::kBroadcast:
      copies(step, own);
      break;
    case Kind::kAllToAll:
    case Kind::kExchange:
      pieces(step, own);
      break;
    case Kind::kGather:
      letters(step);
      break;
    default:
      EXPECT_STATUS_OK(comm_.barrier(step.group));
  }
  hash_ = hash_bytes(source_->address(), source_->bytes(), hash_);
}

TEST(RandomMixes, NeitherGoWrongNorStandStill) {
  constexpr int kSeeds = 20, kSteps = 500;
  constexpr int32_t kSize = 4;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::vector<std::vector<uint64_t>> hashes;
    for (const WorldKind& kind : world_kinds()) {
      std::vector<uint64_t> hash(kSize);
      auto world = kind.make(kSize);
      for (auto& comm : world) comm->set_deadline(int64_t{30} * 1'000'000'000);
      raddle::test::on_ranks(std::move(world), [&](Communicator& comm) {
        Player player(comm);
        RandomStream random(seed, 1);
        for (int i = 0; i < kSteps; ++i) {
          const Step step = step_of(random, kSize);
          player.play(step);
          if (testing::Test::HasFailure()) {
            ADD_FAILURE() << kind.name << ", step " << i << ", " << kind_name(step.kind);
            break;
          }
        }
        hash[static_cast<size_t>(comm.rank())] = player.hash();
      });
      if (testing::Test::HasFailure()) return;
      hashes.push_back(hash);
    }
    for (const auto& hash : hashes) EXPECT_EQ(hash, hashes[0]);
  }
}

}  // namespace
}  // namespace raddle::comm::test
