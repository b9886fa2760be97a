//! Servers that are measured: each on a free port of this machine, ended when they go out of scope.

use std::{
    fs::File,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};

use crate::{http, machine};

/// The longest that a server may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first answer.
    pub first_answer: Duration,
}

impl Server {
    /// Starts a program on a free port, and waits until a path is answered with success.
    pub fn start(
        program: &Path,
        words: impl Fn(SocketAddr) -> Vec<String>,
        path: &str,
        log: &Path,
    ) -> anyhow::Result<Self> {
        let address = free_address()?;
        let name = program.display();
        let began = Instant::now();
        let process = Command::new(program)
            .args(words(address))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        let mut server = Self {
            process,
            address,
            first_answer: Duration::ZERO,
        };
        loop {
            if http::get(address, path, "gzip").is_ok_and(|answer| answer.status == 200) {
                server.first_answer = began.elapsed();
                return Ok(server);
            }
            let ended = server.process.try_wait()?;
            if ended.is_some() || began.elapsed() > PATIENCE {
                let said = std::fs::read_to_string(log).unwrap_or_default();
                bail!("{name} does not answer {path}: {said}");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Starts `dfg serve` over a data folder, filled from a region folder where it is empty.
    pub fn dfg(region: &Path, data: &Path) -> anyhow::Result<Self> {
        let words = |address: SocketAddr| {
            let shown = |path: &Path| path.display().to_string();
            let listen = address.to_string();
            let options = [
                ("--region", shown(region)),
                ("--data", shown(data)),
                ("--listen", listen),
            ];
            let options = options
                .into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value]);
            ["serve".to_owned()].into_iter().chain(options).collect()
        };
        let log = data.with_extension("log");
        Self::start(&beside("dfg")?, words, "/", &log)
    }

    /// Its resident memory, in bytes.
    pub fn resident(&self) -> anyhow::Result<u64> {
        machine::resident(self.process.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A program that was built together with this one.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    anyhow::ensure!(
        path.is_file(),
        "{name} is not built: start this through bench/run.sh"
    );
    Ok(path)
}

/// Nobody else asks for ports of this machine while a measurement runs, it is hoped.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
