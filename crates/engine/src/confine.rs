//! Shuts the process in: only the job's files, no connections, no more memory than allowed.
//!
//! Best effort where the kernel is older than Landlock (Linux 5.13 for files, 6.7 for connections);
//! the answer tells what held.

use std::path::PathBuf;

use dfg_evidence::job::{Confinement, Job};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, RulesetStatus,
};
use rustix::process::{Resource, Rlimit, setrlimit};

/// What names and certificates of other machines are looked up in.
const LOOKED_UP: [&str; 7] = [
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/ssl",
    "/usr/lib/ssl",
    "/usr/share/ca-certificates",
];

/// How far a process reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The files of the job.
    Files,
    /// These, and other machines.
    Machines,
}

/// Shuts the process in. Must come before any other thread is started: threads inherit it.
pub fn confine(job: &Job, reach: Reach) -> Confinement {
    let (mut read, write) = paths(job);
    let memory = limit_memory(job.limits().memory_mib);
    let network = match reach {
        Reach::Files => forbid_connections().is_ok(),
        Reach::Machines => {
            read.extend(LOOKED_UP.map(PathBuf::from));
            false
        }
    };
    Confinement {
        memory,
        network,
        files: allow_only(&read, &write).unwrap_or(false),
    }
}

/// What the job reads, and where it writes.
fn paths(job: &Job) -> (Vec<PathBuf>, Vec<PathBuf>) {
    match job {
        Job::Query(job) => {
            let files = job.tables.values().flat_map(|table| &table.files);
            (files.cloned().collect(), Vec::new())
        }
        Job::Convert(job) => {
            let beside = job.dataset.format == dfg_plan::record::Format::Csvw;
            let file = match job.file.parent() {
                // The metadata of CSV on the Web names the file beside it.
                Some(folder) if beside => folder.to_owned(),
                _ => job.file.clone(),
            };
            (vec![file], vec![job.out.clone()])
        }
    }
}

/// Limits what the process may write to in memory; reserved addresses do not count.
fn limit_memory(mib: u64) -> bool {
    let limit = Some(mib.saturating_mul(1 << 20));
    let limit = Rlimit {
        current: limit,
        maximum: limit,
    };
    setrlimit(Resource::Data, limit).is_ok()
}

fn forbid_connections() -> Result<(), RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessNet::BindTcp | AccessNet::ConnectTcp)?
        .create()?
        .restrict_self()
        .map(drop)
}

/// Allows reading some paths and writing below others; nothing else.
fn allow_only(read: &[PathBuf], write: &[PathBuf]) -> Result<bool, RulesetError> {
    let all = AccessFs::from_all(ABI::V5);
    let mut rules = Ruleset::default().handle_access(all)?.create()?;
    for path in read {
        rules = allow(rules, path, AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    for path in write {
        rules = allow(rules, path, all)?;
    }
    // Spilled parts of a large query, in the folder that was given for it.
    rules = allow(rules, &std::env::temp_dir(), all)?;
    let status = rules.restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}

fn allow(
    rules: landlock::RulesetCreated,
    path: &std::path::Path,
    access: impl Into<BitFlags<AccessFs>>,
) -> Result<landlock::RulesetCreated, RulesetError> {
    let access = access.into();
    match PathFd::new(path) {
        Ok(fd) => {
            // Rights that only folders have are not given for a file.
            let access = if path.is_dir() {
                access
            } else {
                access & AccessFs::from_file(ABI::V5)
            };
            rules.add_rule(PathBeneath::new(fd, access))
        }
        // What is not there is told when it is opened.
        Err(_) => Ok(rules),
    }
}
