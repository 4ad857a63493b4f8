// SPDX-License-Identifier: Apache-2.0
//! Finds libraddle with pkg-config and says how to link it.
use std::process::{exit, Command};
use std::{env, str};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let crate_version = env::var("CARGO_PKG_VERSION").expect("cargo sets it");
    let found = ask(&["--modversion", "raddle"]).unwrap_or_else(|why| {
        fail(&format!(
            "pkg-config does not find the Raddle library, which this crate links.\n  {}\n\
             Install Raddle {crate_version}, or if it is installed, let PKG_CONFIG_PATH name the \
             folder of its raddle.pc (PREFIX/lib/pkgconfig).",
            why.trim().replace('\n', "\n  ")
        ))
    });
    if !fits(&found, &crate_version) {
        fail(&format!(
            "the Raddle library that pkg-config finds is {found}, and this crate is for \
             {crate_version}.\nInstall Raddle {crate_version} or newer of the same series, or \
             depend on the version of the crate raddle that goes with the library."
        ));
    }
    let flags = ask(&["--libs", "raddle"]).unwrap_or_else(|why| fail(&why));
    for flag in flags.split_whitespace() {
        match flag.split_at(flag.len().min(2)) {
            ("-L", folder) => println!("cargo:rustc-link-search=native={folder}"),
            ("-l", library) => println!("cargo:rustc-link-lib={library}"),
            _ => println!("cargo:rustc-link-arg={flag}"),
        }
    }
}

/// What pkg-config prints, or why it prints nothing.
fn ask(arguments: &[&str]) -> Result<String, String> {
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".into());
    let done = Command::new(&program)
        .args(arguments)
        .output()
        .map_err(|why| format!("cannot run {program}: {why}"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if done.status.success() {
        Ok(text(&done.stdout))
    } else {
        Err(text(&done.stderr))
    }
}

/// Whether a library of version `found` does for a crate of `wanted`: not older, and of the same
/// series, which is the major version, or before 1.0 the minor one.
fn fits(found: &str, wanted: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
    };
    let (found, wanted) = (numbers(found), numbers(wanted));
    let series = if wanted[0] == 0 { 2 } else { 1 };
    found.get(..series) == wanted.get(..series) && found >= wanted
}

fn fail(message: &str) -> ! {
    eprintln!("error: {message}");
    exit(1)
}
