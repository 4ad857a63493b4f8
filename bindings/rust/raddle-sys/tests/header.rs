// SPDX-License-Identifier: Apache-2.0
//! Layouts, values and functions here are those of the header that is installed.
use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// What a field is, in the words of probe.c.
trait Kind {
    const KIND: &'static str = "other";
}

macro_rules! kinds {
    ($($kind:ident: $($type:ty),*;)*) => {$($(
        impl Kind for $type {
            const KIND: &'static str = stringify!($kind);
        }
    )*)*};
}
kinds!(i8: i8; u8: u8; i16: i16; u16: u16; i32: i32; u32: u32; i64: i64; u64: u64, usize;
       f32: f32; f64: f64;);
impl<T> Kind for *const T {}
impl<T> Kind for *mut T {}
impl<T> Kind for Option<T> {}
impl<T, const N: usize> Kind for [T; N] {}
impl Kind for raddle_sys::raddle_dl_tensor_t {}

fn field_line<S, F: Kind>(name: &str, base: *const S, field: *const F) -> String {
    let offset = field as usize - base as usize;
    format!("field {name} {offset} {} {}", std::mem::size_of::<F>(), F::KIND)
}

macro_rules! layout {
    ($out:ident, $type:ident { $($field:ident),* $(,)? }) => {
        $out.push(format!("size {} {}", stringify!($type), std::mem::size_of::<$type>()));
        let place = std::mem::MaybeUninit::<$type>::uninit();
        $(
            // SAFETY: the address is asked for, not what is there.
            let field = unsafe { std::ptr::addr_of!((*place.as_ptr()).$field) };
            let name = concat!(stringify!($type), ".", stringify!($field)).replace("r#", "");
            $out.push(crate::field_line(&name, place.as_ptr(), field));
        )*
    };
}
macro_rules! values {
    ($out:ident, $($name:ident),* $(,)?) => {
        $($out.push(format!("value {} {}", stringify!($name), i64::from($name)));)*
    };
}
macro_rules! functions {
    ($($name:ident),* $(,)?) => { vec![$((stringify!($name), $name as *const ())),*] };
}

#[rustfmt::skip]
mod described;

#[test]
fn layouts_and_values_are_those_of_the_header() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let flags = Command::new("pkg-config").args(["--cflags", "raddle"]).output().unwrap();
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("probe");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".into());
    let done = Command::new(compiler)
        .args(["-std=c11", "-Wall", "-Werror", "-o"])
        .arg(&program)
        .arg(here.join("tests/described/probe.c"))
        .args(String::from_utf8(flags.stdout).unwrap().split_whitespace())
        .status();
    assert!(done.unwrap().success());
    let printed = String::from_utf8(Command::new(&program).output().unwrap().stdout).unwrap();
    let mut found = Vec::new();
    described::facts(&mut found);
    let mut header: Vec<_> = printed.lines().collect();
    found.sort();
    header.sort();
    assert!(found.len() > 250, "{} facts", found.len());
    for (here, there) in found.iter().zip(&header) {
        assert_eq!(here, there, "this crate, and the header");
    }
    assert_eq!(found.len(), header.len());
}

#[test]
fn every_function_is_in_the_library() {
    let functions = described::functions();
    assert!(functions.len() > 90);
    let mut addresses: Vec<_> = functions.iter().map(|&(_, address)| address as usize).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), functions.len());
    let header: String = fs::read_dir(include_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().map_or(false, |ending| ending == "h"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    for (name, _) in functions {
        assert!(header.contains(&format!("{name}(")), "{name} is not in the header");
    }
}

fn include_folder() -> std::path::PathBuf {
    let asked = Command::new("pkg-config").args(["--variable=includedir", "raddle"]).output();
    let folder = String::from_utf8(asked.unwrap().stdout).unwrap();
    Path::new(folder.trim()).join("raddle")
}

#[test]
fn the_crate_has_the_version_of_the_description() {
    use raddle_sys::{RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH};
    let described = format!("{RADDLE_VERSION_MAJOR}.{RADDLE_VERSION_MINOR}.{RADDLE_VERSION_PATCH}");
    assert_eq!(env!("CARGO_PKG_VERSION"), described);
    let loaded = unsafe { raddle_sys::raddle_version() };
    assert_eq!(loaded >> 16, (RADDLE_VERSION_MAJOR << 8 | RADDLE_VERSION_MINOR) as u32);
}
