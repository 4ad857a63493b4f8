// SPDX-License-Identifier: Apache-2.0
use crate::{context, folder, session, session_in, small};
use raddle::{ApplyOptions, BackwardOptions, Batch, Code, Session, SessionOptions};
use std::fs;

fn tokens(count: usize, shift: usize) -> Vec<i32> {
    b"the cat sat ".iter().cycle().skip(shift).take(count).map(|&byte| byte.into()).collect()
}

#[test]
fn what_a_session_is() {
    let mut session = session(5);
    let info = session.info().unwrap();
    assert_eq!((info.vocab_size, info.context_tokens, info.micro_batch_tokens), (257, 64, 256));
    assert_eq!((info.steps_done, info.steps_total, info.threads), (0, 5, 1));
    assert_eq!(session.tokenizer().unwrap().encode("ab").unwrap(), [97, 98]);
    assert_eq!(session.config().unwrap().get("model.width").unwrap(), "64");
    let metrics = session.step_on_data(None).unwrap();
    assert!(metrics.step == 1 && metrics.loss > 4.0 && !metrics.skipped, "{metrics:?}");
    assert_eq!(session.info().unwrap().steps_done, 1);
    let found = session.evaluate(None).unwrap();
    assert!(found.step == 1 && (found.loss.exp() - found.perplexity).abs() < 1e-6, "{found:?}");
}

#[test]
fn steps_on_ones_own_batches() {
    let (mut whole, mut parts, mut one) = (session(100), session(100), session(100));
    let batch = Batch::new(tokens(48, 0));
    let batch = [batch];
    let loss = whole.step(&batch, None).unwrap();
    assert_eq!(loss.step_tokens, 48);
    assert_eq!(one.step_tokens(&tokens(48, 0), None).unwrap().loss.to_bits(), loss.loss.to_bits());
    // The same step in halves.
    let metrics = parts.backward(&batch, &BackwardOptions::new(), None).unwrap();
    assert_eq!((metrics.loss.to_bits(), metrics.step), (loss.loss.to_bits(), 0));
    let metrics = parts.apply(&ApplyOptions::default()).unwrap();
    assert_eq!(metrics.grad_norm.to_bits(), loss.grad_norm.to_bits());
    let name = whole.tensor_names().next().unwrap().to_owned();
    assert_eq!(whole.tensor(&name).unwrap()[..], parts.tensor(&name).unwrap()[..]);
    // What is left out is what it would be; anything else counts.
    let mut loss_of = |batch: Batch<'_>| whole.evaluate_batches(&[batch], None).unwrap().loss;
    let plain = || Batch::new(tokens(48, 0));
    let mut ends = [1.0; 48];
    ends[47] = 0.0;
    let spelled = plain().targets(tokens(48, 1)).weights(&ends[..]).cu_seqlens(vec![0, 48]);
    let spelled = spelled.positions((0..48).collect::<Vec<_>>());
    let loss = loss_of(plain());
    assert_eq!(loss_of(spelled.clone()).to_bits(), loss.to_bits());
    let changed = [
        spelled.clone().targets(tokens(48, 2)),
        spelled.clone().weights(vec![1.0; 48]),
        spelled.clone().cu_seqlens(vec![0, 20, 48]),
        spelled.clone().positions(vec![0; 48]),
    ];
    for other in changed {
        assert_ne!(loss_of(other.clone()).to_bits(), loss.to_bits(), "{other:?}");
    }
    for _ in 0..60 {
        whole.step_tokens(&tokens(48, 0), None).unwrap();
    }
    assert!(whole.evaluate_batches(&batch, None).unwrap().loss < 1.0);
}

#[test]
fn gradients_of_a_step_in_several_calls() {
    let mut config = small(5);
    config.set("train.micro_batches", 2).unwrap();
    let mut both = Session::new(&context(), &config, None, None).unwrap();
    let mut each = session(5);
    let batches = [Batch::new(tokens(48, 0)), Batch::new(tokens(32, 3))];
    let whole = both.backward(&batches, None, None).unwrap();
    let options = BackwardOptions::new().weight_sum(47.0 + 31.0);
    each.backward(&batches[..1], &options, None).unwrap();
    let parts = each.backward(&batches[1..], &options.accumulate(true), None).unwrap();
    assert_eq!((whole.step_tokens, parts.step_tokens), (80, 80));
    let name = both.tensor_names().find(|name| name.starts_with("gradient/")).unwrap().to_owned();
    let (one, other) = (both.tensor(&name).unwrap(), each.tensor(&name).unwrap());
    assert!(one.iter().any(|&value| value != 0.0));
    assert!(one.iter().zip(&*other).all(|(a, b)| (a - b).abs() <= 1e-6 * a.abs().max(1e-3)));
}

#[test]
fn a_trace_of_a_training() {
    let path = folder("trace").join("trace.json");
    let options = SessionOptions::new().trace_path(&path);
    let mut session = Session::new(&context(), &small(2), &options, None).unwrap();
    session.train(None).unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("traceEvents"));
}

