// SPDX-License-Identifier: Apache-2.0
use crate::{alone, context, session, small};
use raddle::Tokenizer;
use raddle::{sys, Batch, Code, Config, Context, GenerateOptions, LogLevel, Session, Stop};
use std::ops::ControlFlow;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex};
use std::{ptr, thread};

/// The words of the panic of `work`.
fn panic_of(work: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(work)).expect_err("it panics");
    match panic.downcast::<String>() {
        Ok(words) => *words,
        Err(panic) => (*panic.downcast::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn a_panic_of_an_event_closure_goes_on() {
    let mut session = session(1000);
    let mut calls = 0;
    let words = panic_of(|| {
        let _ = session.train_with(None, |event, _| {
            calls += 1;
            assert!(event.step < 3, "step {} is too many", event.step);
            ControlFlow::Continue(())
        });
    });
    assert_eq!((words.as_str(), calls), ("step 3 is too many", 3));
    assert!(session.info().unwrap().steps_done < 1000);
    session.step_on_data(None).unwrap();
}

#[test]
fn a_panic_of_a_batch_source_goes_on() {
    let mut session = session(1000);
    let words = panic_of(|| {
        let source = |step, _| match step {
            2 => panic!("no more text"),
            _ => Some(Batch::new(vec![1, 2, 3])),
        };
        let _ = session.train_on(None, source, |_, _| ControlFlow::Continue(()));
    });
    assert_eq!((words.as_str(), session.info().unwrap().steps_done), ("no more text", 2));
}

#[test]
fn a_panic_of_a_token_closure_goes_on() {
    let mut session = session(1000);
    let mut count = 0;
    let words = panic_of(|| {
        let options = GenerateOptions::new().max_tokens(50).ignore_end(true);
        let _ = session.generate_with(&[1, 2], &options, None, |_| {
            count += 1;
            if count == 2 {
                std::panic::panic_any(String::from("enough"))
            }
            ControlFlow::Continue(())
        });
    });
    assert_eq!((words.as_str(), count), ("enough", 2));
    session.step_on_data(None).unwrap();
}

#[test]
fn an_error_of_a_loop_comes_out_of_it() -> Result<(), Box<dyn std::error::Error>> {
    let mut session = session(1000);
    let mut train = || -> Result<(), Box<dyn std::error::Error>> {
        for event in session.train_events(None)? {
            if event?.step == 3 {
                "x".parse::<i32>()?;
            }
        }
        Ok(())
    };
    assert!(train().unwrap_err().is::<std::num::ParseIntError>());
    session.step_on_data(None)?;
    Ok(())
}

// The log is the process's, so what panics in it has a process of its own.

/// Something that is worth a warning in the log.
fn warn() {
    Config::new().unwrap().load_environment().unwrap();
}

#[test]
#[ignore = "a child of log_closures"]
fn log_closure_that_panics() {
    let context = Context::with_log(LogLevel::Warning, |_, _| panic!("cannot log")).unwrap();
    assert_eq!(panic_of(warn), "cannot log");
    Tokenizer::open(&context, "bytes").unwrap();
    assert_eq!(panic_of(warn), "cannot log");
}

#[test]
#[ignore = "a child of log_closures"]
fn log_closure_that_stops_a_training() {
    let context = Context::with_log(LogLevel::Warning, |_, _| panic!("cannot log")).unwrap();
    let mut session = Session::new(&context, &small(1_000_000), None, None).unwrap();
    for is_operation in [false, true] {
        let stop = Stop::new().unwrap();
        let watched = stop.clone();
        let other = thread::spawn(move || {
            while watched.progress().done < 2 {
                thread::yield_now();
            }
            let mut config = ptr::null_mut();
            // SAFETY: the config is made and destroyed here. Through C, so that the training alone
            // can meet the panic.
            unsafe {
                assert!(sys::raddle_config_create(&mut config).is_null());
                assert!(sys::raddle_config_load_environment(config).is_null());
                sys::raddle_config_destroy(&mut config);
            }
        });
        let words = panic_of(|| {
            if is_operation {
                session.train_events(&stop).unwrap().for_each(|event| drop(event.unwrap()));
            } else {
                drop(session.train(&stop));
            }
        });
        assert_eq!(words, "cannot log");
        other.join().unwrap();
    }
}

#[test]
#[ignore = "a child of log_closures"]
fn log_closure_that_calls_in() {
    let other = Arc::new(Mutex::new(Some(context())));
    let errors = Arc::new(Mutex::new(Vec::new()));
    let (noted, used) = (Arc::clone(&errors), Arc::clone(&other));
    let log = move |_: LogLevel, _: &str| {
        // Dropping the last of a context here must not wait for the log either.
        if let Some(context) = used.lock().unwrap().take() {
            noted.lock().unwrap().push(context.describe().unwrap_err());
        }
    };
    let context = Context::with_log(LogLevel::Info, log).unwrap();
    warn();
    let errors = errors.lock().unwrap();
    assert_eq!(errors[0].code(), Code::FailedPrecondition);
    assert!(errors[0].message().starts_with("raddle_context_describe: a log closure must not"));
    assert!(other.lock().unwrap().is_none());
    drop(context);
}

#[test]
fn log_closures() {
    for name in ["that_panics", "that_stops_a_training", "that_calls_in"] {
        alone(&format!("callbacks::log_closure_{name}"));
    }
}
