// SPDX-License-Identifier: Apache-2.0
// Methods as the description has them. Written by include/interface/generate.py.
use super::{TokenizeResult, data_calls};
use crate::{Config, Context, Stop, Tokenizer};
use crate::error::Result;
use crate::stop::handle_of;
use std::path::Path;

impl Tokenizer {
    /// Opens a tokenizer.
    ///
    /// Threads: any.
    ///
    /// - `name`: "bytes" (256 tokens and an end of text), a tokenizer.json in Hugging Face's
    ///   format, or a directory with one
    ///
    /// # Errors
    ///
    /// - `NotFound`: no such file
    /// - `InvalidArgument`: not a tokenizer.json
    /// - `Unimplemented`: a model or step of the pipeline that Raddle lacks; names it
    pub fn open(context: &Context, name: impl AsRef<Path>) -> Result<Self> {
        let handle = data_calls::tokenizer_open(context.handle(), name.as_ref())?;
        Ok(Self::from_handle(handle, context))
    }

    /// Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
    /// data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
    /// texts have too few pairs. The same texts give the same tokenizer.
    ///
    /// # Errors
    ///
    /// - `NotFound`: a file of data.path
    /// - `InvalidArgument`: data.path is empty
    /// - `Cancelled`: `stop` was set
    pub fn train<'a>(
        context: &Context,
        config: &Config,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Self> {
        let handle = data_calls::tokenizer_train(
            context.handle(),
            config.handle(),
            handle_of(stop),
        )?;
        Ok(Self::from_handle(handle, context))
    }

    /// Writes it as a Hugging Face tokenizer.json, atomically.
    ///
    /// Threads: any.
    ///
    /// - `path`: a file that is not there yet
    ///
    /// # Errors
    ///
    /// - `AlreadyExists`: there is something at `path`; it is kept
    /// - `Io`.
    /// - `ResourceExhausted`.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        data_calls::tokenizer_save(self.handle(), path.as_ref())
    }

    /// How many tokens it knows.
    ///
    /// Threads: any.
    #[must_use]
    pub fn vocab_size(&self) -> i64 {
        data_calls::tokenizer_vocab_size(self.handle())
    }

    /// Tokens to text.
    ///
    /// Threads: any.
    ///
    /// # Errors
    ///
    /// - `InvalidArgument`: a token outside the vocabulary; token_count is negative
    pub fn decode(&self, tokens: &[i32]) -> Result<Vec<u8>> {
        data_calls::tokenizer_decode(self.handle(), tokens)
    }
}

impl Context {
    /// Writes the texts of data.path as a token file that data.path can name in place of them, in
    /// the tokenizer of data.tokenizer. Atomic.
    ///
    /// - `path`: a file that is not there yet
    ///
    /// # Errors
    ///
    /// - `NotFound`: a file of data.path, or the tokenizer
    /// - `AlreadyExists`: there is something at `path`; it is kept
    /// - `DataLoss`: JSON that is broken or lacks the field, compressed data that is damaged or cut
    ///   off; names the place
    /// - `InvalidArgument`: files without any text
    /// - `Unimplemented`: a file that is no text: UTF-16, Parquet, zip and so on; names it
    /// - `Io`.
    /// - `ResourceExhausted`.
    /// - `Cancelled`: `stop` was set; nothing is written
    pub fn data_tokenize<'a>(
        &self,
        config: &Config,
        path: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<TokenizeResult> {
        data_calls::data_tokenize(self.handle(), config.handle(), path.as_ref(), handle_of(stop))
    }

    /// What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
    /// quantiles, the vocabulary, and the first texts as the model will see them.
    ///
    /// # Errors
    ///
    /// - `NotFound`: no such file
    /// - `DataLoss`: a damaged token file
    /// - `Cancelled`: `stop` was set
    pub fn data_inspect<'a>(
        &self,
        config: &Config,
        path: impl AsRef<Path>,
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<String> {
        data_calls::data_inspect(self.handle(), config.handle(), path.as_ref(), handle_of(stop))
    }
}
