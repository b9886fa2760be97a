//! `dfg`: commands, configuration and wiring. What a command does with the plan lives in the
//! crates below; here it is named, fed and printed.

mod backup;
mod clock;
mod command;
mod edition;
mod evidence;
mod export;
mod import;
mod index;
mod ledger;
mod log;
mod mail;
mod output;
mod person;
mod progress;
mod region;
mod reminder;
mod serve;
mod settings;
mod sign_on;

use std::{io::IsTerminal as _, process::ExitCode};

use clap::Parser;

use command::{
    Cli, Command, ConfigCommand, EditionCommand, PersonCommand, RegionCommand, RemindersCommand,
};
use output::Failed;

/// The plan is a great many small values that come and go together, which this allocator serves
/// better than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli);
    match run(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<Failed>() {
                output::error(&error);
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = settings::Settings::read(&cli.options)?;
    match cli.command {
        Command::Serve => serve::run(&settings).await,
        Command::Region(RegionCommand::Check { dir, json }) => region::check(&dir, json),
        Command::Region(RegionCommand::New { dir }) => region::new(&dir),
        Command::Region(RegionCommand::Schema { dir }) => region::schema(dir.as_deref()),
        Command::Import(options) => import::run(&settings, &options).await,
        Command::Export(options) => export::run(&settings, &options).await,
        Command::Edition(EditionCommand::List { json }) => edition::list(&settings, json).await,
        Command::Edition(EditionCommand::Show { edition, json }) => {
            edition::show(&settings, edition, json).await
        }
        Command::Edition(EditionCommand::Publish(options)) => {
            edition::publish(&settings, options).await
        }
        Command::Edition(EditionCommand::Diff { from, to, json }) => {
            edition::diff(&settings, &from, &to, json).await
        }
        Command::Log { json, last } => log::run(&settings, json, last).await,
        Command::Verify { expect, json } => log::verify(&settings, expect.as_deref(), json).await,
        Command::Backup { file } => backup::backup(&settings, &file).await,
        Command::Restore { file, replace } => backup::restore(&settings, &file, replace).await,
        Command::Person(PersonCommand::Invite(options)) => person::invite(&settings, options).await,
        Command::Reminders(RemindersCommand::Send { dry_run }) => {
            reminder::send(&settings, dry_run).await
        }
        Command::Evidence(options) => evidence::run(&settings, options).await,
        Command::Config(ConfigCommand::Show { json }) => settings.show(json),
        Command::Config(ConfigCommand::Check) => settings.check().await,
        Command::Completions { shell } => output::completions(shell),
    }
}

/// The log goes to standard error, so that what a command prints can be piped.
fn start_log(cli: &Cli) {
    let level = cli
        .options
        .log
        .as_deref()
        .unwrap_or("warn,dfg=info,dfg_web=info,dfg_store=info");
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
}
