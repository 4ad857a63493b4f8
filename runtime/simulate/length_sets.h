// SPDX-License-Identifier: Apache-2.0
// Lengths of sequences like those of published data sets, from their published shares and
// percentiles; not those sets. A set is a function of (name, seed). Longer sequences than the
// context are cut to it.
//
//   byted        shares of tokens by upper edge of the bin, 2K to 2M: 7.6 7.6 10.7 10.4 10.2 9.5
//                7.3 9.7 7.6 7.6 12.1 (ByteScale, Fig. 4)
//   github       34.0 14.2 11.4 8.8 7.6 7.6 6.4 4.5 to 256K (the same figure); the rest, 5.3, is
//                not published bin by bin: we take 2.3 1.7 1.3 for 512K, 1M, 2M
//   wikipedia    percentiles: 50: 347, 90: 2112, 95: 3721, 99: 10921, 99.9: 37367, 99.99: 101500,
//                100: 1.82M (the lengths that come with FlexSP)
//   commoncrawl  nothing of it is published; a heavy tail that we made up, with the mean of 4.8K
//                tokens that FlexSP's plans of 512 sequences on 64 ranks suggest
//
// Inside a bin tokens are spread evenly over the logarithm of the length, as the shares are of
// tokens; between percentiles sequences are. The shortest length is not published. We take 200
// tokens for byted, which gives the published 80 % of sequences up to 4K, 1 % in the bins from 128K
// on and 0.05 % in the last; 128 for github, 16 for wikipedia.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/status.h"

namespace raddle::simulate {

enum class LengthSet { kByted, kGithub, kWikipedia, kCommonCrawl };
std::string_view length_set_name(LengthSet set);

// Sequences until they have `tokens` tokens together.
std::vector<int64_t> draw_lengths(LengthSet set, int64_t context, int64_t tokens, uint64_t seed);

// Steps of one stream: a sequence that a step of `tokens` has no room for opens the next. Over many
// steps long sequences have their share, of which draw_lengths() cuts off some at the end. The
// context is not over `tokens`.
std::vector<std::vector<int64_t>> draw_steps(LengthSet set, int64_t context, int64_t tokens,
                                             int64_t steps, uint64_t seed);

// "byted-2m": a set and its context, in 1024s (k) or 1024 of those (m).
struct NamedSet {
  LengthSet set = LengthSet::kByted;
  int64_t context = 0;
};
StatusOr<NamedSet> parse_length_set(std::string_view name);

}  // namespace raddle::simulate
