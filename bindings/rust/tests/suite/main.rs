// SPDX-License-Identifier: Apache-2.0
//! Tests of the crate as its users have it: small models, on a text of this repository.
use raddle::{Config, Context, Session, SessionOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

mod callbacks;
mod config;
mod data;
mod graph;
mod process;
mod session;
mod threads;
mod train;

/// An empty folder of this test.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn text() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../LICENSE")
}

/// Two layers of width 64 on bytes, `steps` steps.
fn small(steps: i64) -> Config {
    let mut config = Config::new().unwrap();
    let texts = [
        ("data.tokenizer", "bytes"),
        ("model.layers", "2"),
        ("model.width", "64"),
        ("model.heads", "4"),
        ("model.context", "64"),
        ("train.micro_batch_tokens", "256"),
        ("optimizer.learning_rate", "3e-3"),
        ("runtime.threads", "1"),
        ("train.eval_interval", "5"),
    ];
    for (key, value) in texts {
        config.set(key, value).unwrap();
    }
    config.set("train.steps", steps).unwrap().set("data.path", text()).unwrap();
    config.set("data.validation_path", text()).unwrap().set("train.eval_batches", 2).unwrap();
    config
}

fn context() -> Context {
    Context::new().unwrap()
}

fn session(steps: i64) -> Session {
    Session::new(&context(), &small(steps), None, None).unwrap()
}

fn session_in(run: &Path, steps: i64) -> Session {
    let options = SessionOptions::new().run_directory(run).resume("auto");
    Session::new(&context(), &small(steps), &options, None).unwrap()
}

/// This program again, for the ignored test `name` alone.
fn child(name: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"]);
    command
}

/// Runs the ignored test `name` in a process of its own, since it looks at the process or its log.
fn alone(name: &str) {
    let done = child(name).env("RADDLE_NO_SUCH_KEY", "1").output().unwrap();
    let (out, errors) = (String::from_utf8_lossy(&done.stdout), done.stderr);
    assert!(done.status.success(), "{name}: {out}{}", String::from_utf8_lossy(&errors));
    assert!(out.contains("1 passed"), "{name} did not run: {out}");
}

/// The sanitizer is slow, and what is repeated many times tells nothing new under it.
fn repetitions(many: usize) -> usize {
    if is_sanitized() {
        many / 5
    } else {
        many
    }
}

/// Then freed memory is kept for a while, and leaks are found at the end.
fn is_sanitized() -> bool {
    env::var_os("RADDLE_SANITIZED").is_some()
}
