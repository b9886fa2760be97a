//! A cluster on this machine: an object store, a scheduler, two executors, each a real one.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use dfg_evidence::{
    job::{Answer, ConvertJob, Job, Limits, QueryAnswer, QueryJob, TableFiles},
    runner::{Cluster, Engine, EngineError},
};
use dfg_plan::record::Dataset;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use s3s::{auth::SimpleAuth, service::S3ServiceBuilder};
use s3s_fs::FileSystem;
use serde_json::json;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_dfg-cluster");
const BUCKET: &str = "evidence";
const KEYS: (&str, &str) = ("key-of-the-test", "secret-of-the-test");

/// A scheduler and its executors, stopped when it is dropped.
pub struct House {
    pub root: TempDir,
    pub executors: Vec<Child>,
    scheduler: Child,
    pub address: String,
    pub endpoint: String,
}

impl Drop for House {
    fn drop(&mut self) {
        for child in self.executors.iter_mut().chain([&mut self.scheduler]) {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// A port that nobody has.
fn free() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn wait_for(what: &str, mut is_there: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_there() {
        assert!(began.elapsed() < Duration::from_mins(1), "no {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// An object store on files; gives its endpoint.
fn store(root: PathBuf) -> String {
    fs::create_dir_all(root.join(BUCKET)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut service = S3ServiceBuilder::new(FileSystem::new(root).unwrap());
            service.set_auth(SimpleAuth::from_single(KEYS.0, KEYS.1));
            let service = service.build();
            listener.set_nonblocking(true).unwrap();
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let server = Builder::new(TokioExecutor::new());
                    drop(server.serve_connection(TokioIo::new(socket), service).await);
                });
            }
        });
    });
    format!("http://127.0.0.1:{port}")
}

fn environment(endpoint: &str) -> [(&'static str, String); 5] {
    [
        ("AWS_ACCESS_KEY_ID", KEYS.0.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", KEYS.1.to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ENDPOINT", endpoint.to_owned()),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
    ]
}

impl House {
    /// Starts all of it.
    pub fn start() -> Self {
        let root = TempDir::new().unwrap();
        let endpoint = store(root.path().join("objects"));
        let port = free();
        let node = |name: &str, words: &[&str]| {
            let log = fs::File::create(root.path().join(format!("{name}.log"))).unwrap();
            Command::new(PROGRAM)
                .args(words)
                .args(["--store", &format!("s3://{BUCKET}/tables")])
                .env_clear()
                .envs(environment(&endpoint))
                .env("RUST_LOG", "info")
                .env("TMPDIR", root.path())
                .stdin(Stdio::null())
                .stderr(log)
                .spawn()
                .unwrap()
        };
        let listen = format!("127.0.0.1:{port}");
        let scheduler = node("scheduler", &["scheduler", "--listen", &listen]);
        wait_for("scheduler", || TcpStream::connect(&listen).is_ok());
        let address = format!("ballista://{listen}");
        let executors = (1..=2)
            .map(|number| {
                let work = root.path().join(format!("work-{number}"));
                let listen = format!("127.0.0.1:{}", free());
                let tasks = free().to_string();
                let child = node(
                    &format!("executor-{number}"),
                    &[
                        "executor",
                        "--scheduler",
                        &address,
                        "--listen",
                        &listen,
                        "--tasks",
                        &tasks,
                        "--cores",
                        "1",
                        "--memory",
                        "512",
                        "--work",
                        &work.to_string_lossy(),
                    ],
                );
                wait_for("executor", || TcpStream::connect(&listen).is_ok());
                child
            })
            .collect();
        Self {
            root,
            executors,
            scheduler,
            address,
            endpoint,
        }
    }

    /// The engine with queries answered by this cluster, or by another that is said to be.
    pub fn engine(&self) -> Engine {
        self.engine_at(&self.address, &self.endpoint)
    }

    pub fn engine_at(&self, scheduler: &str, endpoint: &str) -> Engine {
        // What the program is told by the environment is told by a script: tests share theirs.
        let told: String = environment(endpoint)
            .map(|(name, value)| format!("{name}='{value}' "))
            .concat();
        let script = tempfile::Builder::new()
            .prefix("ask-")
            .tempfile_in(self.root.path())
            .unwrap()
            .into_temp_path()
            .keep()
            .unwrap();
        fs::write(&script, format!("#!/bin/sh\n{told}exec {PROGRAM} \"$@\"\n")).unwrap();
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        Engine::at("/no/engine").with_cluster(Cluster {
            program: script,
            scheduler: scheduler.to_owned(),
            store: format!("s3://{BUCKET}/tables"),
        })
    }

    /// How many files of results each executor has made.
    pub fn worked(&self) -> [usize; 2] {
        fn files(folder: &Path) -> usize {
            let Ok(entries) = fs::read_dir(folder) else {
                return 0;
            };
            entries
                .map(|entry| entry.unwrap().path())
                .map(|path| if path.is_dir() { files(&path) } else { 1 })
                .sum()
        }
        [1, 2].map(|number| files(&self.root.path().join(format!("work-{number}"))))
    }

    /// The names of the objects in the store.
    pub fn objects(&self) -> Vec<String> {
        let folder = self.root.path().join("objects").join(BUCKET).join("tables");
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

/// Enough for small tables on a busy machine.
pub const LIMITS: Limits = Limits {
    wall_ms: 60_000,
    memory_mib: 512,
    rows: 10_000,
    bytes: 8 << 20,
};

/// A table made of CSV, as published files are: its file, in a folder.
pub fn table(folder: &Path, columns: &serde_json::Value, text: &str) -> PathBuf {
    let file = folder.join("file.csv");
    fs::write(&file, text).unwrap();
    let dataset: Dataset = serde_json::from_value(json!({
        "title": "A", "publisher": "B", "licence": "C", "format": "csv", "columns": columns,
    }))
    .unwrap();
    let converted = dfg_reader::run(&ConvertJob {
        dataset,
        file,
        out: folder.to_owned(),
        areas: None,
        rows_before: None,
        limits: LIMITS,
    })
    .unwrap();
    let hash = converted.table.unwrap().hash;
    folder.join(format!("{hash}.parquet"))
}

/// One file as a table.
pub fn alone(file: PathBuf) -> TableFiles {
    TableFiles {
        files: vec![file],
        key: Vec::new(),
    }
}

/// Asks the cluster.
pub fn ask(engine: &Engine, job: &QueryJob) -> Result<Vec<QueryAnswer>, EngineError> {
    match engine.run(&Job::Query(job.clone()))? {
        Answer::Query { answers, .. } => Ok(answers),
        other => panic!("{other:?}"),
    }
}
