// SPDX-License-Identifier: Apache-2.0
// Parameters of table look-up and scatter-add (embedding.cu), shared by host and device.
#pragma once

#include <cstdint>

namespace raddle::cuda {

constexpr int kEmbeddingThreads = 256;

// One thread a word, of 16, 4 or 2 bytes, in which the width is as well.
struct EmbeddingParameters {
  const void* table;   // (vocab, width)
  const int32_t* ids;  // (rows)
  void* y;             // (rows, width)
  int64_t rows, width;
  int64_t word_bytes;
};

struct ZeroParameters {
  float* at;
  int64_t count;
  bool packed;
};

// A row and its id. Rows are in order when their ids ascend, and rows of one id do.
struct alignas(8) IdRow {
  int32_t id, row;
};

constexpr int kSortThreads = 512;  // rows of a chunk that is sorted for itself

struct SortIdsParameters {
  const int32_t* ids;
  IdRow* chunks;  // (rows): each chunk in order
  IdRow* sorted;  // (rows): all in order
  int64_t rows;
};

constexpr int kScatterThreads = 128;
constexpr int kScatterRows = 16;   // that a thread has in flight
constexpr int kScatterBlocks = 4;  // registers for that

template <class T>
struct ScatterParameters {
  const T* dy;          // (rows, width)
  const IdRow* sorted;  // (rows)
  float* dtable;        // (vocab, width)
  int64_t rows, width;
  bool accumulate, packed;
};

}  // namespace raddle::cuda