#[test]
fn batches_that_do_not_fit() {
    let mut session = session(5);
    let refused = |session: &mut Session, batch: Batch<'_>, words: &str| {
        let error = session.step(&[batch], None).unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument, "{error}");
        assert!(error.message().contains(words), "{error}");
    };
    refused(&mut session, Batch::new(vec![1, 2]).targets(vec![1]), "'targets' has 1 elements");
    refused(&mut session, Batch::new(vec![1, 2]).weights(vec![1.0; 3]), "expected 2, as 'tokens'");
    refused(&mut session, Batch::new(vec![1, 2]).cu_seqlens(vec![]), "expected at least 1");
    refused(&mut session, Batch::new(vec![1, 2]).cu_seqlens(vec![0]), "");
    refused(&mut session, Batch::new(vec![1, 2]).cu_seqlens(vec![0, 9]), "cu_seqlens");
    refused(&mut session, Batch::new(vec![1, 999]), "999");
    refused(&mut session, Batch::new(vec![]), "");
    assert!(session.step(&[], None).is_err());
    assert_eq!(session.info().unwrap().steps_done, 0);
}

#[test]
fn tensors_to_read_and_write() {
    let mut session = session(5);
    let names: Vec<String> = session.tensor_names().map(str::to_owned).collect();
    let name = names[0].clone();
    assert!(names.contains(&format!("gradient/{name}")) && names.contains(&format!("v/{name}")));
    let old = session.tensor(&name).unwrap().to_vec();
    assert_eq!(session.tensor(&name).unwrap().dims().iter().product::<i64>(), old.len() as i64);
    let before = session.logits(&[1, 2, 3], None).unwrap();
    assert_eq!(before.len(), 3 * 257);
    session.tensor_mut(&name).unwrap().iter_mut().for_each(|value| *value *= 1.5);
    let changed = session.logits(&[1, 2, 3], None).unwrap();
    assert_ne!(before, changed);
    let mut copied = vec![0.0; old.len()];
    session.read_tensor(&name, &mut copied).unwrap();
    assert_eq!(copied[0], old[0] * 1.5);
    session.write_tensor(&name, &old).unwrap();
    assert_eq!(session.logits(&[1, 2, 3], None).unwrap(), before);
    let error = session.tensor(&format!("{name}x")).unwrap_err();
    assert!(error.code() == Code::NotFound && error.message().contains(&name), "{error}");
}

#[test]
fn a_tensor_outlives_its_session() {
    let session = session(5);
    let name = session.tensor_names().next().unwrap().to_owned();
    let values = session.tensor(&name).unwrap().to_vec();
    let shared = session.export_dlpack(&name).unwrap();
    let other = session.export_dlpack(&name).unwrap();
    let old = session.export_tensor(&name).unwrap();
    drop(session);
    let joined = std::thread::spawn(move || {
        // SAFETY: the session is gone.
        (unsafe { shared.as_slice() }.to_vec(), shared.dims().to_vec())
    });
    let (after, dims) = joined.join().unwrap();
    assert_eq!((after, dims.iter().product::<i64>()), (values.clone(), values.len() as i64));
    let raw = other.into_raw();
    // SAFETY: it was given away, with a deleter to be called once.
    unsafe {
        assert_eq!((*raw).dl_tensor.device_type, raddle::sys::RADDLE_DL_CPU);
        assert_eq!(*(*raw).dl_tensor.data.cast::<f32>(), values[0]);
        ((*raw).deleter.unwrap())(raw);
        assert_eq!(*(*old).dl_tensor.data.cast::<f32>(), values[0]);
        ((*old).deleter.unwrap())(old);
    }
}

#[test]
fn runs_are_saved_restored_and_exported() {
    let run = folder("run");
    let mut session = session_in(&run, 4);
    session.step_on_data(None).unwrap();
    let saved = session.save(None, None).unwrap();
    let second = session.step_on_data(None).unwrap().loss;
    session.restore(&saved, None).unwrap();
    assert_eq!(session.step_on_data(None).unwrap().loss.to_bits(), second.to_bits());
    let result = session.train(None).unwrap();
    assert!(result.steps_done == 4 && result.saved && !result.stopped, "{result:?}");

    let context = context();
    let list = context.checkpoint_list(&run).unwrap();
    let newest = list.last().unwrap();
    assert!(newest.good && newest.step == 4 && newest.in_force, "{list:?}");
    assert!(context.checkpoint_verify(&newest.path, None).unwrap().contains("\"step\""));
    let exported = run.with_file_name("run-hf");
    let _ = fs::remove_dir_all(&exported);
    context.checkpoint_export(&run, "hf", &exported, None).unwrap();
    assert!(exported.join("model.safetensors").exists());
    let error = context.checkpoint_export(&run, "gguf", &exported, None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    assert_eq!(context.checkpoint_list("no/such").unwrap_err().code(), Code::NotFound);

    let before = session.logits(&[72, 105], None).unwrap();
    drop(session);
    for path in [&run, &exported] {
        let mut opened = Session::open(&context, path, &small(4), None).unwrap();
        assert_eq!(opened.logits(&[72, 105], None).unwrap(), before);
        assert_eq!(opened.step_on_data(None).unwrap_err().code(), Code::FailedPrecondition);
        let file = run.with_file_name("logits.safetensors");
        let _ = fs::remove_file(&file);
        opened.write_logits(&[72, 105], &file, None).unwrap();
        assert!(fs::metadata(&file).unwrap().len() > 2 * 257 * 4);
    }
    let error = Session::new(&context, &small(4), &SessionOptions::new().run_directory(&run), None);
    assert_eq!(error.unwrap_err().code(), Code::AlreadyExists);
}
