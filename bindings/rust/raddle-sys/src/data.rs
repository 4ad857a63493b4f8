// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::marker::{PhantomData, PhantomPinned};
use std::mem::size_of;
use std::os::raw::c_char;

/// Turns text into tokens and back. Immutable: any number of threads may use one.
#[repr(C)]
#[derive(Debug)]
pub struct raddle_tokenizer_t {
    _opaque: [u8; 0],
    _pinned: PhantomData<(*mut u8, PhantomPinned)>,
}

/// What a token file was made of.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_tokenize_result_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// Documents.
    pub documents: i64,
    /// Tokens.
    pub tokens: i64,
    /// Of the files.
    pub bytes: i64,
    /// Halves of surrogate pairs in JSON strings, now U+FFFD.
    pub replaced: i64,
}

/// Every field of a [`raddle_tokenize_result_t`] at its default.
pub const RADDLE_TOKENIZE_RESULT_INIT: raddle_tokenize_result_t = raddle_tokenize_result_t {
    struct_size: size_of::<raddle_tokenize_result_t>(),
    documents: 0,
    tokens: 0,
    bytes: 0,
    replaced: 0,
};

extern "C" {
    /// Opens a tokenizer.
    ///
    /// - `name`: "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's
    ///   format, or a directory with one
    /// - `out_tokenizer`: destroy with raddle_tokenizer_destroy()
    /// - Threads: any
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT, UNIMPLEMENTED
    #[must_use]
    pub fn raddle_tokenizer_open(
        context: *mut raddle_context_t,
        name: *const c_char,
        out_tokenizer: *mut *mut raddle_tokenizer_t,
    ) -> raddle_status_t;

    /// Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
    /// data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
    /// texts have too few pairs. The same texts give the same tokenizer.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_tokenizer`: destroy with raddle_tokenizer_destroy()
    /// - Errors: NOT_FOUND, INVALID_ARGUMENT, CANCELLED
    #[must_use]
    pub fn raddle_tokenizer_train(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        stop: *mut raddle_stop_t,
        out_tokenizer: *mut *mut raddle_tokenizer_t,
    ) -> raddle_status_t;

    /// NULL-safe; nulls it.
    ///
    /// - `tokenizer`: NULL: nothing happens
    /// - Threads: any
    pub fn raddle_tokenizer_destroy(tokenizer: *mut *mut raddle_tokenizer_t);

    /// Writes it as a Hugging Face tokenizer.json, atomically.
    ///
    /// - `path`: a file that is not there yet
    /// - Threads: any
    /// - Errors: ALREADY_EXISTS, IO, RESOURCE_EXHAUSTED
    #[must_use]
    pub fn raddle_tokenizer_save(
        tokenizer: *const raddle_tokenizer_t,
        path: *const c_char,
    ) -> raddle_status_t;

    /// How many tokens it knows.
    ///
    /// - `tokenizer`: NULL: the result is 0
    /// - Threads: any
    pub fn raddle_tokenizer_vocab_size(tokenizer: *const raddle_tokenizer_t) -> i64;

    /// The token that ends a text; -1 if there is none.
    ///
    /// - `tokenizer`: NULL: the result is -1
    /// - Threads: any
    pub fn raddle_tokenizer_end_token(tokenizer: *const raddle_tokenizer_t) -> i32;

    /// Text to tokens. Nothing is added at either end.
    ///
    /// - `text`: any bytes
    /// - `out_tokens`: room for `capacity` tokens; NULL: with capacity 0, only counts
    /// - `out_count`: how many tokens there are
    /// - Threads: any
    /// - Errors: OUT_OF_RANGE, INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_tokenizer_encode(
        tokenizer: *const raddle_tokenizer_t,
        text: *const c_char,
        text_bytes: usize,
        out_tokens: *mut i32,
        capacity: i64,
        out_count: *mut i64,
    ) -> raddle_status_t;

    /// Text to tokens as a prompt: what begins every document in training (a beginning-of-text
    /// token, where the tokenizer's files ask for one) begins the prompt too, unless the text
    /// spells it itself.
    ///
    /// - `text`: any bytes; an empty text gives the beginning alone
    /// - `out_tokens`: room for `capacity` tokens; NULL: with capacity 0, only counts
    /// - `out_count`: how many tokens there are
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT, OUT_OF_RANGE
    #[must_use]
    pub fn raddle_tokenizer_encode_prompt(
        tokenizer: *const raddle_tokenizer_t,
        text: *const c_char,
        text_bytes: usize,
        out_tokens: *mut i32,
        capacity: i64,
        out_count: *mut i64,
    ) -> raddle_status_t;

    /// Tokens to text.
    ///
    /// - `out_text`: zero-terminated, but may hold zero bytes and broken UTF-8 if the tokens do;
    ///   free with raddle_text_destroy()
    /// - `out_bytes`: its length; NULL: not wanted
    /// - Threads: any
    /// - Errors: INVALID_ARGUMENT
    #[must_use]
    pub fn raddle_tokenizer_decode(
        tokenizer: *const raddle_tokenizer_t,
        tokens: *const i32,
        token_count: i64,
        out_text: *mut *mut c_char,
        out_bytes: *mut usize,
    ) -> raddle_status_t;

    /// What RADDLE_TOKENIZE_RESULT_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_tokenize_result_init(
        out_struct: *mut raddle_tokenize_result_t,
        struct_bytes: usize,
    );

    /// Writes the texts of data.path as a token file that data.path can name in place of them, in
    /// the tokenizer of data.tokenizer. Atomic.
    ///
    /// - `path`: a file that is not there yet
    /// - `stop`: NULL: nobody stops it
    /// - `out_result`: NULL: not wanted
    /// - Errors: NOT_FOUND, ALREADY_EXISTS, DATA_LOSS, INVALID_ARGUMENT, UNIMPLEMENTED, IO,
    ///   RESOURCE_EXHAUSTED, CANCELLED
    #[must_use]
    pub fn raddle_data_tokenize(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        path: *const c_char,
        stop: *mut raddle_stop_t,
        out_result: *mut raddle_tokenize_result_t,
    ) -> raddle_status_t;

    /// What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
    /// quantiles, the vocabulary, and the first texts as the model will see them.
    ///
    /// - `stop`: NULL: nobody stops it
    /// - `out_json`: free with raddle_text_destroy()
    /// - Errors: NOT_FOUND, DATA_LOSS, CANCELLED
    #[must_use]
    pub fn raddle_data_inspect(
        context: *mut raddle_context_t,
        config: *const raddle_config_t,
        path: *const c_char,
        stop: *mut raddle_stop_t,
        out_json: *mut *mut c_char,
    ) -> raddle_status_t;
}
