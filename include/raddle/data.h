/* SPDX-License-Identifier: Apache-2.0 */
/* Tokenizers and token files. */
/* Generated from include/interface/abi/data.toml. */
#ifndef RADDLE_DATA_H_
#define RADDLE_DATA_H_

#include "raddle/base.h"
#include "raddle/config.h"
#include "raddle/context.h"
#include "raddle/status.h"
#include "raddle/stop.h"

RADDLE_BEGIN_DECLS

/* Turns text into tokens and back. Immutable: any number of threads may use one. */
typedef struct raddle_tokenizer raddle_tokenizer_t;

/* Opens a tokenizer.
 *
 * name           "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's
 *                format, or a directory with one
 * out_tokenizer  destroy with raddle_tokenizer_destroy()
 * Threads        any
 * Errors         NOT_FOUND         no such file
 *                INVALID_ARGUMENT  not a tokenizer.json
 *                UNIMPLEMENTED     a model or step of the pipeline that Raddle lacks; names it
 * Since          0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_tokenizer_open(
    raddle_context_t* context, const char* name, raddle_tokenizer_t** out_tokenizer);

/* Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and data.text_field
 * say) with data.vocab_size tokens, or fewer and a warning in the log if the texts have too few
 * pairs. The same texts give the same tokenizer.
 *
 * stop           NULL: nobody stops it
 * out_tokenizer  destroy with raddle_tokenizer_destroy()
 * Errors         NOT_FOUND         a file of data.path
 *                INVALID_ARGUMENT  data.path is empty
 *                CANCELLED         `stop` was set
 * Cancel         raddle_stop_cancel(), raddle_stop_request()
 * Since          0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_tokenizer_train(raddle_context_t* context, const raddle_config_t* config,
                       raddle_stop_t* stop, raddle_tokenizer_t** out_tokenizer);

/* NULL-safe; nulls it.
 *
 * Threads  any
 * Since    0.1 (unstable)
 */
RADDLE_API void raddle_tokenizer_destroy(raddle_tokenizer_t** tokenizer);

/* Writes it as a Hugging Face tokenizer.json, atomically.
 *
 * path     a file that is not there yet
 * Threads  any
 * Errors   ALREADY_EXISTS  there is something at `path`; it is kept
 *          IO, RESOURCE_EXHAUSTED
 * Since    0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_tokenizer_save(const raddle_tokenizer_t* tokenizer, const char* path);

/* How many tokens it knows.
 *
 * tokenizer  NULL: the result is 0
 * Threads    any
 * Since      0.1 (unstable)
 */
RADDLE_API int64_t raddle_tokenizer_vocab_size(const raddle_tokenizer_t* tokenizer);

/* The token that ends a text; -1 if there is none.
 *
 * tokenizer  NULL: the result is -1
 * Threads    any
 * Since      0.1 (unstable)
 */
RADDLE_API int32_t raddle_tokenizer_end_token(const raddle_tokenizer_t* tokenizer);

/* Text to tokens. Nothing is added at either end.
 *
 * text        any bytes
 * out_tokens  room for `capacity` tokens; NULL: with capacity 0, only counts
 * out_count   how many tokens there are
 * Threads     any
 * Errors      OUT_OF_RANGE      they do not fit; *out_count is set all the same, nothing else is
 *             INVALID_ARGUMENT  capacity is negative, or above 0 with out_tokens NULL
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_tokenizer_encode(const raddle_tokenizer_t* tokenizer, const char* text, size_t text_bytes,
                        int32_t* out_tokens, int64_t capacity, int64_t* out_count);

/* Text to tokens as a prompt: what begins every document in training (a beginning-of-text token,
 * where the tokenizer's files ask for one) begins the prompt too, unless the text spells it itself.
 *
 * text        any bytes; an empty text gives the beginning alone
 * out_tokens  room for `capacity` tokens; NULL: with capacity 0, only counts
 * out_count   how many tokens there are
 * Threads     any
 * Errors      INVALID_ARGUMENT  the text is empty and nothing begins one; capacity is negative, or
 *                               above 0 with out_tokens NULL
 *             OUT_OF_RANGE      they do not fit; *out_count is set all the same
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_tokenizer_encode_prompt(
    const raddle_tokenizer_t* tokenizer, const char* text, size_t text_bytes, int32_t* out_tokens,
    int64_t capacity, int64_t* out_count);

/* Tokens to text.
 *
 * out_text   zero-terminated, but may hold zero bytes and broken UTF-8 if the tokens do; free with
 *            raddle_text_destroy()
 * out_bytes  its length; NULL: not wanted
 * Threads    any
 * Errors     INVALID_ARGUMENT  a token outside the vocabulary; token_count is negative
 * Since      0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_tokenizer_decode(const raddle_tokenizer_t* tokenizer, const int32_t* tokens,
                        int64_t token_count, char** out_text, size_t* out_bytes);

/* What a token file was made of. */
typedef struct raddle_tokenize_result {
  size_t struct_size; /* set by RADDLE_TOKENIZE_RESULT_INIT */
  int64_t documents;
  int64_t tokens;
  int64_t bytes;    /* of the files */
  int64_t replaced; /* halves of surrogate pairs in JSON strings, now U+FFFD */
} raddle_tokenize_result_t;
#define RADDLE_TOKENIZE_RESULT_INIT \
  { sizeof(raddle_tokenize_result_t), 0, 0, 0, 0 }

/* What RADDLE_TOKENIZE_RESULT_INIT gives, for languages without macros.
 *
 * out_struct    NULL: nothing happens
 * struct_bytes  sizeof the caller's struct, which becomes its struct_size
 * Threads       any
 * Since         0.1 (unstable)
 */
RADDLE_API void raddle_tokenize_result_init(raddle_tokenize_result_t* out_struct,
                                            size_t struct_bytes);

/* Writes the texts of data.path as a token file that data.path can name in place of them, in the
 * tokenizer of data.tokenizer. Atomic.
 *
 * path        a file that is not there yet
 * stop        NULL: nobody stops it
 * out_result  NULL: not wanted
 * Errors      NOT_FOUND         a file of data.path, or the tokenizer
 *             ALREADY_EXISTS    there is something at `path`; it is kept
 *             DATA_LOSS         JSON that is broken or lacks the field, compressed data that is
 *                               damaged or cut off; names the place
 *             INVALID_ARGUMENT  files without any text
 *             UNIMPLEMENTED     a file that is no text: UTF-16, Parquet, zip and so on; names it
 *             CANCELLED         `stop` was set; nothing is written
 *             IO, RESOURCE_EXHAUSTED
 * Cancel      raddle_stop_cancel(), raddle_stop_request()
 * Since       0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t
raddle_data_tokenize(raddle_context_t* context, const raddle_config_t* config, const char* path,
                     raddle_stop_t* stop, raddle_tokenize_result_t* out_result);

/* What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
 * quantiles, the vocabulary, and the first texts as the model will see them.
 *
 * stop      NULL: nobody stops it
 * out_json  free with raddle_text_destroy()
 * Errors    NOT_FOUND  no such file
 *           DATA_LOSS  a damaged token file
 *           CANCELLED  `stop` was set
 * Cancel    raddle_stop_cancel(), raddle_stop_request()
 * Since     0.1 (unstable)
 */
RADDLE_API RADDLE_MUST_USE raddle_status_t raddle_data_inspect(raddle_context_t* context,
                                                               const raddle_config_t* config,
                                                               const char* path,
                                                               raddle_stop_t* stop,
                                                               char** out_json);

RADDLE_END_DECLS

#endif /* RADDLE_DATA_H_ */
