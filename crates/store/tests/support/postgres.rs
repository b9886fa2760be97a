//! A real `PostgreSQL` for the tests: the server that `DFG_TEST_POSTGRES_URL` names, or a private one.
//!
//! The private server is shared by all test processes. The first one to need it starts a process
//! that keeps it (this test program again, at [`keeper`]), which stops the server and deletes its
//! files once no test has used it for some seconds. Everybody finds each other through files in
//! the build folder: `state` says where the server is, `users` is locked by every test that uses
//! it, `start` by one that starts it, `keeper` by the process that keeps it.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::{
        fs::{MetadataExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, SystemTime},
};

use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, postgres::PgConnectOptions,
};

const IDLE: Duration = Duration::from_secs(8);
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(100);

/// Makes a database, and gives its address.
pub async fn fresh_database() -> String {
    fresh_database_in("UTF8").await
}

/// Makes a database that keeps text in an encoding.
pub async fn fresh_database_in(encoding: &str) -> String {
    let server = server().await;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap();
    let name = format!(
        "dfg_test_{}_{}_{}",
        std::process::id(),
        now.subsec_nanos(),
        super::unique()
    );
    let mut connection = server.connect().await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}'");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    server.database(&name).to_url_lossy().to_string()
}

/// Drops a database, whoever is connected.
pub async fn drop_database(address: &str) {
    let options: PgConnectOptions = address.parse().unwrap();
    let name = options.get_database().unwrap().to_owned();
    let mut connection = server().await.connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut connection)
        .await
        .unwrap();
}

/// The lock that says that this process uses the private server; held until it ends.
static USING: OnceLock<File> = OnceLock::new();

/// The server to use, by its maintenance database.
async fn server() -> PgConnectOptions {
    if let Ok(address) = std::env::var("DFG_TEST_POSTGRES_URL") {
        return address
            .parse()
            .expect("DFG_TEST_POSTGRES_URL is no PostgreSQL address");
    }
    let folder = meeting_place();
    USING.get_or_init(|| {
        // Waits while a server is being stopped.
        let users = lock_file(&folder.join("users"));
        users.lock_shared().unwrap();
        users
    });
    let start = lock_file(&folder.join("start"));
    tokio::task::spawn_blocking({
        let folder = folder.clone();
        move || {
            start.lock().unwrap();
            if lock_file(&folder.join("keeper")).try_lock().is_ok() {
                start_keeper(&folder);
            }
        }
    })
    .await
    .unwrap();
    options(Path::new(
        fs::read_to_string(folder.join("state")).unwrap().trim(),
    ))
}

fn options(folder: &Path) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(folder)
        .port(5432)
        .username("postgres")
        .database("postgres")
}

fn meeting_place() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn lock_file(path: &Path) -> File {
    let mut open = OpenOptions::new();
    open.read(true).write(true).create(true).truncate(false);
    open.open(path).unwrap()
}

#[expect(clippy::zombie_processes, reason = "the keeper outlives this process")]
fn start_keeper(folder: &Path) {
    programs();
    let (state, log) = (folder.join("state"), folder.join("log"));
    let _ = fs::remove_file(&state);
    let told = File::create(&log).unwrap();
    // In a group of its own, so that it outlives the test that starts it.
    let mut keeper = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "support::postgres::keeper",
            "--ignored",
            "--nocapture",
        ])
        .env("DFG_TEST_KEEP_POSTGRES", folder)
        .stdin(Stdio::null())
        .stdout(told.try_clone().unwrap())
        .stderr(told)
        .process_group(0)
        .spawn()
        .unwrap();
    let deadline = SystemTime::now() + PATIENCE;
    while !state.exists() {
        let gone = keeper.try_wait().unwrap().is_some();
        if gone || SystemTime::now() > deadline {
            let told = fs::read_to_string(&log).unwrap_or_default();
            panic!("PostgreSQL did not start:\n{told}");
        }
        sleep(LOOK);
    }
}

/// The process that keeps the server; an ordinary test run never gets here.
#[test]
#[ignore = "keeps the server of the other tests"]
fn keeper() {
    let Some(folder) = std::env::var_os("DFG_TEST_KEEP_POSTGRES").map(PathBuf::from) else {
        return;
    };
    let kept = lock_file(&folder.join("keeper"));
    kept.lock().unwrap();
    let server = Server::start();
    let partial = folder.join("state.partial");
    fs::write(&partial, server.folder.path().display().to_string()).unwrap();
    fs::rename(partial, folder.join("state")).unwrap();
    let users = lock_file(&folder.join("users"));
    let mut idle = Duration::ZERO;
    while idle < IDLE {
        sleep(LOOK);
        // Nobody can come in between the last look and the end: the lock is held from here on.
        if users.try_lock().is_err() {
            idle = Duration::ZERO;
        } else {
            idle += LOOK;
            if idle < IDLE {
                users.unlock().unwrap();
            }
        }
    }
    fs::remove_file(folder.join("state")).unwrap();
}

/// A running server in a folder of its own, gone when dropped.
struct Server {
    process: Child,
    folder: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new()
            .prefix("dfg-pg-")
            .tempdir()
            .unwrap();
        let user = unprivileged(folder.path());
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let data = folder.path().join("data");
        let command = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).stdin(Stdio::null());
            if let Some((uid, gid)) = user {
                command.uid(uid).gid(gid);
            }
            command
        };
        let made = command("initdb")
            .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--no-instructions", "--pgdata"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(made.success(), "initdb failed");
        // The data goes with the tests, so it need not survive a loss of power.
        let settings = "listen_addresses= fsync=off full_page_writes=off max_connections=200 \
             shared_buffers=32MB autovacuum=off";
        let mut process = command("postgres");
        process
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-p", "5432"]);
        for setting in settings.split_whitespace() {
            process.args(["-c", setting]);
        }
        let process = process.spawn().unwrap();
        let mut server = Self { process, folder };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let deadline = SystemTime::now() + PATIENCE;
        let options = options(self.folder.path());
        while runtime
            .block_on(PgConnection::connect_with(&options))
            .is_err()
        {
            let gone = self.process.try_wait().unwrap().is_some();
            assert!(
                !gone && SystemTime::now() < deadline,
                "the server does not answer"
            );
            sleep(LOOK);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A quick but orderly end (SIGINT), so that nothing stays behind in shared memory.
        let id = self.process.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            sleep(LOOK);
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The server refuses to run as root: the user to run it as, where that is who we are.
fn unprivileged(folder: &Path) -> Option<(u32, u32)> {
    if fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    let number = |name: &str, what: &str| -> Option<u32> {
        let output = Command::new("id").args([what, name]).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    let user = ["postgres", "nobody"]
        .iter()
        .find_map(|name| Some((number(name, "-u")?, number(name, "-g")?)));
    Some(user.expect("PostgreSQL does not run as root: add a user named postgres"))
}

/// The folder with `PostgreSQL`'s programs.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path);
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = configured.and_then(|output| String::from_utf8(output.stdout).ok());
    let configured = configured.map(|folder| PathBuf::from(folder.trim()));
    let mut packaged: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flatten()
        .filter_map(|folder| Some(folder.ok()?.path().join("bin")))
        .collect();
    packaged.sort();
    on_path
        .chain(configured)
        .chain(packaged.into_iter().rev())
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .expect(
            "the tests need PostgreSQL: install the server (Debian and Ubuntu: apt install \
             postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql), \
             or set DFG_TEST_POSTGRES_URL to a server on which databases may be created",
        )
}
