// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenize.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "runtime/base/hash.h"
#include "runtime/data/token_shard_writer.h"

namespace raddle::data {
namespace {

// Tokenizes the documents of one file into `writer`; `progress` holds the sums so far.
Status tokenize_file(const Tokenizer& tokenizer, DocumentSource& source,
                     const TokenizeOptions& options, TokenShardWriter& writer,
                     TokenizeProgress& progress) {
  const uint64_t bytes_before = progress.bytes_done;
  std::string_view document;
  while (true) {
    const size_t document_begin = source.bytes_done();
    RADDLE_ASSIGN_OR_RETURN(const bool more, source.next(&document));
    if (!more) break;
    const SpecialTokens& special = tokenizer.special();
    if (special.add_bos && special.bos) RADDLE_RETURN_IF_ERROR(writer.append({&*special.bos, 1}));
    const auto sink = [&](std::span<const int32_t> ids, size_t bytes_done) {
      if (options.cancel != nullptr && options.cancel->load(std::memory_order_relaxed)) {
        return cancelled("tokenizing was cancelled after {} tokens; nothing was written",
                         writer.token_count());
      }
      RADDLE_RETURN_IF_ERROR(writer.append(ids));
      progress.tokens = writer.token_count();
      // A JSON string is shorter than its line, so the position is a lower bound until its end.
      progress.bytes_done =
          bytes_before + std::min(document_begin + bytes_done, source.bytes_done());
      if (options.progress) options.progress(progress);
      return Status::ok();
    };
    RADDLE_RETURN_IF_ERROR(tokenizer.encode_stream(document, options.special, sink));
    if (options.end_of_text && special.eos)
      RADDLE_RETURN_IF_ERROR(writer.append({&*special.eos, 1}));
    RADDLE_RETURN_IF_ERROR(writer.end_document());
    progress.documents = writer.document_count();
  }
  progress.bytes_done = bytes_before + source.bytes_total();
  return Status::ok();
}

}  // namespace

StatusOr<TokenizeProgress> tokenize_files(FileSystem& fs, const Tokenizer& tokenizer,
                                          const std::vector<std::string>& inputs,
                                          const std::string& output,
                                          const TokenizeOptions& options) {
  if (inputs.empty()) return invalid_argument("no input files to tokenize; name at least one");
  TokenizeProgress progress;
  for (const std::string& path : inputs) {
    RADDLE_ASSIGN_OR_RETURN(const uint64_t bytes, fs.file_bytes(path));
    progress.bytes_total += bytes;
  }
  RADDLE_ASSIGN_OR_RETURN(auto writer, TokenShardWriter::create(fs, output, tokenizer.vocab_size(),
                                                                tokenizer.fingerprint()));
  for (const std::string& path : inputs) {
    RADDLE_ASSIGN_OR_RETURN(auto source, open_source(path, options.source));
    RADDLE_RETURN_IF_ERROR(tokenize_file(tokenizer, *source, options, *writer, progress));
  }
  if (writer->document_count() == 0) {
    return invalid_argument("{} of {} input files hold no documents; {} was not written",
                            inputs.size(), inputs.size(), output);
  }
  RADDLE_RETURN_IF_ERROR(writer->finish());
  progress.tokens = writer->token_count();
  if (options.progress) options.progress(progress);
  return progress;
}

StatusOr<ShardSummary> inspect_shard(const TokenShard& shard, const Tokenizer* tokenizer,
                                     size_t sample_tokens) {
  if (tokenizer != nullptr && tokenizer->fingerprint() != shard.tokenizer_fingerprint()) {
    return failed_precondition(
        "token shard {} was written with tokenizer {}, but the one given is {} ({}); give the one "
        "that "
        "wrote it",
        shard.path(), hash_hex(shard.tokenizer_fingerprint()), hash_hex(tokenizer->fingerprint()),
        tokenizer->name());
  }
  ShardSummary summary;
  summary.tokens = shard.token_count();
  summary.documents = shard.document_count();
  summary.vocab_size = shard.vocab_size();
  summary.token_bytes = shard.token_bytes();
  summary.tokenizer_fingerprint = shard.tokenizer_fingerprint();
  summary.content_hash = shard.content_hash();
  std::vector<bool> seen(static_cast<size_t>(shard.vocab_size()));
  for (uint64_t i = 0; i < shard.token_count(); ++i) {
    const auto id = static_cast<size_t>(shard.token(i));
    if (id >= seen.size()) {
      return data_loss("token shard {}: token {} is id {}; expected less than vocab_size {}",
                       shard.path(), i, id, shard.vocab_size());
    }
    seen[id] = true;
  }
  summary.distinct_tokens = static_cast<uint64_t>(std::count(seen.begin(), seen.end(), true));
  for (uint64_t i = 0; i < shard.document_count(); ++i) {
    const uint64_t length = shard.document_end(i) - shard.document_begin(i);
    summary.shortest_document = i == 0 ? length : std::min(summary.shortest_document, length);
    summary.longest_document = std::max(summary.longest_document, length);
    ++summary.length_histogram[static_cast<size_t>(std::bit_width(length)) - 1];
  }
  if (tokenizer != nullptr && shard.document_count() > 0) {
    std::vector<int32_t> ids(std::min<size_t>(sample_tokens, shard.document_end(0)));
    shard.copy(0, ids);
    RADDLE_ASSIGN_OR_RETURN(summary.sample, tokenizer->decode(ids));
  }
  return summary;
}

}  // namespace raddle::data
