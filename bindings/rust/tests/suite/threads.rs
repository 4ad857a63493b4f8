// SPDX-License-Identifier: Apache-2.0
use crate::{alone, child, context, is_sanitized, repetitions, session, small};
use raddle::{
    sys, Batch, Code, Config, Context, Error, GenerateOptions, Generation, Graph, GraphBuilder,
    Plan, Session, SharedTensor, Stop, Tokenizer, Training,
};
use std::ffi::CStr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::{fs, ptr, thread};

#[test]
fn what_may_move_and_what_is_shared() {
    fn moves<T: Send>() {}
    fn is_shared<T: Send + Sync>() {}
    moves::<Session>();
    moves::<Config>();
    moves::<GraphBuilder>();
    moves::<Training<'static>>();
    moves::<Generation<'static>>();
    moves::<SharedTensor>();
    is_shared::<Context>();
    is_shared::<Stop>();
    is_shared::<Tokenizer>();
    is_shared::<Graph>();
    is_shared::<Plan>();
    is_shared::<Error>();
}

#[test]
fn two_sessions_in_two_threads() {
    let context = context();
    let tokenizer = Arc::new(Tokenizer::open(&context, "bytes").unwrap());
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let (context, tokenizer) = (context.clone(), Arc::clone(&tokenizer));
            thread::spawn(move || {
                let mut session = Session::new(&context, &small(10), None, None).unwrap();
                session.train(None).unwrap();
                let prompt = tokenizer.encode("The ").unwrap();
                (session.logits(&prompt, None).unwrap(), session)
            })
        })
        .collect();
    let ends: Vec<_> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
    assert_eq!(ends[0].0, ends[1].0);
    // They were made on other threads and go on on this one.
    assert_eq!(ends[0].1.info().unwrap().steps_done, 10);
}

#[test]
fn a_graph_and_a_plan_are_shared() {
    let (context, config) = (context(), small(1));
    let graph = Graph::model(&context, &config).unwrap();
    let plan = Plan::new(&context, &config, &graph).unwrap();
    let texts: Vec<_> = thread::scope(|scope| {
        let work = || (graph.to_text().unwrap(), plan.explain().unwrap(), plan.hash());
        let workers = [scope.spawn(work), scope.spawn(work)];
        workers.map(|worker| worker.join().unwrap()).into()
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_busy_session_refuses_with_a_message() {
    // What is forgotten on purpose is a leak on purpose.
    let mut child = child("threads::a_session_whose_training_was_forgotten");
    let done = child.env("ASAN_OPTIONS", "detect_leaks=0").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
#[ignore = "a child of the test above"]
fn a_session_whose_training_was_forgotten() {
    let mut session = session(1_000_000);
    let stop = Stop::new().unwrap();
    // Forgotten, it neither ends nor gives the session back: safe, and refused by the library.
    std::mem::forget(session.train_events(&stop).unwrap());
    let error = session.step_on_data(None).unwrap_err();
    assert_eq!(error.code(), Code::FailedPrecondition);
    assert!(error.message().contains("raddle_session_train_start()"), "{error}");
    assert!(error.message().contains("busy"), "{error}");
    let name = session.tensor_names().next().unwrap().to_owned();
    assert_eq!(session.tensor(&name).unwrap_err().code(), Code::FailedPrecondition);
    stop.cancel();
    drop(session); // waits for what runs in it
}

/// A call that the borrow checker refuses, through C.
fn step_through_c(session: *mut sys::raddle_session_t) -> (Code, String) {
    // SAFETY: the session lives; the status is given away by the call.
    unsafe {
        let mut status =
            sys::raddle_session_step_on_data(session, ptr::null_mut(), ptr::null_mut());
        let code = Code::from_raw(sys::raddle_status_code(status));
        let message = CStr::from_ptr(sys::raddle_status_message(status)).to_str().unwrap().into();
        sys::raddle_status_destroy(&mut status);
        (code, message)
    }
}

#[test]
fn a_call_in_a_call_is_refused_with_a_message() {
    let mut session = session(5);
    let mut refused = Vec::new();
    session
        .train_with(None, |_, session| {
            let address = session.as_ptr() as usize;
            refused.push(step_through_c(session.as_ptr()));
            let other = thread::spawn(move || step_through_c(address as *mut _));
            refused.push(other.join().unwrap());
            ControlFlow::Break(())
        })
        .unwrap();
    assert!(refused.iter().all(|(code, _)| *code == Code::FailedPrecondition), "{refused:?}");
    assert!(refused[0].1.contains("one of its callbacks"), "{refused:?}");
    assert!(refused[1].1.contains("one call at a time"), "{refused:?}");
}

#[test]
fn memory() {
    alone("threads::two_hundred_sessions_leave_nothing");
    alone("threads::a_hundred_megabytes_of_tokens");
}

#[test]
#[ignore = "a child of memory"]
fn two_hundred_sessions_leave_nothing() {
    let context = context();
    let config = small(1);
    let make = || {
        let mut session = Session::new(&context, &config, None, None).unwrap();
        session.step_on_data(None).unwrap();
        session.export_dlpack(session.tensor_names().next().unwrap()).unwrap();
    };
    (0..repetitions(20)).for_each(|_| make());
    let before = resident_kib();
    (0..repetitions(200)).for_each(|_| make());
    let grown = resident_kib() - before;
    assert!(is_sanitized() || grown < 8 * 1024, "grew by {grown} KiB from {before} KiB");
}

fn resident_kib() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
#[ignore = "a child of memory"]
fn a_hundred_megabytes_of_tokens() {
    let mut session = session(5);
    let tokens = vec![1i32; 25_000_000];
    let before = resident_kib();
    let batch = Batch::new(&tokens[..]);
    let error = session.step(&[batch], None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("25000000"), "{error}");
    assert!(session.step_tokens(&tokens, None).is_err());
    assert!(session.logits(&tokens, None).is_err());
    assert!(session.generate(&tokens, &GenerateOptions::new(), None).is_err());
    let grown = resident_kib() - before;
    assert!(is_sanitized() || grown < 64 * 1024, "grew by {grown} KiB: tokens were copied");
    let decoded = session.tokenizer().unwrap().decode(&tokens).unwrap();
    assert_eq!(decoded.len(), tokens.len());
}
