// SPDX-License-Identifier: Apache-2.0
//! Whether the library that is loaded is one that this crate can use.
use crate::described::base_calls;
use crate::error::{Code, Error, Result};
use crate::sys::{RADDLE_VERSION_MAJOR, RADDLE_VERSION_MINOR, RADDLE_VERSION_PATCH};
use std::sync::atomic::{AtomicBool, Ordering};

/// The version of the ABI that this crate was made for.
const WANTED: u32 = (RADDLE_VERSION_MAJOR as u32) << 24
    | (RADDLE_VERSION_MINOR as u32) << 16
    | RADDLE_VERSION_PATCH as u32;

/// The version of the library that is loaded, such as `"0.1.0"`.
#[must_use]
pub fn version() -> &'static str {
    base_calls::version_string()
}

/// How the library was built: lines of `key: value`.
#[must_use]
pub fn build_info() -> &'static str {
    base_calls::build_info()
}

/// Asked before each call, and answered once.
pub(crate) fn check() -> Result<()> {
    static FITS: AtomicBool = AtomicBool::new(false);
    if !FITS.load(Ordering::Relaxed) {
        compare(base_calls::version(), WANTED)?;
        FITS.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Not older, and of the same series: the major version, or before 1.0 the minor one.
fn compare(loaded: u32, wanted: u32) -> Result<()> {
    let series = if wanted >> 24 == 0 { 16 } else { 24 };
    if loaded >> series == wanted >> series && loaded >= wanted {
        return Ok(());
    }
    let text =
        |version: u32| format!("{}.{}.{}", version >> 24, version >> 16 & 0xff, version & 0xffff);
    let message = format!(
        "the Raddle library that was loaded is {}, and this program was built for {}; install \
         that version or a newer one of the same series, or build the program with the crate \
         raddle of the library's version (LD_LIBRARY_PATH says which library is found first)",
        text(loaded),
        text(wanted)
    );
    Err(Error::new(Code::FailedPrecondition, message))
}

#[cfg(test)]
mod tests {
    use super::compare;

    const fn version(major: u32, minor: u32, patch: u32) -> u32 {
        major << 24 | minor << 16 | patch
    }

    #[test]
    fn older_libraries_and_those_of_another_series_are_refused() {
        let wanted = version(0, 3, 2);
        for good in [version(0, 3, 2), version(0, 3, 9)] {
            assert_eq!(compare(good, wanted), Ok(()));
        }
        for bad in [version(0, 3, 1), version(0, 2, 9), version(0, 4, 0), version(1, 3, 2)] {
            assert!(compare(bad, wanted).is_err(), "{bad:x}");
        }
        assert_eq!(compare(version(1, 9, 0), version(1, 2, 3)), Ok(()));
        for bad in [version(1, 2, 2), version(2, 2, 3), version(0, 2, 3)] {
            assert!(compare(bad, version(1, 2, 3)).is_err(), "{bad:x}");
        }
        let message = compare(version(0, 2, 9), wanted).unwrap_err().to_string();
        assert!(message.contains("is 0.2.9") && message.contains("built for 0.3.2"), "{message}");
    }
}
