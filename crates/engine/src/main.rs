//! The evidence engine: reads published files and runs SQL, in a process of its own.
//!
//! One JSON job on standard input, one JSON answer on standard output, then the end. Before it
//! touches what it was given it shuts itself in ([`confine`]): it reaches the job's files only, opens
//! no connection, and holds no more memory than the job allows. Whoever started it keeps the clock.

use std::process::ExitCode;

use dfg_engine::{
    confine::{Reach, confine},
    query, serve,
};
use dfg_evidence::job::{Answer, Confinement, Job};

fn main() -> ExitCode {
    serve(|job| confine(job, Reach::Files), answer)
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
