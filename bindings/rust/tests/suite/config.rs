// SPDX-License-Identifier: Apache-2.0
use crate::{child, folder, small};
use raddle::{Code, Config, Origin, Scope, Session};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[test]
fn values_of_every_kind() {
    let mut config = Config::new().unwrap();
    config.set("train.steps", 7).unwrap().set("optimizer.learning_rate", 2.5e-4).unwrap();
    config.set("data.path", String::from("a.txt,b.txt")).unwrap();
    assert_eq!(config.get("train.steps").unwrap(), "7");
    assert_eq!(config.get("optimizer.learning_rate").unwrap().parse(), Ok(2.5e-4));
    assert_eq!(config.get("data.path").unwrap(), "a.txt,b.txt");
    config.set("data.path", Path::new("c.txt")).unwrap();
    assert_eq!(config.get_os("data.path").unwrap(), "c.txt");
}

#[test]
fn the_highest_rank_wins() {
    let mut config = Config::new().unwrap();
    assert_eq!(config.origin("train.steps").unwrap(), "default");
    let path = folder("recipe").join("kjv.toml");
    fs::write(&path, "[train]\nsteps = 5\nmicro_batches = 3\n").unwrap();
    config.load_file(&path).unwrap();
    assert!(config.origin("train.steps").unwrap().ends_with("kjv.toml:2"));
    config.set_from("train.steps", 6, Origin::Set, None).unwrap();
    config.load_text("train.steps = 4", "later").unwrap();
    assert_eq!(config.get("train.steps").unwrap(), "6");
    config.set("train.steps", 8).unwrap();
    assert_eq!(
        (config.get("train.steps").unwrap(), config.origin("train.steps").unwrap()),
        ("8".into(), "call".into())
    );
    let error = config.set_from("train.steps", 6, Origin::Unknown(99), None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
}

#[test]
fn toml_hash_and_model() {
    let mut config = small(3);
    let mut again = Config::new().unwrap();
    again.load_text(&config.to_toml().unwrap(), "again").unwrap();
    assert_eq!(config.hash(), again.hash());
    again.set("train.steps", 4).unwrap();
    assert_ne!(config.hash(), again.hash());
    config.validate().unwrap();
    config.fill_model().unwrap();
    assert_eq!(config.get("model.width").unwrap(), "64");
    config.set("data.sequence_length", 65).unwrap();
    assert_eq!(config.validate().unwrap_err().code(), Code::InvalidArgument);
}

#[test]
fn the_table_of_options() {
    let options = Config::options().unwrap();
    let steps = options.iter().find(|option| option.key == "train.steps").unwrap();
    assert_eq!((steps.r#type, steps.environment), ("integer", "RADDLE_TRAIN_STEPS"));
    assert!(options.windows(2).all(|two| two[0].key < two[1].key));
    assert!(options.len() > 50);
}

#[test]
fn errors_have_code_scope_and_message() {
    let mut config = Config::new().unwrap();
    let unknown = config.set("train.step", 1).unwrap_err();
    assert_eq!((unknown.code(), unknown.scope()), (Code::InvalidArgument, Scope::Call));
    assert!(
        unknown.message().contains("did you mean") && unknown.message().contains("train.steps")
    );
    let missing = config.load_file("no/such.toml").unwrap_err();
    assert_eq!((missing.code(), missing.scope()), (Code::NotFound, Scope::Call));
    assert!(missing.message().contains("no/such.toml"));
    let context = raddle::Context::new().unwrap();
    let here = folder("exists");
    fs::write(here.join("taken"), "mine").unwrap();
    let tokenizer = raddle::Tokenizer::open(&context, "bytes").unwrap();
    let exists = tokenizer.save(here.join("taken")).unwrap_err();
    assert!(matches!(exists.code(), Code::AlreadyExists | Code::Unimplemented), "{exists:?}");
    let boxed: Box<dyn std::error::Error + Send + Sync> = unknown.clone().into();
    assert_eq!(boxed.to_string(), unknown.message());
    assert_eq!(Code::NotFound.to_string(), "NOT_FOUND");
    assert_eq!(Scope::Job.to_string(), "job");
    assert_eq!(Code::from_raw(999).to_string(), "UNKNOWN");
    assert_eq!((Code::from_raw(999), Code::from_raw(999).to_raw()), (Code::Unknown(999), 999));
}

#[test]
fn zero_bytes_are_refused() {
    let mut config = Config::new().unwrap();
    let error = config.set("data.path", "a\0b").unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(error.message().contains("zero byte at 1"), "{error}");
    let error = config.load_file("a\0b").unwrap_err();
    assert!(error.message().contains("argument 'path'"), "{error}");
}

#[test]
fn paths_are_bytes() {
    let context = crate::context();
    for name in [OsStr::new("Wörter und 言葉"), OsStr::from_bytes(b"not\xffUTF-8\xfe")] {
        let run = folder("paths").join(name);
        let mut session = crate::session_in(&run, 2);
        session.train(None).unwrap();
        let saved = context.checkpoint_list(&run).unwrap();
        assert!(saved.last().unwrap().path.starts_with(&run), "{saved:?}");
        let saved = session.save(Some(&run.join("own")), None).unwrap();
        assert_eq!(saved, run.join("own"));
        session.restore(&saved, None).unwrap();
        drop(session);
        Session::open(&context, &run, None, None).unwrap();

        // A name of data is part of the config, which is UTF-8 on disk.
        let text = folder("path-texts").join(name);
        fs::copy(crate::text(), &text).unwrap();
        let mut config = small(2);
        config.set("data.path", &text).unwrap();
        assert_eq!(config.get_os("data.path").unwrap(), text.as_os_str());
        assert_eq!(config.get("data.path").is_ok(), text.to_str().is_some());
        let made = Session::new(&context, &config, None, None);
        assert_eq!(made.is_ok(), text.to_str().is_some());
    }
}

#[test]
#[ignore = "a child of the test below"]
fn environment_child() {
    let mut config = Config::new().unwrap();
    config.load_environment().unwrap();
    assert_eq!(config.get("train.steps").unwrap(), "17");
    assert_eq!(config.origin("train.steps").unwrap(), "environment RADDLE_TRAIN_STEPS");
}

#[test]
fn environment() {
    let mut command = child("config::environment_child");
    assert!(command.env("RADDLE_TRAIN_STEPS", "17").output().unwrap().status.success());
}
