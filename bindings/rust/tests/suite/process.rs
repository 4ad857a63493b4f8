// SPDX-License-Identifier: Apache-2.0
//! The process ends while a training runs.
use crate::{child, repetitions, session};
use raddle::Stop;
use std::{env, process, thread};

/// Trains for ever on another thread or on one of the library's, and leaves in the middle.
#[test]
#[ignore = "a child of the test below"]
fn leaves_in_mid_training() {
    let way = env::var("RADDLE_TEST_WAY").unwrap();
    let stop = Stop::new().unwrap();
    let mut session = session(1_000_000);
    if way == "thread" {
        let stop = stop.clone();
        thread::spawn(move || session.train(&stop));
    } else {
        std::mem::forget(session.train_events(&stop).unwrap());
        std::mem::forget(session);
    }
    while stop.progress().done < 2 {
        thread::yield_now();
    }
    process::exit(7);
}

#[test]
fn exit_in_mid_training() {
    let count = env::var("RADDLE_TEST_EXITS").map_or(20, |text| text.parse().unwrap());
    for i in 0..repetitions(count) {
        let way = ["thread", "operation"][i % 2];
        let mut command = child("process::leaves_in_mid_training");
        let done = command.env("RADDLE_TEST_WAY", way).output().unwrap();
        let errors = String::from_utf8_lossy(&done.stderr);
        assert_eq!((done.status.code(), errors.as_ref()), (Some(7), ""), "{way}, time {i}");
    }
}
