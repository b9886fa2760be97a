//! The evidence engine's queries on a Ballista cluster: who asks, who plans and who computes.
//!
//! `dfg-cluster ask` takes the place of `dfg-engine` for queries: one JSON job on standard input, one
//! JSON answer on standard output. `dfg-cluster scheduler` plans, and each `dfg-cluster executor`
//! computes. All three reach tables in one object store only, named by the hash of what they hold.

mod ask;
mod node;
mod store;

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::store::Store;

#[derive(Parser)]
#[command(version, about = "The evidence engine on several machines")]
struct Command {
    #[command(subcommand)]
    face: Face,
}

#[derive(Subcommand)]
enum Face {
    /// Answer one job from standard input on a cluster
    Ask(Ask),
    /// Plan queries, and deal their parts to executors
    Scheduler(Scheduler),
    /// Compute parts of queries
    Executor(Executor),
}

#[derive(Args)]
struct Ask {
    /// The scheduler, as `ballista://HOST:PORT`
    #[arg(long, value_name = "URL")]
    scheduler: String,
    #[command(flatten)]
    store: Stored,
}

#[derive(Args)]
struct Scheduler {
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:50050")]
    listen: SocketAddr,
    /// The name by which executors reach this machine; the address where none is given
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    #[command(flatten)]
    store: Stored,
}

#[derive(Args)]
struct Executor {
    /// The scheduler, as `ballista://HOST:PORT`
    #[arg(long, value_name = "URL")]
    scheduler: String,
    /// The address to listen on for those who fetch results
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
    /// The port to listen on for tasks; the one after the other where none is given
    #[arg(long, value_name = "PORT")]
    tasks: Option<u16>,
    /// The name by which the others reach this machine; the address where none is given
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    /// How many parts are computed at once; as many as there are cores where none is given
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
    /// How much memory computing may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2_048)]
    memory: u64,
    /// A folder for parts of results
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
    #[command(flatten)]
    store: Stored,
}

/// Where the tables are; keys, region and endpoint come from the environment (`AWS_…`).
#[derive(Args)]
struct Stored {
    /// The object store of the tables, as `s3://BUCKET/PREFIX`
    #[arg(long = "store", value_name = "URL")]
    url: String,
}

impl Stored {
    fn open(&self) -> anyhow::Result<Store> {
        Store::open(&self.url)
    }
}

fn main() -> ExitCode {
    let done = match Command::parse().face {
        Face::Ask(ask) => return ask::serve(ask.scheduler, ask.store.url),
        Face::Scheduler(scheduler) => {
            log();
            scheduler
                .store
                .open()
                .and_then(|store| node::schedule(&store, scheduler.listen, scheduler.name))
        }
        Face::Executor(executor) => {
            log();
            executor.store.open().and_then(|store| {
                node::execute(
                    &store,
                    node::Executor {
                        scheduler: executor.scheduler,
                        listen: executor.listen,
                        tasks: executor.tasks,
                        name: executor.name,
                        cores: executor.cores,
                        memory_mib: executor.memory,
                        work: executor.work,
                    },
                )
            })
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
