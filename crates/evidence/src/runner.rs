//! Runs the engine: a process of its own for each job, with a clock and a limit of memory.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::job::{Answer, Job, Limits};

/// How often the memory of a running engine is looked at.
const LOOK: Duration = Duration::from_millis(20);
/// What is kept of what a dying engine says.
const LAST_WORDS: u64 = 4_000;

/// What a cluster is told by the environment: keys, region and endpoint of its object store, and the
/// certificates that are trusted.
const TOLD: [&str; 2] = ["AWS_", "SSL_CERT_"];

/// Where the engine is.
#[derive(Clone, Debug)]
pub struct Engine {
    program: PathBuf,
    cluster: Option<Cluster>,
}

/// Several machines that answer queries in the engine's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The program that asks them.
    pub program: PathBuf,
    /// Who plans: `ballista://HOST:PORT`.
    pub scheduler: String,
    /// Where tables are put for them: `s3://BUCKET/PREFIX`.
    pub store: String,
}

/// Why a job has no answer. A message is fit for whoever asked, unless it is the operator's business.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no engine.
    #[error(
        "there is no evidence engine at {}: build it with `cargo build -p {}`",
        .0.display(),
        .0.file_name().unwrap_or_default().display()
    )]
    Missing(PathBuf),
    /// It could not be started or spoken to.
    #[error("the evidence engine could not be {doing}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Why not.
        #[source]
        cause: std::io::Error,
    },
    /// It took too long.
    #[error("this took more than {} s and was stopped", .0.as_secs_f64())]
    TooLong(Duration),
    /// It needed too much memory.
    #[error("this needed more than {0} MiB of memory and was stopped")]
    TooLarge(u64),
    /// Its answer was too long.
    #[error("the answer has more than {0} bytes: ask for less of it")]
    TooMuch(usize),
    /// It died.
    #[error("the evidence engine stopped before it had answered ({how})")]
    Died {
        /// In which way.
        how: String,
    },
    /// What it said is no answer.
    #[error("the evidence engine's answer cannot be read")]
    Unreadable(#[source] serde_json::Error),
    /// The machines that it works on cannot be reached.
    #[error("the machines of the evidence engine cannot be reached: {0}")]
    Away(String),
    /// It says that it cannot do the job.
    #[error("{0}")]
    Failed(String),
}

impl EngineError {
    /// Whether the engine could not even begin, whatever was asked: the operator's business.
    pub fn is_for_operator(&self) -> bool {
        matches!(self, Self::Missing(_) | Self::Io { .. } | Self::Away(_))
    }
}

impl Engine {
    /// The engine at a path.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            cluster: None,
        }
    }

    /// The same, with queries answered by a cluster. Published files are still read here.
    #[must_use]
    pub fn with_cluster(self, cluster: Cluster) -> Self {
        Self {
            cluster: Some(cluster),
            ..self
        }
    }

    /// The engine beside the program that runs.
    pub fn beside(program: &Path) -> Self {
        Self::at(program.with_file_name("dfg-engine"))
    }

    /// Where it is.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Whether it can be run.
    pub fn is_there(&self) -> bool {
        self.program.is_file()
    }

    /// Does a job; waits for it. To be called where waiting does no harm.
    pub fn run(&self, job: &Job) -> Result<Answer, EngineError> {
        let cluster = match job {
            Job::Query(_) => self.cluster.as_ref(),
            Job::Convert(_) => None,
        };
        let program = cluster.map_or(&self.program, |cluster| &cluster.program);
        if !program.is_file() {
            return Err(EngineError::Missing(program.clone()));
        }
        let limits = job.limits();
        let io = |doing| move |cause| EngineError::Io { doing, cause };
        let room = tempfile::tempdir().map_err(io("given a folder"))?;
        let mut command = Command::new(program);
        command.env_clear();
        if let Some(cluster) = cluster {
            let told = |name: &str| TOLD.iter().any(|beginning| name.starts_with(beginning));
            command
                .args(["ask", "--scheduler", &cluster.scheduler])
                .args(["--store", &cluster.store])
                .envs(std::env::vars().filter(|(name, _)| told(name)));
        }
        let mut child = command
            .env("TMPDIR", room.path())
            .current_dir(room.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(io("started"))?;
        let text = serde_json::to_vec(job).map_err(EngineError::Unreadable)?;
        if let Some(mut stdin) = child.stdin.take() {
            // An engine that dies at once is told by its end, not by this.
            thread::spawn(move || drop(stdin.write_all(&text)));
        }
        let done = wait(&mut child, limits);
        // Whatever came of it, nothing of it goes on.
        drop(child.kill());
        drop(child.wait());
        match done? {
            Answer::Away { message } => Err(EngineError::Away(message)),
            Answer::Failed { message } => Err(EngineError::Failed(message)),
            answer => Ok(answer),
        }
    }
}

/// Waits for an answer, or for a limit.
fn wait(child: &mut Child, limits: Limits) -> Result<Answer, EngineError> {
    let began = Instant::now();
    let wall = Duration::from_millis(limits.wall_ms);
    let (sender, answer) = mpsc::channel();
    let stdout = child.stdout.take();
    let most = limits.bytes;
    thread::spawn(move || {
        let mut text = Vec::new();
        let read = stdout.map(|out| {
            out.take(u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1))
                .read_to_end(&mut text)
        });
        drop(sender.send((read, text)));
    });
    let stderr = child.stderr.take();
    let words = thread::spawn(move || {
        let mut text = String::new();
        if let Some(err) = stderr {
            drop(err.take(LAST_WORDS).read_to_string(&mut text));
        }
        text
    });
    let text = loop {
        match answer.recv_timeout(LOOK) {
            Ok((_, text)) if text.len() > limits.bytes => {
                return Err(EngineError::TooMuch(limits.bytes));
            }
            Ok((_, text)) => break text,
            Err(mpsc::RecvTimeoutError::Disconnected) => break Vec::new(),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if began.elapsed() > wall {
            return Err(EngineError::TooLong(wall));
        }
        if resident_mib(child.id()).is_some_and(|mib| mib > limits.memory_mib) {
            return Err(EngineError::TooLarge(limits.memory_mib));
        }
    };
    // The engine closes its output when it ends; it is given a moment to do so.
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() <= wall => thread::sleep(Duration::from_millis(2)),
            Ok(None) => return Err(EngineError::TooLong(wall)),
            Err(cause) => {
                return Err(EngineError::Io {
                    doing: "waited for",
                    cause,
                });
            }
        }
    };
    if status.success() {
        return serde_json::from_slice(&text).map_err(EngineError::Unreadable);
    }
    Err(death(status, &words.join().unwrap_or_default(), limits))
}

/// How a process ended that gave no answer.
fn death(status: ExitStatus, words: &str, limits: Limits) -> EngineError {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    // What Rust says before it gives up for want of memory, and what a thread that cannot be
    // started for the same reason says.
    let memory = [
        "memory allocation of",
        "Cannot allocate memory",
        "capacity overflow",
    ];
    if memory.iter().any(|sign| words.contains(sign)) {
        return EngineError::TooLarge(limits.memory_mib);
    }
    let how = match (signal, status.code()) {
        (Some(6), _) if words.contains("overflowed its stack") => {
            "the text is nested too deeply".to_owned()
        }
        (Some(11), _) => "the text is nested too deeply, or the file is broken".to_owned(),
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "for a reason unknown".to_owned(),
    };
    EngineError::Died { how }
}

/// The memory that a process holds, in MiB, where the system tells.
fn resident_mib(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024)
}
