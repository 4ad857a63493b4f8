// SPDX-License-Identifier: Apache-2.0
//! What a call through the crate costs beside the same call of the C function: `cargo bench`.
use raddle::{sys, Config, Context, Session};
use std::ptr;
use std::time::Instant;

/// Keeps the optimizer from leaving out what makes `value` (std::hint::black_box is of Rust 1.66).
fn keep<T>(value: T) {
    // SAFETY: it is read where it is, and dropped once.
    unsafe { ptr::read_volatile(&std::mem::ManuallyDrop::new(value)) };
}

/// Microseconds of one call of `work`: the best of several rounds of `count` calls.
fn microseconds(count: u32, mut work: impl FnMut()) -> f64 {
    let mut round = || {
        let start = Instant::now();
        (0..count).for_each(|_| work());
        start.elapsed().as_secs_f64() * 1e6 / f64::from(count)
    };
    (0..9).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn row(name: &str, crate_us: f64, c_us: f64) {
    println!("{name:<28} {crate_us:>10.3} {c_us:>10.3} {:>10.3}", crate_us - c_us);
}

fn main() -> raddle::Result<()> {
    println!("{:<28} {:>10} {:>10} {:>10}", "microseconds a call", "crate", "C", "more");
    let text = || keep(raddle::version());
    // SAFETY: it may be called at any time.
    row(
        "version",
        microseconds(100_000, text),
        microseconds(100_000, || unsafe {
            keep(sys::raddle_version_string());
        }),
    );
    get()?;
    step()
}

fn get() -> raddle::Result<()> {
    let config = Config::new()?;
    let crate_us = microseconds(20_000, || drop(config.get("train.steps").unwrap()));
    let mut raw = ptr::null_mut();
    let mut value = ptr::null();
    // SAFETY: the config is made and destroyed here.
    let c_us = unsafe {
        assert!(sys::raddle_config_create(&mut raw).is_null());
        let key = b"train.steps\0".as_ptr().cast();
        let c_us = microseconds(20_000, || {
            assert!(sys::raddle_config_get(raw, key, &mut value).is_null());
        });
        sys::raddle_config_destroy(&mut raw);
        c_us
    };
    row("config get", crate_us, c_us);
    Ok(())
}

fn step() -> raddle::Result<()> {
    let mut config = Config::new()?;
    config.set("data.tokenizer", "bytes")?.set("model.layers", 1)?.set("model.width", 8)?;
    config.set("model.heads", 1)?.set("model.context", 8)?.set("train.micro_batch_tokens", 8)?;
    config.set("runtime.threads", 1)?.set("train.steps", 1_000_000)?;
    let mut session = Session::new(&Context::new()?, &config, None, None)?;
    let tokens = [1, 2, 3, 4];
    let mut metrics = sys::RADDLE_METRICS_INIT;
    let none = ptr::null();
    // The two take turns, so that what else the machine does meets both.
    let (mut crate_us, mut c_us) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..5 {
        let one = microseconds(200, || keep(session.step_tokens(&tokens, None).unwrap()));
        crate_us = crate_us.min(one);
        let raw = session.as_ptr();
        // SAFETY: the session and the arrays live.
        let one = microseconds(200, || unsafe {
            let (t, f) = (tokens.as_ptr(), ptr::null());
            let stop = ptr::null_mut();
            let status = sys::raddle_session_step_tokens(
                raw,
                t,
                4,
                none,
                f,
                none,
                none,
                0,
                stop,
                &mut metrics,
            );
            assert!(status.is_null());
        });
        c_us = c_us.min(one);
    }
    row("step_tokens, 4 tokens", crate_us, c_us);
    Ok(())
}
