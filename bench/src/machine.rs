//! What the figures were measured on.

use std::fs;

use anyhow::Context as _;
use jiff::Zoned;

/// Date, cores, memory and how busy the machine was, in a sentence or two.
pub fn describe() -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism()?;
    let memory = field(&fs::read_to_string("/proc/meminfo")?, "MemTotal")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let processor = fs::read_to_string("/proc/cpuinfo")?;
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(": "))
        .map_or("of an unnamed model", |(_, name)| name.trim());
    Ok(format!(
        "Measured on {} on {cores} cores ({processor}) with {:.0} GiB of memory. \
         The machine's load average was {load} when the run began.",
        Zoned::now().strftime("%-d %B %Y"),
        f64::from(u32::try_from(memory)?) / f64::from(1 << 20),
    ))
}

/// The resident memory of a process, in bytes.
pub fn resident(process: u32) -> anyhow::Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    Ok(field(&status, "VmRSS")? * 1024)
}

/// A field of a status file, in kibibytes.
fn field(text: &str, name: &str) -> anyhow::Result<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .with_context(|| format!("there is no {name}"))
}
