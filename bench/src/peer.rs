//! The peers: a server that says two words, and Datasette over the same activities.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, ensure};

use crate::server::{Server, beside};

/// Makes a table of a CSV on standard input; the first column is the key.
const MAKE_TABLE: &str = include_str!("table.py");

/// The server that says two words.
pub fn hello(scratch: &Path) -> anyhow::Result<Server> {
    let log = scratch.join("hello.log");
    Server::start(
        &beside("hello")?,
        |address| vec![address.to_string()],
        "/",
        &log,
    )
}

/// Datasette over a list as the site gives it for download.
pub fn datasette(csv: &[u8], scratch: &Path) -> anyhow::Result<Server> {
    let programs = install()?;
    let file = scratch.join("activities.db");
    let mut make = Command::new(programs.join("python"))
        .args(["-c", MAKE_TABLE])
        .arg(&file)
        .stdin(Stdio::piped())
        .spawn()?;
    make.stdin
        .take()
        .context("the table has no input")?
        .write_all(csv)?;
    ensure!(make.wait()?.success(), "the peer's table cannot be made");
    let file = file.display().to_string();
    let log = scratch.join("datasette.log");
    Server::start(
        &programs.join("datasette"),
        |address| {
            let port = address.port().to_string();
            // As its manual advises for a file that does not change.
            [
                "serve",
                "--immutable",
                &file,
                "--host",
                "127.0.0.1",
                "--port",
                &port,
            ]
            .map(str::to_owned)
            .into()
        },
        "/activities/activities",
        &log,
    )
}

/// The version of Datasette that is measured.
pub fn datasette_version() -> anyhow::Result<String> {
    let output = Command::new(install()?.join("datasette"))
        .arg("--version")
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    Ok(said.trim().replace(", version", ""))
}

/// Python with packages of its own, installed once; its program.
pub fn python_with(name: &str, requirements: &str) -> anyhow::Result<PathBuf> {
    let folder = cache().join(name);
    let python = folder.join("bin/python");
    let done = folder.join("installed.txt");
    if fs::read_to_string(&done).is_ok_and(|installed| installed == requirements) {
        return Ok(python);
    }
    fs::create_dir_all(&folder)?;
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let packages = requirements.split_whitespace();
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet"])
        .args(packages))?;
    fs::write(done, requirements)?;
    Ok(python)
}

/// Where peers are kept from run to run.
fn cache() -> PathBuf {
    std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
}

/// Datasette in an environment of its own, made once; the folder of its programs.
fn install() -> anyhow::Result<PathBuf> {
    let folder = cache().join("dfg-bench");
    let programs = folder.join("bin");
    if programs.join("datasette").is_file() {
        return Ok(programs);
    }
    fs::create_dir_all(&folder)?;
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    run(Command::new(programs.join("pip")).args(["install", "--quiet", "datasette==0.65.5"]))?;
    Ok(programs)
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let done = command
        .status()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    ensure!(done.success(), "the peer cannot be installed");
    Ok(())
}
