// SPDX-License-Identifier: Apache-2.0
use crate::{folder, session, session_in};
use raddle::{Batch, Code, Event, GenerateOptions, Result, Stop, StopGrade, What};
use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

fn prompt() -> Vec<i32> {
    b"The ".iter().map(|&byte| byte.into()).collect()
}

fn losses(events: &[Event]) -> Vec<u64> {
    let losses = events.iter().filter_map(|event| match &event.what {
        What::Step(metrics) => Some(metrics.loss.to_bits()),
        _ => None,
    });
    losses.collect()
}

#[test]
fn events_by_iterator_and_by_closure() {
    let (mut polled, mut called) = (session_in(&folder("events-1"), 6), session(6));
    let events = polled.train_events(None).unwrap().collect::<Result<Vec<_>>>().unwrap();
    assert_eq!(losses(&events).len(), 6);
    assert_eq!((events[0].step, events[0].steps_total), (1, 6));
    assert!(events.iter().any(|event| matches!(&event.what, What::Evaluation(e) if e.loss > 0.0)));
    let saved = events.iter().find_map(|event| match &event.what {
        What::Checkpoint(path) => Some(path.clone()),
        _ => None,
    });
    assert!(saved.unwrap().exists());
    let mut seen = Vec::new();
    let result = called
        .train_with(None, |event, session| {
            assert!(session.info().unwrap().steps_done >= event.step);
            seen.push(event.clone());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((losses(&seen), result.steps_done), (losses(&events), 6));
}

#[test]
fn what_a_closure_may_do_with_its_session() {
    let mut session = session(3);
    let path = folder("inside").join("checkpoint");
    let name = session.tensor_names().next().unwrap().to_owned();
    let mut texts = Vec::new();
    session
        .train_with(None, |event, session| {
            if let What::Step(_) = event.what {
                let options = GenerateOptions::new().max_tokens(4).greedy(true);
                let result = session
                    .generate_with(&prompt(), &options, None, |token| {
                        texts.push(token.text.clone());
                        ControlFlow::Continue(())
                    })
                    .unwrap();
                assert_eq!(result.token_count, 4);
                assert!(session.tensor(&name).unwrap().iter().all(|value| value.is_finite()));
                assert_eq!(session.config().unwrap().get("train.steps").unwrap(), "3");
            }
            if event.step == 2 && !path.exists() {
                session.save(Some(&path), None).unwrap();
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(path.exists() && texts.len() == 12);
    session.restore(&path, None).unwrap();
    assert_eq!(session.info().unwrap().steps_done, 2);
}

#[test]
fn breaking_and_requesting_stop_in_good_order() {
    let mut session = session_in(&folder("break"), 1000);
    let result = session
        .train_with(None, |event, _| match event.step {
            0..=2 => ControlFlow::Continue(()),
            _ => ControlFlow::Break(()),
        })
        .unwrap();
    assert!(result.stopped && result.saved && result.steps_done < 10, "{result:?}");
    let stop = Stop::new().unwrap();
    assert_eq!(stop.grade(), StopGrade::None);
    let mut training = session.train_events(&stop).unwrap();
    assert!(training.next().unwrap().is_ok());
    let progress = stop.progress();
    assert!(progress.total == Some(1000) && progress.done >= 3, "{progress:?}");
    stop.clone().request();
    assert_eq!(stop.grade(), StopGrade::Requested);
    let rest = training.by_ref().collect::<Result<Vec<_>>>().unwrap();
    assert!(training.is_over() && training.next().is_none());
    let result = training.join().unwrap();
    assert!(result.stopped && result.saved && result.steps_done < 1000, "{result:?}");
    assert!(rest.iter().any(|event| matches!(event.what, What::Checkpoint(_))));
}

#[test]
fn cancelled_from_another_thread() {
    let mut session = session(1_000_000);
    let stop = Stop::new().unwrap();
    let other = stop.clone();
    let canceller = thread::spawn(move || {
        while other.progress().done < 3 {
            thread::sleep(Duration::from_millis(1));
        }
        other.cancel();
        Instant::now()
    });
    let error = session.train(&stop).unwrap_err();
    let waited = canceller.join().unwrap().elapsed();
    assert!(error.is_cancelled() && error.code() == Code::Cancelled, "{error:?}");
    assert!(waited < Duration::from_secs(20), "{waited:?}");
    let stop = Stop::new().unwrap();
    let mut training = session.train_events(&stop).unwrap();
    training.next().unwrap().unwrap();
    stop.cancel();
    let last = training.by_ref().last().unwrap();
    assert!(last.unwrap_err().is_cancelled());
    assert!(training.next().is_none());
    assert!(training.join().unwrap_err().is_cancelled());
    assert!(session.step_on_data(&stop).unwrap_err().is_cancelled());
    assert!(session.step_on_data(None).is_ok());
}

#[test]
fn polling_and_dropping() {
    let mut session = session(1_000_000);
    let mut training = session.train_events(None).unwrap();
    let start = Instant::now();
    let mut events = 0;
    while events < 3 && start.elapsed() < Duration::from_secs(60) {
        events += usize::from(training.poll(Duration::from_millis(20)).unwrap().is_some());
    }
    assert!(events == 3 && !training.is_over() && format!("{training:?}").contains("is_over"));
    drop(training);
    assert!(session.info().unwrap().steps_done >= 3);
    let trained = session.info().unwrap().steps_done;
    assert_eq!(session.step_on_data(None).unwrap().step, trained + 1);
}

#[test]
fn batches_of_ones_own() {
    let mut session = session(40);
    let texts: Vec<Vec<i32>> = (0..3)
        .map(|at| b"the cat sat ".iter().cycle().skip(at).take(48).map(|&b| b.into()).collect())
        .collect();
    let mut asked = Vec::new();
    let result = session
        .train_on(
            None,
            |step, micro_batch| {
                asked.push((step, micro_batch));
                Some(Batch::new(&texts[step as usize % 3][..]))
            },
            |_, _| ControlFlow::Continue(()),
        )
        .unwrap();
    assert_eq!((result.steps_done, asked.len(), asked[39].0), (40, 40, 39));
    assert!(session.evaluate_batches(&[Batch::new(&texts[0][..])], None).unwrap().loss < 2.0);

    let mut session = crate::session(40);
    let mut owned = texts.into_iter().map(Batch::new);
    let result =
        session.train_on(None, |_, _| owned.next(), |_, _| ControlFlow::Continue(())).unwrap();
    assert!(result.stopped && result.steps_done == 3, "{result:?}");
    let wrong = |_, _| Some(Batch::new(vec![1, 2]).weights(vec![1.0]));
    let error = session.train_on(None, wrong, |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.message().contains("'weights'"), "{error}");
    let wrong = |_, _| Some(Batch::new(vec![999]));
    let error = session.train_on(None, wrong, |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.message().contains("micro-batch 0"), "{error}");
}

#[test]
fn text_as_a_stream() {
    let mut session = session(40);
    session.train(None).unwrap();
    let options = GenerateOptions::new().max_tokens(20).seed(1).temperature(0.8).top_k(40);
    let options = options.ignore_end(true);
    let mut stream = session.generate(&prompt(), &options, None).unwrap();
    let tokens = stream.by_ref().collect::<Result<Vec<_>>>().unwrap();
    let result = stream.join().unwrap();
    assert!(tokens.len() == 20 && result.token_count == 20 && !result.ended, "{result:?}");
    let text: String = tokens.iter().map(|token| token.text.as_str()).collect();
    assert!(!text.is_empty());
    let mut again = Vec::new();
    let take_five = |token: &raddle::Token| {
        again.push(token.clone());
        if again.len() < 5 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    let result = session.generate_with(&prompt(), &options, None, take_five).unwrap();
    assert_eq!((&again[..], result.token_count), (&tokens[..5], 5));
    let error = session.generate(&[], &options, None).unwrap_err();
    assert_eq!(error.code(), Code::InvalidArgument);
    let stop = Stop::new().unwrap();
    stop.cancel();
    let mut stream = session.generate(&prompt(), &options, &stop).unwrap();
    assert!(stream.next().unwrap().unwrap_err().is_cancelled());
    drop(stream);
    let stream = session.generate(&prompt(), &options, None).unwrap();
    assert_eq!(stream.join().unwrap().token_count, 20);
}
