// SPDX-License-Identifier: Apache-2.0
#include "runtime/data/tokenize.h"

#include <algorithm>
#include <bit>
#include <memory>

#include "runtime/base/hash.h"
#include "runtime/base/log.h"
#include "runtime/data/token_shard_writer.h"

namespace raddle::data {
namespace {

void tell(const TokenizeOptions& options, const TokenizeProgress& progress) {
  if (options.progress) options.progress(progress);
  if (options.stop == nullptr) return;
  options.stop->begin_work(static_cast<int64_t>(progress.bytes_total),
                           static_cast<int64_t>(progress.bytes_done));
}

// Tokenizes the documents of one file into `writer`; `progress` holds the sums so far.
Status tokenize_file(const Tokenizer& tokenizer, DocumentSource& source,
                     const TokenizeOptions& options, TokenShardWriter& writer,
                     TokenizeProgress& progress) {
  const uint64_t bytes_before = progress.bytes_done;
  uint64_t document_begin = 0;
  float weight = 1;  // of the tokens under way: those of a prompt are read and not learned
  const auto check_not_stopped = [&] {
    if (options.stop == nullptr || !options.stop->is_set()) return Status::ok();
    return cancelled("tokenizing was stopped on request after {} tokens; nothing was written",
                     writer.token_count());
  };
  const auto sink = [&](std::span<const int32_t> ids, size_t bytes_done) {
    RADDLE_RETURN_IF_ERROR(check_not_stopped());
    RADDLE_RETURN_IF_ERROR(writer.append(ids, weight));
    progress.tokens = writer.token_count();
    // A JSON string is shorter than its line, so the position is a lower bound until its end.
    progress.bytes_done =
        bytes_before + std::min<uint64_t>(document_begin + bytes_done, source.bytes_done());
    tell(options, progress);
    return Status::ok();
  };
  const SpecialTokens& special = tokenizer.special();
  const auto encoder = tokenizer.encoder(options.special, sink);
  DocumentPart part = {{}, true};
  while (true) {
    const bool begins = part.last;
    if (begins) document_begin = source.bytes_done();
    RADDLE_ASSIGN_OR_RETURN(const bool more, source.next_part(&part));
    if (!more) break;
    RADDLE_RETURN_IF_ERROR(check_not_stopped());
    weight = part.prompt ? 0.0f : 1.0f;
    if (begins) RADDLE_RETURN_IF_ERROR(writer.append(special.begin, weight));
    // A prompt is a text of its own, as when the model is asked: no token reaches over its end.
    if (!part.prompt || !part.text.empty()) {
      RADDLE_RETURN_IF_ERROR(encoder->add(part.text, part.last || part.prompt));
    }
    if (!part.last) continue;
    if (options.end_of_text) RADDLE_RETURN_IF_ERROR(writer.append(special.end));
    RADDLE_RETURN_IF_ERROR(writer.end_document());
    progress.documents = writer.document_count();
  }
  progress.bytes_done = bytes_before + source.bytes_total();
  progress.replaced += source.replaced();
  return Status::ok();
}

// What was read otherwise than its writer may think.
void warn_of_replaced(uint64_t replaced, const std::string& path) {
  if (replaced == 0) return;
  log_warning(
      "{}: {} halves of surrogate pairs in its JSON strings are no characters; each is U+FFFD now",
      path, replaced);
}

void warn_of_separator(const std::string& separator, uint64_t texts, uint64_t separators,
                       const std::string& path) {
  if (separator.empty() || texts == 0 || separators > 0) return;
  std::string shown;
  for (const char c : separator) {
    const auto byte = static_cast<unsigned char>(c);
    shown += c == '\n'     ? "\\n"
             : c == '\r'   ? "\\r"
             : c == '\t'   ? "\\t"
             : byte < 0x20 ? fmt::format("\\x{:02x}", byte)
                           : std::string(1, c);
  }
  log_warning(
      "the document separator \"{}\" ({} bytes) occurs nowhere in {}{}, so each file is one "
      "document; see data.document_separator",
      shown, separator.size(), path, texts > 1 ? fmt::format(" and {} more", texts - 1) : "");
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
  if (options.end_of_text && tokenizer.special().end.empty()) {
    log_warning(
        "no token that ends a text was found in the tokenizer's files, so nothing marks where a "
        "document ends; name it as eos_token in a tokenizer_config.json beside the tokenizer.json");
  }
  RADDLE_ASSIGN_OR_RETURN(auto writer,
                          TokenShardWriter::create(fs, output, tokenizer.vocab_size(),
                                                   tokenizer.fingerprint(), options.existing));
  uint64_t texts = 0, separators = 0;
  for (const std::string& path : inputs) {
    RADDLE_ASSIGN_OR_RETURN(auto source, open_source(path, options.source));
    const uint64_t before = writer->document_count();
    RADDLE_RETURN_IF_ERROR(tokenize_file(tokenizer, *source, options, *writer, progress));
    warn_of_replaced(source->replaced(), path);
    source->census().warn(path);
    texts += source->format() == "text";
    separators += source->separators();
    if (writer->document_count() > before) continue;
    const bool empty = source->bytes_total() == 0;
    if (inputs.size() == 1) {
      return invalid_argument("{} {}, so there is nothing to tokenize; name a file with text", path,
                              empty ? "is empty (0 bytes)" : "holds no documents");
    }
    log_warning("{} {}; passed over", path, empty ? "is empty" : "holds no documents");
  }
  warn_of_separator(options.source.document_separator, texts, separators, inputs.front());
  if (writer->document_count() == 0) {
    return invalid_argument("none of {} and {} more files holds a document; {} was not written",
                            inputs.front(), inputs.size() - 1, output);
  }
  RADDLE_RETURN_IF_ERROR(writer->finish());
  progress.tokens = writer->token_count();
  tell(options, progress);
  return progress;
}

StatusOr<ShardSummary> inspect_shard(const TokenShard& shard, const Tokenizer* tokenizer,
                                     size_t sample_tokens, StopToken* stop) {
  if (tokenizer != nullptr && tokenizer->fingerprint() != shard.tokenizer_fingerprint()) {
    return failed_precondition(
        "token shard {} was written with tokenizer {}, but the one given is {} ({}); give the one "
        "that wrote it",
        shard.path(), hash_hex(shard.tokenizer_fingerprint()), hash_hex(tokenizer->fingerprint()),
        tokenizer->name());
  }
  ShardSummary summary;
  summary.tokens = shard.token_count();
  summary.weighted_tokens = shard.weights().count(0, shard.token_count());
  summary.documents = shard.document_count();
  summary.vocab_size = shard.vocab_size();
  summary.token_bytes = shard.token_bytes();
  summary.tokenizer_fingerprint = shard.tokenizer_fingerprint();
  summary.content_hash = shard.content_hash();
  std::vector<bool> seen(static_cast<size_t>(shard.vocab_size()));
  std::vector<int32_t> part(size_t{1} << 16);
  for (uint64_t at = 0; at < shard.token_count(); at += part.size()) {
    RADDLE_RETURN_IF_ERROR(check_stop(stop, "reading " + shard.path()));
    part.resize(std::min<uint64_t>(part.size(), shard.token_count() - at));
    RADDLE_RETURN_IF_ERROR(shard.copy(at, part));
    for (size_t i = 0; i < part.size(); ++i) {
      const auto id = static_cast<size_t>(part[i]);
      if (id >= seen.size()) {
        return data_loss("token shard {}: token {} is id {}; expected less than vocab_size {}",
                         shard.path(), at + i, id, shard.vocab_size());
      }
      seen[id] = true;
    }
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
    RADDLE_RETURN_IF_ERROR(shard.copy(0, ids));
    RADDLE_ASSIGN_OR_RETURN(summary.sample, tokenizer->decode(ids));
  }
  return summary;
}

}  // namespace raddle::data
