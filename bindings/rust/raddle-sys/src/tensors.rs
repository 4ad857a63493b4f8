// SPDX-License-Identifier: Apache-2.0
// Part of the C ABI. Written by include/interface/generate.py.
#[allow(unused_imports)]
use super::*;
use std::mem::size_of;
use std::os::raw::{c_char, c_void};
use std::ptr;

/// What a tensor of state is to its parameter.
pub type raddle_tensor_role_t = i32;
/// A value of raddle_tensor_role_t.
pub const RADDLE_ROLE_PARAMETER: raddle_tensor_role_t = 0;
/// A value of raddle_tensor_role_t.
pub const RADDLE_ROLE_GRADIENT: raddle_tensor_role_t = 1;
/// AdamW's m.
pub const RADDLE_ROLE_MOMENT1: raddle_tensor_role_t = 2;
/// AdamW's v.
pub const RADDLE_ROLE_MOMENT2: raddle_tensor_role_t = 3;
/// The parameter in BF16, which follows it.
pub const RADDLE_ROLE_COMPUTE: raddle_tensor_role_t = 4;

/// A tensor of state, wherever it lies.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_tensor_info_t {
    /// Bytes of this struct, as its side knows it.
    pub struct_size: usize,
    /// "gradient/lm_head.weight".
    pub name: *const c_char,
    /// "lm_head.weight".
    pub parameter: *const c_char,
    /// Role.
    pub role: raddle_tensor_role_t,
    /// Dtype.
    pub dtype: raddle_dtype_t,
    /// Rank.
    pub rank: i32,
    /// 1: the parameter has a gradient and moments; 0: it is frozen, or the session does not train.
    pub trained: i32,
    /// The first `rank`, of the whole tensor.
    pub dims: [i64; RADDLE_RANK_MAX as usize],
    /// Of the whole tensor's elements, in row-major order, those from this one on are here.
    pub element_begin: i64,
    /// And end before this one: all of them, unless several ranks share the state.
    pub element_end: i64,
    /// 1: in memory that raddle_session_get_tensor() gives; 0: in that of a device which the host
    /// cannot follow pointers to.
    pub on_host: i32,
    /// 1: in memory that another process may own too and that outlives the session.
    pub foreign: i32,
}

/// Every field of a [`raddle_tensor_info_t`] at its default.
pub const RADDLE_TENSOR_INFO_INIT: raddle_tensor_info_t = raddle_tensor_info_t {
    struct_size: size_of::<raddle_tensor_info_t>(),
    name: ptr::null(),
    parameter: ptr::null(),
    role: 0,
    dtype: 0,
    rank: 0,
    trained: 0,
    dims: [0; RADDLE_RANK_MAX as usize],
    element_begin: 0,
    element_end: 0,
    on_host: 0,
    foreign: 0,
};

/// DLPack's structs under names of our own, laid out as in \<dlpack/dlpack.h\>, which may be
/// included before or after: a pointer to one is cast to the other. This is its DLDeviceType.
pub type raddle_dl_device_t = i32;
/// A value of raddle_dl_device_t.
pub const RADDLE_DL_CPU: raddle_dl_device_t = 1;
/// A value of raddle_dl_device_t.
pub const RADDLE_DL_CUDA: raddle_dl_device_t = 2;

/// DLDataTypeCode.
pub type raddle_dl_code_t = i32;
/// A value of raddle_dl_code_t.
pub const RADDLE_DL_INT: raddle_dl_code_t = 0;
/// A value of raddle_dl_code_t.
pub const RADDLE_DL_UINT: raddle_dl_code_t = 1;
/// A value of raddle_dl_code_t.
pub const RADDLE_DL_FLOAT: raddle_dl_code_t = 2;
/// A value of raddle_dl_code_t.
pub const RADDLE_DL_BFLOAT: raddle_dl_code_t = 4;

/// DLTensor; its parts `device` and `dtype` are written out.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_dl_tensor_t {
    /// Data.
    pub data: *mut c_void,
    /// Device type.
    pub device_type: raddle_dl_device_t,
    /// Device id.
    pub device_id: i32,
    /// Ndim.
    pub ndim: i32,
    /// A raddle_dl_code_t.
    pub dtype_code: u8,
    /// Dtype bits.
    pub dtype_bits: u8,
    /// Dtype lanes.
    pub dtype_lanes: u16,
    /// Shape.
    pub shape: *mut i64,
    /// NULL: compact, row-major.
    pub strides: *mut i64,
    /// Byte offset.
    pub byte_offset: u64,
}

