//! The evidence engine: reads published files and runs SQL, in a process of its own.
//!
//! One JSON job on standard input, one JSON answer on standard output, then the end. Before it
//! touches what it was given it shuts itself in ([`confine`]): it reaches the job's files only, opens
//! no connection, and holds no more memory than the job allows. Whoever started it keeps the clock.

mod confine;
mod fault;
mod query;
mod shared;

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
    thread,
};

use dfg_evidence::job::{Answer, Confinement, Job};

/// The stack of the thread that works: SQL may be nested deeply.
const STACK: usize = 32 << 20;

fn main() -> ExitCode {
    let mut text = Vec::new();
    if io::stdin().lock().read_to_end(&mut text).is_err() {
        return ExitCode::FAILURE;
    }
    let answer = match serde_json::from_slice::<Job>(&text) {
        Ok(job) => {
            let confined = confine::confine(&job);
            // A panic ends this thread, and the process with a failure: there is no answer then.
            let work = thread::Builder::new().stack_size(STACK);
            match work.spawn(move || answer(&job, confined)) {
                Ok(working) => match working.join() {
                    Ok(answer) => answer,
                    Err(_) => return ExitCode::FAILURE,
                },
                Err(cause) => Answer::Failed {
                    message: format!("the engine could not begin: {cause}"),
                },
            }
        }
        Err(cause) => Answer::Failed {
            message: format!("the job cannot be read: {cause}"),
        },
    };
    let Ok(text) = serde_json::to_vec(&answer) else {
        return ExitCode::FAILURE;
    };
    let mut out = io::stdout().lock();
    match out.write_all(&text).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(job: &Job, confined: Confinement) -> Answer {
    let done = match job {
        Job::Query(job) => query::run(job).map(|answers| Answer::Query { answers, confined }),
        Job::Convert(job) => dfg_reader::run(job).map(|converted| Answer::Convert {
            converted: Box::new(converted),
            confined,
        }),
    };
    done.unwrap_or_else(|message| Answer::Failed { message })
}
