// SPDX-License-Identifier: Apache-2.0
//! Sessions: making them, looking at them, steps by hand.
use crate::described::{generate_calls, session_calls, steps_calls, tensors_calls, Metrics};
use crate::error::Result;
use crate::ffi::Handle;
use crate::stop::{handle_of, Stop};
use crate::tensor::{Element, SharedTensor, Tensor, TensorView, TensorViewMut};
use crate::{sys, Context, Tokenizer};
use std::mem::{size_of_val, ManuallyDrop};
use std::{ptr, slice};

/// A model's state (parameters, optimizer, counters) and the programs that were planned for it:
/// train, evaluate, generate.
///
/// Sessions are independent, and one may move between threads. It takes one call at a time: what
/// changes it takes `&mut self`. What takes `&self` may also be called in a closure that a call on
/// the session runs; such a closure is given the session. Dropping it saves nothing.
///
/// ```compile_fail,E0277
/// fn shared<T: Sync>() {}
/// shared::<raddle::Session>();
/// ```
#[derive(Debug)]
pub struct Session {
    tokenizer: Option<ManuallyDrop<Tokenizer>>, // the session's: not destroyed by itself
    handle: Handle<sys::raddle_session_t>,
    _context: Context,
}

impl Session {
    pub(crate) fn from_handle(handle: Handle<sys::raddle_session_t>, context: &Context) -> Self {
        let lent = session_calls::session_get_tokenizer(&handle);
        // SAFETY: it is "borrowed until the session is destroyed", and never dropped by itself.
        let tokenizer = ptr::NonNull::new(lent as *mut _)
            .map(|lent| ManuallyDrop::new(unsafe { Tokenizer::lent(lent.as_ptr()) }));
        Self { tokenizer, handle, _context: context.clone() }
    }

    pub(crate) fn handle(&self) -> &Handle<sys::raddle_session_t> {
        &self.handle
    }

    /// The session in C, for what calls the C ABI itself. It lives as long as this does.
    #[must_use]
    pub fn as_ptr(&self) -> *mut sys::raddle_session_t {
        self.handle.as_ptr()
    }

    /// The session's tokenizer; one that was made from a graph has none.
    #[must_use]
    pub fn tokenizer(&self) -> Option<&Tokenizer> {
        self.tokenizer.as_deref()
    }

    /// One optimizer step on one sequence.
    pub fn step_tokens<'a>(
        &mut self,
        tokens: &[i32],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Metrics> {
        let stop = handle_of(stop);
        steps_calls::session_step_tokens(&self.handle, tokens, None, None, None, None, stop)
    }

    /// Copies an output of a caller's graph, as the last run left it: all of it, of its type.
    pub fn read_output<T: Element>(&mut self, name: &str, out: &mut [T]) -> Result<()> {
        // SAFETY: an Element is a plain number, which any bytes are.
        let bytes = unsafe { slice::from_raw_parts_mut(out.as_mut_ptr().cast(), size_of_val(out)) };
        steps_calls::session_read_output(&self.handle, name, bytes)
    }

    /// The logits of every position of one sequence: (tokens, vocabulary), row-major.
    pub fn logits<'a>(
        &mut self,
        tokens: &[i32],
        stop: impl Into<Option<&'a Stop>>,
    ) -> Result<Vec<f32>> {
        let info = self.info()?;
        // More tokens are refused, and no memory is taken for them.
        let rows = tokens.len().min(info.context_tokens as usize);
        let mut logits = vec![0.0; rows * info.vocab_size as usize];
        generate_calls::session_logits(&self.handle, tokens, handle_of(stop), &mut logits)?;
        Ok(logits)
    }

    /// The names of the tensors of state: every parameter NAME, and of what trains also
    /// `gradient/NAME`, `m/NAME` and `v/NAME`.
    pub fn tensor_names(&self) -> impl Iterator<Item = &str> {
        let count = tensors_calls::session_tensor_count(&self.handle);
        (0..count).filter_map(move |index| tensors_calls::session_tensor_name(&self.handle, index))
    }

    /// A tensor's memory itself, to read: no copy.
    pub fn tensor(&self, name: &str) -> Result<TensorView<'_>> {
        let raw = tensors_calls::session_get_tensor(&self.handle, name)?;
        // SAFETY: "borrowed until the session is destroyed", "not to be used while a call runs":
        // calls that write tensors take `&mut self`.
        Tensor::new(&raw, |data, count| unsafe { slice::from_raw_parts(data, count) })
    }

    /// A tensor's memory itself, to write. It counts from the next call on.
    pub fn tensor_mut(&mut self, name: &str) -> Result<TensorViewMut<'_>> {
        let raw = tensors_calls::session_get_tensor(&self.handle, name)?;
        // SAFETY: as in `tensor`, and `&mut self` keeps other views away.
        Tensor::new(&raw, |data, count| unsafe { slice::from_raw_parts_mut(data, count) })
    }

    /// The same memory as a DLPack tensor, which outlives the session.
    pub fn export_dlpack(&self, name: &str) -> Result<SharedTensor> {
        let raw = tensors_calls::session_export_dlpack(&self.handle, name)?;
        // SAFETY: the library has just given it.
        Ok(unsafe { SharedTensor::new(raw) })
    }

    /// The same in the form of before DLPack 1, for what reads that: whoever takes it calls its
    /// deleter once.
    pub fn export_tensor(&self, name: &str) -> Result<*mut sys::raddle_dl_managed_t> {
        tensors_calls::session_export_tensor(&self.handle, name)
    }
}
