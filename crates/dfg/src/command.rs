//! The commands and their options, as people type them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use dfg_plan::EditionId;
use jiff::civil::Date;

/// The system on which a region runs its digital strategy.
///
/// A region is a folder of plain files. `dfg serve` shows it as a living site; `dfg import` says in
/// plain language what a changed folder would change; `dfg edition publish` makes it public.
#[derive(Debug, Parser)]
#[command(name = "dfg", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

/// Settings that every command shares. Each may also stand in `dfg.toml` or the environment.
#[derive(Args, Debug, Default)]
pub struct Options {
    /// The region folder that is imported when the ledger is empty
    #[arg(long, global = true, value_name = "DIR", env = "DFG_REGION")]
    pub region: Option<PathBuf>,
    /// The folder where the ledger is kept
    #[arg(long, global = true, value_name = "DIR", env = "DFG_DATA")]
    pub data: Option<PathBuf>,
    /// The address to serve on
    #[arg(long, global = true, value_name = "ADDR", env = "DFG_LISTEN")]
    pub listen: Option<String>,
    /// The database: postgres://… or sqlite:PATH; a file in the data folder where none is given
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DFG_DATABASE",
        hide_env_values = true
    )]
    pub database: Option<String>,
    /// The site's public address, for feeds and links in e-mail
    #[arg(long, global = true, value_name = "URL", env = "DFG_ADDRESS")]
    pub address: Option<String>,
    /// The mail server, such as `smtps://USER:PASSWORD@HOST`; an outbox folder where none is given
    #[arg(
        long,
        global = true,
        value_name = "URL",
        env = "DFG_SMTP",
        hide_env_values = true
    )]
    pub smtp: Option<String>,
    /// Whom e-mail comes from
    #[arg(long, global = true, value_name = "EMAIL", env = "DFG_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// The header in which a proxy names the client's network address
    #[arg(long, global = true, value_name = "NAME", env = "DFG_CLIENT_HEADER")]
    pub client_header: Option<String>,
    /// Whether `dfg serve` sends reminders: `on` or `off`
    #[arg(long, global = true, value_name = "ON", env = "DFG_REMINDERS")]
    pub reminders: Option<String>,
    /// Whether `dfg serve` fetches published sources that are due: `on` or `off`
    #[arg(long, global = true, value_name = "ON", env = "DFG_REFRESH")]
    pub refresh: Option<String>,
    /// Who answers queries over evidence: this machine, or a cluster, such as `ballista://HOST:50050`
    #[arg(long, global = true, value_name = "URL", env = "DFG_EVIDENCE_ENGINE")]
    pub evidence_engine: Option<String>,
    /// The object store where a cluster finds tables, such as `s3://BUCKET/FOLDER`
    #[arg(long, global = true, value_name = "URL", env = "DFG_EVIDENCE_STORE")]
    pub evidence_store: Option<String>,
    /// An organisation's own sign-on (OpenID Connect): the address of its provider
    #[arg(long, global = true, value_name = "URL", env = "DFG_SIGN_ON_ISSUER")]
    pub sign_on_issuer: Option<String>,
    /// The name by which that provider knows this site
    #[arg(long, global = true, value_name = "ID", env = "DFG_SIGN_ON_CLIENT")]
    pub sign_on_client: Option<String>,
    /// The file with the secret that the provider gave this site
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "DFG_SIGN_ON_SECRET_FILE"
    )]
    pub sign_on_secret_file: Option<PathBuf>,
    /// What the way in through that provider is called
    #[arg(long, global = true, value_name = "TEXT", env = "DFG_SIGN_ON_NAME")]
    pub sign_on_name: Option<String>,
    /// What to log, such as `info` or `warn,dfg_web=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "DFG_LOG")]
    pub log: Option<String>,
    /// The settings file; `dfg.toml` in the working directory where none is given
    #[arg(long, global = true, value_name = "FILE", env = "DFG_CONFIG")]
    pub config: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the site; with an empty ledger, import the region and publish edition 1 first
    Serve,
    /// Make and check region folders
    #[command(subcommand)]
    Region(RegionCommand),
    /// Print what a region folder would change; with --apply, commit it as one entry
    Import(ImportOptions),
    /// Write the plan back as a region folder
    Export(ExportOptions),
    /// List, show, publish and compare editions
    #[command(subcommand)]
    Edition(EditionCommand),
    /// Print the ledger's entries
    Log {
        /// One JSON object a line, with the exact text that was hashed
        #[arg(long)]
        json: bool,
        /// Only the last entries
        #[arg(long, value_name = "COUNT")]
        last: Option<usize>,
    },
    /// Check the ledger's chain; name the first entry that is wrong, and how
    Verify {
        /// A hash that the ledger must hold, such as one printed in an edition
        #[arg(long, value_name = "HASH")]
        expect: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write the whole ledger to one file, also while serving
    Backup {
        /// The file; never overwritten
        file: PathBuf,
    },
    /// Bring the ledger back from a backup, also while serving
    Restore {
        /// The backup
        file: PathBuf,
        /// Replace a ledger that has entries which the backup lacks
        #[arg(long)]
        replace: bool,
    },
    /// Let people in
    #[command(subcommand)]
    Person(PersonCommand),
    /// Ask for updates that are due
    #[command(subcommand)]
    Reminders(RemindersCommand),
    /// Fetch published sources, compute indicators, ask the tables
    Evidence(EvidenceOptions),
    /// Show and check the settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Commands on region folders.
#[derive(Debug, Subcommand)]
pub enum RegionCommand {
    /// Name every fault of a folder with file, line, column and remedy
    Check {
        /// The region folder
        dir: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a small, complete, commented starter region
    New {
        /// The folder to make
        dir: PathBuf,
    },
    /// Print the JSON Schemas of the files, or write them to a folder
    Schema {
        /// The folder to write to
        dir: Option<PathBuf>,
    },
}

/// Options of `dfg import`.
#[derive(Args, Debug)]
pub struct ImportOptions {
    /// The region folder
    pub dir: PathBuf,
    /// Commit the changes as one entry
    #[arg(long, requires = "reason")]
    pub apply: bool,
    /// Why, in a sentence that a resident understands
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// The decision that the changes rest on
    #[arg(long, value_name = "SLUG")]
    pub decision: Option<String>,
    /// The entry that the folder was exported at; the ledger's end where none is given
    #[arg(long, value_name = "ENTRY")]
    pub made_from: Option<u64>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `dfg export`.
#[derive(Args, Debug)]
pub struct ExportOptions {
    /// The folder to write: absent or empty
    pub dir: PathBuf,
    /// An edition: 1, or r1 for a reconstructed one
    #[arg(long, value_name = "N", conflicts_with = "as_of")]
    pub edition: Option<EditionId>,
    /// A date whose state is written, as far as is recorded now
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<Date>,
}

/// Commands on editions.
#[derive(Debug, Subcommand)]
pub enum EditionCommand {
    /// List the editions
    List {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Publish the plan as it stands: everybody sees it at once
    Publish(PublishOptions),
    /// Show one edition
    Show {
        /// 1, or r1 for a reconstructed one
        edition: EditionId,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what changed between two editions or dates, and why
    Diff {
        /// An edition (1, r1) or a date (2020-03-01)
        from: String,
        /// An edition, a date, or `now` for what is not yet published
        to: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Options of `dfg edition publish`.
#[derive(Args, Debug)]
pub struct PublishOptions {
    /// The edition's title
    #[arg(long, value_name = "TEXT")]
    pub title: String,
    /// Its foreword, in Markdown
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub foreword: String,
    /// Why it is published now
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "A new edition was published"
    )]
    pub reason: String,
    /// The decision that it rests on
    #[arg(long, value_name = "SLUG")]
    pub decision: Option<String>,
}

/// Commands on people.
#[derive(Debug, Subcommand)]
pub enum PersonCommand {
    /// Print a link that lets somebody in, once; adds them, or the role, where it is needed
    Invite(InviteOptions),
}

/// Options of `dfg person invite`.
#[derive(Args, Debug)]
pub struct InviteOptions {
    /// Their e-mail address
    pub email: String,
    /// What they may do: programme-lead, steering-chair, group-member:GROUP, partner:ORGANISATION …
    #[arg(long, value_name = "ROLE")]
    pub role: String,
    /// Their name; the address where none is given
    #[arg(long, value_name = "TEXT")]
    pub name: Option<String>,
}

/// Commands on reminders.
#[derive(Debug, Subcommand)]
pub enum RemindersCommand {
    /// Send what is due now, as `dfg serve` does by itself
    Send {
        /// Print the e-mails, and send none
        #[arg(long)]
        dry_run: bool,
    },
}

/// Options of `dfg evidence`.
#[derive(Args, Debug)]
pub struct EvidenceOptions {
    /// A region folder whose datasets and indicators are used; the ledger's where none is given
    #[arg(long, global = true, value_name = "DIR")]
    pub from: Option<PathBuf>,
    /// What to do
    #[command(subcommand)]
    pub command: EvidenceCommand,
}

/// Commands on the evidence.
#[derive(Debug, Subcommand)]
pub enum EvidenceCommand {
    /// Take in what changed: from the publishers, or from files that you have
    Refresh {
        /// The dataset; all where none is given
        dataset: Option<String>,
        /// A file, or a folder whose files are matched by name, instead of the publishers' addresses
        #[arg(long, value_name = "PATH")]
        files: Option<PathBuf>,
    },
    /// Run the SQL of every indicator and explain each fault
    Check,
    /// Compute the indicators whose inputs changed
    Run {
        /// Also write their latest figures of the region as `observations/*.csv` into this folder
        #[arg(long, value_name = "DIR")]
        headlines: Option<PathBuf>,
    },
    /// Ask the tables in SQL
    Query {
        /// The statement
        sql: String,
        /// As JSON
        #[arg(long, conflicts_with = "csv")]
        json: bool,
        /// As CSV
        #[arg(long)]
        csv: bool,
    },
    /// Show an indicator's figures and what they mean
    Show {
        /// The indicator
        indicator: String,
        /// Only this area, by code or name
        #[arg(long)]
        area: Option<String>,
        /// Only this period
        #[arg(long)]
        period: Option<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Show an index: scores, ranks with their intervals, weights, and the arithmetic of one area
    Index {
        /// The indicator that is an index
        index: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say from which files, under which hashes, an indicator's figures come
    Lineage {
        /// The indicator
        indicator: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Say which dataset's file one is, whatever it is called
    Trace {
        /// The file, as published or as the table made of it
        file: PathBuf,
    },
}

/// Commands on the settings.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every setting, its value and where it comes from
    Show {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Check that the settings can work: folders, address, database
    Check,
}
