// SPDX-License-Identifier: Apache-2.0
//! Tokenizers, token files and checkpoints.
use crate::callback::Guarded;
use crate::described::{checkpoint_calls, data_calls, CheckpointInfo};
use crate::error::Result;
use crate::ffi::Handle;
use crate::{sys, Context};
use std::os::raw::c_void;
use std::path::Path;

/// Turns text into tokens and back.
///
/// ```
/// let context = raddle::Context::new()?;
/// let tokenizer = raddle::Tokenizer::open(&context, "bytes")?;
/// let tokens = tokenizer.encode("Hi")?;
/// assert_eq!(tokens, [72, 105]);
/// assert_eq!(tokenizer.decode(&tokens)?, b"Hi");
/// # Ok::<(), raddle::Error>(())
/// ```
#[derive(Debug)]
pub struct Tokenizer {
    handle: Handle<sys::raddle_tokenizer_t>,
    _context: Option<Context>, // None: its session's, which has it
}

// SAFETY: data.h: "Immutable: any number of threads may use one."
unsafe impl Sync for Tokenizer {}

impl Tokenizer {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_tokenizer_t>, context: &Context) -> Self {
        Self { handle, _context: Some(context.clone()) }
    }

    /// # Safety
    /// The library lends `raw`, and whoever has the tokenizer does not drop it.
    pub(crate) unsafe fn lent(raw: *mut sys::raddle_tokenizer_t) -> Self {
        // SAFETY: it is not destroyed.
        Self { handle: unsafe { Handle::new(raw) }, _context: None }
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_tokenizer_t> {
        &self.handle
    }

    /// The token that ends a text.
    #[must_use]
    pub fn end_token(&self) -> Option<i32> {
        Some(data_calls::tokenizer_end_token(&self.handle)).filter(|&token| token >= 0)
    }

    /// Any bytes to tokens. Nothing is added at either end.
    pub fn encode(&self, text: impl AsRef<[u8]>) -> Result<Vec<i32>> {
        let text = text.as_ref();
        counted(|room| data_calls::tokenizer_encode(&self.handle, text, room))
    }

    /// Any bytes to tokens as a prompt: what begins every document begins the prompt too.
    pub fn encode_prompt(&self, text: impl AsRef<[u8]>) -> Result<Vec<i32>> {
        let text = text.as_ref();
        counted(|room| data_calls::tokenizer_encode_prompt(&self.handle, text, room))
    }
}

/// Asks how many there are, then for that many.
fn counted(mut ask: impl FnMut(Option<&mut [i32]>) -> Result<i64>) -> Result<Vec<i32>> {
    let mut tokens = vec![0; ask(None)? as usize];
    ask(Some(&mut tokens))?;
    Ok(tokens)
}

impl Context {
    /// The checkpoints of a run directory: those of branches that were set aside, then those of the
    /// branch in force, each oldest first. The last one is the newest.
    pub fn checkpoint_list(&self, directory: impl AsRef<Path>) -> Result<Vec<CheckpointInfo>> {
        unsafe extern "C" fn on_info(
            found: *mut c_void,
            info: *const sys::raddle_checkpoint_info_t,
        ) -> i32 {
            // SAFETY: the user data is the Guarded below; the info "is valid during the callback".
            let (found, info) = unsafe { (&mut *found.cast::<Found>(), &*info) };
            // SAFETY: so are the texts in it.
            found
                .run(|found| found.push(unsafe { CheckpointInfo::from_raw(info) }))
                .map_or(1, |()| 0)
        }
        type Found = Guarded<Vec<CheckpointInfo>>;
        let mut found = Found::new(Vec::new());
        let user_data: *mut Found = &mut found;
        // SAFETY: `found` stays until the call returns, which is as long as it is called back.
        let done = unsafe {
            checkpoint_calls::checkpoint_list(
                self.handle(),
                directory.as_ref(),
                Some(on_info),
                user_data.cast(),
            )
        };
        let found = found.finish();
        done.map(|()| found)
    }
}
