//! The command line.

mod admin;
mod arguments;
mod check;
mod healthcheck;
mod import;
mod invite;
mod logging;
mod offline;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, Command};
use crate::config::{self, Config, Loaded};
use crate::library;
use crate::web;
use crate::world::World;

/// The exit status of what was not understood, as clap has it for arguments.
const NOT_UNDERSTOOD: u8 = 2;

/// Why a command did not do its work: a sentence for whoever called it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Does what the arguments say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let command = arguments
        .command
        .unwrap_or(Command::Serve { accept_loss: false });
    if command == Command::Config {
        say(config::example().trim_end());
        return ExitCode::SUCCESS;
    }
    if command == Command::Examine {
        return examine();
    }
    let Some(loaded) = load(arguments.config.as_deref()) else {
        return ExitCode::from(NOT_UNDERSTOOD);
    };
    let world = World::system();
    let done = match command {
        Command::Import(arguments) => return ended(import::run(&loaded, &world, &arguments)),
        Command::Config | Command::Examine => Ok(()),
        Command::Serve { accept_loss } => serve(&loaded, &world, accept_loss),
        Command::Check => check::run(&loaded, &world),
        Command::Admin => admin::run(&loaded, &world),
        Command::Invite(arguments) => invite::run(&loaded, &world, &arguments),
        Command::Healthcheck => healthcheck::run(&loaded, &world),
    };
    ended(done.map(|()| ExitCode::SUCCESS))
}

fn ended(done: Result<ExitCode, Failure>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(failure) => {
            complain(&format!("lanterna: {failure}"));
            ExitCode::FAILURE
        }
    }
}

/// What is wrong is told by the status alone: whoever called reads no sentences.
fn examine() -> ExitCode {
    match library::examine_input() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn load(file: Option<&Path>) -> Option<Loaded> {
    match Config::load(file, std::env::vars_os()) {
        Ok(loaded) => Some(loaded),
        Err(problems) => {
            complain(&format!(
                "lanterna: the configuration is not right:\n{problems}\n\
                 `lanterna config` shows every key and its default."
            ));
            None
        }
    }
}

fn serve(loaded: &Loaded, world: &World, accept_loss: bool) -> Result<(), Failure> {
    logging::start(&loaded.config.log);
    let runtime = tokio::runtime::Runtime::new()?;
    let start = web::Start {
        loaded: loaded.clone(),
        world: world.clone(),
        accept_loss,
    };
    runtime.block_on(web::run(start, greet))?;
    // Reads that a damaged disk holds up must not hold up the end: all that counts is synced.
    runtime.shutdown_background();
    Ok(())
}

/// Says where everything is, and what to do next.
fn greet(greeting: &web::Greeting) {
    say(&format!("Lanterna {}", env!("CARGO_PKG_VERSION")));
    say(&format!("  Configuration  {}", greeting.configuration));
    say(&format!("  Data           {}", greeting.data));
    for repair in &greeting.repairs {
        say(&format!("  Repaired       {repair}"));
    }
    say(&format!("  Administration {}", greeting.admin));
    if let Some(practice) = &greeting.practice {
        say(&format!("  Practice       {practice}"));
    }
    say(&format!("Listening on {}", greeting.listening));
    match (&greeting.claim, &greeting.practice) {
        (Some(claim), practice) => {
            if let Some(practice) = practice {
                say(&format!("Try it in the practice course: {practice}"));
            }
            say("Next: become the administrator; this link works once, within a day:");
            say(&format!("Ready: {claim}"));
        }
        (None, Some(practice)) => say(&format!("Ready: try it in the practice course: {practice}")),
        (None, None) => say(&format!("Ready: administration is at {}", greeting.admin)),
    }
}

/// Runs one piece of work that waits for others.
fn wait_for<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?.block_on(work))
}

/// Writes a line for whoever called. A reader who has seen enough and gone is no failure.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}

/// Writes a line about what went wrong.
fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
