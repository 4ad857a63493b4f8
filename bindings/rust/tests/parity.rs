// SPDX-License-Identifier: Apache-2.0
//! `parity CONFIG TEXT RUN_DIR` trains to the end and prints each step's loss, bit for bit.
use raddle::{Config, Context, Session, SessionOptions, What};
use std::env;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = env::args_os().skip(1).collect();
    let [config_file, text, run] =
        <[_; 3]>::try_from(arguments).map_err(|_| "usage: parity CONFIG TEXT RUN_DIR")?;
    let mut config = Config::new()?;
    config.load_file(config_file)?;
    config.set("data.path", text)?;
    let options = SessionOptions::new().run_directory(run);
    let mut session = Session::new(&Context::new()?, &config, &options, None)?;
    for event in session.train_events(None)? {
        if let What::Step(step) = event?.what {
            println!("step {} {:016x}", step.step, step.loss.to_bits());
        }
    }
    Ok(())
}
