// SPDX-License-Identifier: Apache-2.0
//! Tensors of a session in memory, batches and inputs of the caller's.
use crate::described::Dtype;
use crate::error::{Code, Error, Result};
use crate::ffi::c_text;
use crate::sys;
use std::ffi::CString;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::{ptr, slice};

/// A tensor's memory itself: F32, row-major, innermost dimension last. It derefs to its elements.
#[derive(Debug)]
pub struct Tensor<V> {
    dims: [i64; sys::RADDLE_RANK_MAX as usize],
    rank: usize,
    values: V,
}

/// A [`Tensor`] to read. It borrows the session, so that no step runs meanwhile and it cannot
/// outlive it:
///
/// ```compile_fail,E0505
/// fn late(session: raddle::Session) {
///     let view = session.tensor("wte").unwrap();
///     drop(session);
///     println!("{}", view[0]);
/// }
/// ```
pub type TensorView<'a> = Tensor<&'a [f32]>;

/// A [`Tensor`] to write. What is written counts from the next call on.
///
/// ```compile_fail,E0499
/// fn meanwhile(session: &mut raddle::Session) -> raddle::Result<()> {
///     let mut view = session.tensor_mut("wte")?;
///     session.step_on_data(None)?;
///     view[0] = 0.0;
///     Ok(())
/// }
/// ```
pub type TensorViewMut<'a> = Tensor<&'a mut [f32]>;

impl<V> Tensor<V> {
    /// What the library gave, its elements made of where they are and how many.
    pub(crate) fn new(
        raw: &sys::raddle_tensor_view_t,
        values: impl FnOnce(*mut f32, usize) -> V,
    ) -> Result<Self> {
        if raw.dtype != sys::RADDLE_F32 {
            let text = format!("the tensor is {:?}, expected F32", Dtype::from_raw(raw.dtype));
            return Err(Error::new(Code::Unimplemented, text));
        }
        let rank = raw.rank as usize;
        let count = raw.dims[..rank].iter().product::<i64>() as usize;
        Ok(Self { dims: raw.dims, rank, values: values(raw.data.cast(), count) })
    }

    /// Its sizes, outermost first.
    #[must_use]
    pub fn dims(&self) -> &[i64] {
        &self.dims[..self.rank]
    }
}

impl<V: Deref<Target = [f32]>> Deref for Tensor<V> {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.values
    }
}

impl<V: DerefMut<Target = [f32]>> DerefMut for Tensor<V> {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }
}

/// A tensor that outlives its session: a DLPack tensor, for other libraries in the process.
#[derive(Debug)]
pub struct SharedTensor(ptr::NonNull<sys::raddle_dl_versioned_t>);

// SAFETY: session.h: it "keeps the memory alive even after the session is destroyed; the deleter
// may run on any thread". What it points to is read and written by unsafe code only.
unsafe impl Send for SharedTensor {}

impl SharedTensor {
    /// # Safety
    /// The library has just given `raw` away.
    pub(crate) unsafe fn new(raw: *mut sys::raddle_dl_versioned_t) -> Self {
        Self(ptr::NonNull::new(raw).expect("the library gives a tensor when it succeeds"))
    }

    /// The DLPack tensor, whose deleter whoever takes it calls once.
    #[must_use]
    pub fn into_raw(self) -> *mut sys::raddle_dl_versioned_t {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Its sizes, outermost first.
    #[must_use]
    pub fn dims(&self) -> &[i64] {
        // SAFETY: it lives until the deleter runs, and has `ndim` sizes.
        unsafe {
            let tensor = &self.0.as_ref().dl_tensor;
            slice::from_raw_parts(tensor.shape, tensor.ndim as usize)
        }
    }

    /// Its elements.
    ///
    /// # Safety
    /// No call of its session that steps, trains, restores or writes runs while the slice is used,
    /// and nobody writes to the memory through another export of the tensor. Once the session is
    /// dropped that is so by itself.
    #[must_use]
    pub unsafe fn as_slice(&self) -> &[f32] {
        let count: i64 = self.dims().iter().product();
        // SAFETY: it is compact F32 (session.h), and the caller keeps writers away.
        unsafe { slice::from_raw_parts(self.0.as_ref().dl_tensor.data.cast(), count as usize) }
    }
}

impl Drop for SharedTensor {
    fn drop(&mut self) {
        // SAFETY: "call its deleter once when done".
        unsafe {
            if let Some(deleter) = self.0.as_ref().deleter {
                deleter(self.0.as_ptr());
            }
        }
    }
}

/// What an input of a graph may be made of.
pub trait Element: Copy + private::Sealed {
    /// Its type in the library.
    const DTYPE: Dtype;
}

mod private {
    pub trait Sealed {}
}

macro_rules! elements {
    ($($type:ty => $dtype:ident),*) => {$(
        impl private::Sealed for $type {}
        impl Element for $type {
            const DTYPE: Dtype = Dtype::$dtype;
        }
    )*};
}
elements!(f32 => F32, f64 => F64, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32);

/// An input of a caller's graph for one micro-batch: a name, a shape, and the values, not copied.
#[derive(Debug)]
pub struct Input<'a> {
    name: CString,
    raw: sys::raddle_tensor_view_t,
    values: PhantomData<&'a [u8]>,
}

impl<'a> Input<'a> {
    /// `values` as the input `name` of the shape `dims`, row-major.
    pub fn new<T: Element>(name: &str, dims: &[i64], values: &'a [T]) -> Result<Self> {
        let mut raw = sys::RADDLE_TENSOR_VIEW_INIT;
        let count = dims.iter().try_fold(1i64, |all, &one| all.checked_mul(one));
        if dims.len() > raw.dims.len() || count != Some(values.len() as i64) {
            let message = format!("input '{name}' has {} values, and dims {dims:?}", values.len());
            return Err(Error::new(Code::InvalidArgument, message));
        }
        raw.dims[..dims.len()].copy_from_slice(dims);
        raw.rank = dims.len() as i32;
        raw.dtype = T::DTYPE.to_raw();
        raw.data = values.as_ptr() as *mut _; // "only read": steps.h
        Ok(Self { name: c_text("name", name)?, raw, values: PhantomData })
    }

    /// The C struct, which points into this one.
    pub(crate) fn raw(&self) -> Result<sys::raddle_tensor_view_t> {
        Ok(sys::raddle_tensor_view_t { name: self.name.as_ptr(), ..self.raw })
    }
}