/// DLPACK_FLAG_BITMASK_READ_ONLY.
pub const RADDLE_DL_READ_ONLY: i32 = 1;

/// DLManagedTensorVersioned of DLPack 1.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_dl_versioned_t {
    /// 1.
    pub version_major: u32,
    /// 0.
    pub version_minor: u32,
    /// Manager ctx.
    pub manager_ctx: *mut c_void,
    /// Deleter.
    pub deleter: Option<unsafe extern "C" fn(self_: *mut raddle_dl_versioned_t)>,
    /// 0: neither read-only nor a copy; of compute/NAME, RADDLE_DL_READ_ONLY.
    pub flags: u64,
    /// Dl tensor.
    pub dl_tensor: raddle_dl_tensor_t,
}

/// DLManagedTensor, as DLPack had it before 1.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct raddle_dl_managed_t {
    /// Dl tensor.
    pub dl_tensor: raddle_dl_tensor_t,
    /// Manager ctx.
    pub manager_ctx: *mut c_void,
    /// Deleter.
    pub deleter: Option<unsafe extern "C" fn(self_: *mut raddle_dl_managed_t)>,
}

extern "C" {
    /// How many tensors of state there are: every parameter NAME, and in a session that trains also
    /// gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze. A state that holds
    /// its parameters in BF16 too, for computing, has compute/NAME of each.
    ///
    /// - `session`: NULL: the result is 0
    /// - Threads: any
    pub fn raddle_session_tensor_count(session: *const raddle_session_t) -> i64;

    /// The name of tensor `index`, parameters first.
    ///
    /// - `session`: NULL: the result is NULL
    /// - Returns: borrowed until the session is destroyed; NULL: `index` is out of range
    /// - Threads: any
    pub fn raddle_session_tensor_name(
        session: *const raddle_session_t,
        index: i64,
    ) -> *const c_char;

    /// What RADDLE_TENSOR_INFO_INIT gives, for languages without macros.
    ///
    /// - `out_struct`: NULL: nothing happens
    /// - `struct_bytes`: sizeof the caller's struct, which becomes its struct_size
    /// - Threads: any
    pub fn raddle_tensor_info_init(out_struct: *mut raddle_tensor_info_t, struct_bytes: usize);

    /// Describes tensor `index`, in the order of raddle_session_tensor_name().
    ///
    /// - `out_info`: borrowed until the session is destroyed
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: OUT_OF_RANGE
    #[must_use]
    pub fn raddle_session_get_tensor_info(
        session: *const raddle_session_t,
        index: i64,
        out_info: *mut raddle_tensor_info_t,
    ) -> raddle_status_t;

    /// A tensor's memory itself: no copy. What is written there counts from the next call on, but
    /// for compute/NAME, which follows its parameter. A part of a tensor (see raddle_tensor_info_t)
    /// is a vector of its elements.
    ///
    /// - `out_view`: not to be used while a call runs; borrowed until the session is destroyed
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: NOT_FOUND, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_session_get_tensor(
        session: *mut raddle_session_t,
        name: *const c_char,
        out_view: *mut raddle_tensor_view_t,
    ) -> raddle_status_t;

    /// The same memory as a DLPack tensor, for NumPy, PyTorch and others. It may be written to
    /// unless its flags say otherwise.
    ///
    /// - `out_tensor`: keeps the memory alive even after the session is destroyed; the deleter may
    ///   run on any thread; call its deleter once when done
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: NOT_FOUND, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_session_export_dlpack(
        session: *mut raddle_session_t,
        name: *const c_char,
        out_tensor: *mut *mut raddle_dl_versioned_t,
    ) -> raddle_status_t;

    /// raddle_session_export_dlpack() for what reads the DLPack of before 1, where nothing says
    /// whether a tensor may be written to: NumPy then takes it as read-only.
    ///
    /// - `out_tensor`: as raddle_session_export_dlpack(); call its deleter once when done
    /// - Threads: one call at a time, but also in a callback of a call on the session
    /// - Errors: NOT_FOUND, FAILED_PRECONDITION
    #[must_use]
    pub fn raddle_session_export_tensor(
        session: *mut raddle_session_t,
        name: *const c_char,
        out_tensor: *mut *mut raddle_dl_managed_t,
    ) -> raddle_status_t;
}
