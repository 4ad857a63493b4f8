// SPDX-License-Identifier: Apache-2.0
//! Trains a small model on a text, stops half-way, resumes from the run directory, and writes.
use raddle::{Config, Context, GenerateOptions, Session, SessionOptions, Stop, What};
use std::io::{stdout, Write};
use std::{env, error::Error, path::Path};

fn config(text: &Path) -> raddle::Result<Config> {
    let mut config = Config::new()?;
    config.set("data.path", text)?.set("data.tokenizer", "bytes")?;
    config.set("model.layers", 2)?.set("model.width", 64)?.set("model.heads", 4)?;
    config.set("model.context", 64)?.set("train.micro_batch_tokens", 512)?;
    config.set("train.steps", 60)?.set("optimizer.learning_rate", 3e-3)?;
    Ok(config)
}

fn open(context: &Context, text: &Path, run: &Path) -> raddle::Result<Session> {
    let options = SessionOptions::new().run_directory(run).resume("auto");
    Session::new(context, &config(text)?, &options, None)
}

/// Trains to the end of the run, or in good order to the end of step `last`.
fn train(session: &mut Session, last: Option<i64>) -> raddle::Result<()> {
    let stop = Stop::new()?;
    let mut training = session.train_events(&stop)?;
    for event in &mut training {
        let event = event?;
        match event.what {
            What::Step(step) if step.step % 10 == 0 => {
                println!("step {} of {}: loss {:.3}", step.step, event.steps_total, step.loss);
            }
            What::Checkpoint(path) => println!("saved {}", path.display()),
            _ => {}
        }
        if Some(event.step) == last {
            stop.request();
        }
    }
    let result = training.join()?;
    println!("{} steps done, saved: {}", result.steps_done, result.saved);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [text, run] = <[_; 2]>::try_from(arguments).map_err(|_| "usage: finetune TEXT RUN")?;
    let (text, run, context) = (Path::new(&text), Path::new(&run), Context::new()?);
    train(&mut open(&context, text, run)?, Some(30))?; // closed here, so it can be opened again
    let mut session = open(&context, text, run)?;
    train(&mut session, None)?;
    let prompt = session.tokenizer().ok_or("no tokenizer")?.encode_prompt("The ")?;
    let options = GenerateOptions::new().max_tokens(40).seed(1);
    for token in session.generate(&prompt, &options, None)? {
        print!("{}", token?.text);
        stdout().flush()?;
    }
    Ok(())
}
