//! The evidence engine's queries on a Ballista cluster: who asks, who plans and who computes.
//!
//! `dfg-cluster ask` takes the place of `dfg-engine` for queries: one JSON job on standard input, one
//! JSON answer on standard output. `dfg-cluster scheduler` plans, and each `dfg-cluster executor`
//! computes. All three reach tables in one object store only, named by the hash of what they hold.

mod ask;
mod node;
mod store;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

#[derive(Parser)]
#[command(version, about = "The evidence engine on several machines")]
struct Command {
    #[command(subcommand)]
    face: Face,
}

#[derive(Subcommand)]
enum Face {
    /// Answer one job from standard input on a cluster
    Ask(ask::Ask),
    /// Plan queries, and deal their parts to executors
    Scheduler(node::Scheduler),
    /// Compute parts of queries
    Executor(node::Executor),
}

fn main() -> ExitCode {
    let done = match Command::parse().face {
        Face::Ask(told) => return ask::serve(told),
        Face::Scheduler(told) => {
            log();
            node::schedule(told)
        }
        Face::Executor(told) => {
            log();
            node::execute(told)
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            tracing::error!("{cause:#}");
            ExitCode::FAILURE
        }
    }
}

/// What happens is told on standard error: warnings, or as `RUST_LOG` says.
fn log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(filter)
        .init();
}
