// SPDX-License-Identifier: Apache-2.0
use crate::{alone, context, folder, small};
use raddle::{Code, LogLevel, Stop, Tokenizer};
use std::fs;
use std::sync::{Arc, Mutex};

#[test]
fn bytes_to_tokens_and_back() {
    let bytes = Tokenizer::open(&context(), "bytes").unwrap();
    assert_eq!((bytes.vocab_size(), bytes.end_token()), (257, Some(256)));
    let text = b"a\0b\xff \xc3\xa9";
    let tokens = bytes.encode(text).unwrap();
    assert_eq!(tokens, text.map(i32::from));
    assert_eq!(bytes.decode(&tokens).unwrap(), text);
    assert_eq!(bytes.encode_prompt("hi").unwrap(), [104, 105]);
    assert_eq!(bytes.encode("").unwrap(), []);
    assert_eq!(bytes.decode(&[]).unwrap(), b"");
    assert_eq!(bytes.encode_prompt("").unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(bytes.decode(&[257]).unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn a_tokenizer_of_ones_own_and_a_token_file() {
    let (context, here) = (context(), folder("tokenizer"));
    let mut config = small(1);
    config.set("data.vocab_size", 270).unwrap();
    let trained = Tokenizer::train(&context, &config, None).unwrap();
    assert_eq!(trained.vocab_size(), 270);
    trained.save(here.join("tokenizer.json")).unwrap();
    assert_eq!(trained.save(here.join("tokenizer.json")).unwrap_err().code(), Code::AlreadyExists);
    let opened = Tokenizer::open(&context, &here).unwrap();
    let text = "The licensor grants a license.";
    let tokens = opened.encode(text).unwrap();
    assert_eq!(tokens, trained.encode(text).unwrap());
    assert!(tokens.len() < text.len());
    assert_eq!(opened.decode(&tokens).unwrap(), text.as_bytes());

    config.set("data.tokenizer", here.join("tokenizer.json")).unwrap();
    let file = here.join("text.tokens");
    let made = context.data_tokenize(&config, &file, None).unwrap();
    assert_eq!(made.bytes, fs::metadata(crate::text()).unwrap().len() as i64);
    assert!(made.documents == 1 && made.tokens > 100 && made.tokens < made.bytes, "{made:?}");
    let json = context.data_inspect(&config, &file, None).unwrap();
    assert!(json.contains(&made.tokens.to_string()), "{json}");

    let stop = Stop::new().unwrap();
    stop.request();
    let error = Tokenizer::train(&context, &config, &stop).unwrap_err();
    assert!(error.is_cancelled(), "{error:?}");
}

#[test]
#[ignore = "a child of the test below"]
fn the_log() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let context = raddle::Context::with_log(LogLevel::Debug, move |level, message| {
        kept.lock().unwrap().push((level, message.to_owned()));
    });
    raddle::Config::new().unwrap().load_environment().unwrap();
    let before = lines.lock().unwrap().clone();
    let is_it = |(level, text): &(LogLevel, String)| {
        *level == LogLevel::Warning && text.contains("RADDLE_NO_SUCH_KEY")
    };
    assert!(before.iter().any(is_it), "{before:?}");
    drop(context);
    raddle::Config::new().unwrap().load_environment().unwrap();
    assert_eq!((&*lines.lock().unwrap(), Arc::strong_count(&lines)), (&before, 1));
}

#[test]
fn the_machine_and_the_library() {
    alone("data::the_log");
    assert!(context().describe().unwrap().contains("cores"));
    assert_eq!(raddle::version(), env!("CARGO_PKG_VERSION"));
    assert!(raddle::build_info().contains(raddle::version()));
}

#[test]
fn benches() {
    let peaks = context().bench_machine(1, false).unwrap();
    assert!(peaks.fma_gflops > 0.0 && peaks.threads == 1 && peaks.triad_gb_per_second == 0.0);
    let step = context().bench_step(&small(1), 2, 16, 1, 2, None).unwrap();
    assert!(step.steps == 2 && step.tokens_per_step == 32 && step.step_ms_min > 0.0, "{step:?}");
    let error = context().bench_machine(-1, false).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}
