//! Settings: from the command line, the environment, `dfg.toml` or defaults, in this order.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use dfg_store::Store;
use serde::Serialize;
use toml_edit::DocumentMut;

use crate::{
    command::Options,
    output::{self, Failed},
};

/// The settings file that is read where none is named.
const FILE: &str = "dfg.toml";

/// One setting: its name, value, source and meaning.
#[derive(Clone, Debug, Serialize)]
pub struct Setting {
    /// The name, as on the command line and in `dfg.toml`.
    pub name: &'static str,
    /// The value; none where it is not set and has no default.
    pub value: Option<String>,
    /// Where the value comes from.
    pub source: &'static str,
    /// What it is for.
    pub meaning: &'static str,
}

/// Name, default and meaning of each setting; `docs/settings.md` lists them.
pub const KNOWN: [(&str, Option<&str>, &str); 17] = [
    (
        "region",
        None,
        "The region folder that is imported when the ledger is empty",
    ),
    ("data", Some("data"), "The folder where the ledger is kept"),
    ("listen", Some("127.0.0.1:8080"), "The address to serve on"),
    (
        "database",
        None,
        "The database; SQLite in the data folder where none is given",
    ),
    (
        "address",
        None,
        "The site's public address, for feeds and links in e-mail",
    ),
    (
        "smtp",
        None,
        "The mail server; e-mail is written to the outbox in the data folder where none is given",
    ),
    ("mail-from", Some("dfg@localhost"), "Whom e-mail comes from"),
    (
        "client-header",
        None,
        "The header in which a proxy names the client's network address",
    ),
    (
        "reminders",
        Some("on"),
        "Whether serving sends reminders: on or off",
    ),
    (
        "refresh",
        Some("on"),
        "Whether serving fetches published sources that are due: on or off",
    ),
    (
        "evidence.engine",
        None,
        "Who answers queries over evidence: this machine, or a cluster (ballista://HOST:PORT)",
    ),
    (
        "evidence.store",
        None,
        "The object store where a cluster finds tables (s3://BUCKET/PREFIX)",
    ),
    (
        "sign-on-issuer",
        None,
        "An organisation's own sign-on (OpenID Connect): the address of its provider",
    ),
    (
        "sign-on-client",
        None,
        "The name by which that provider knows this site",
    ),
    (
        "sign-on-secret-file",
        None,
        "The file with the secret that the provider gave this site",
    ),
    (
        "sign-on-name",
        Some("Sign in with your organisation"),
        "What the way in through that provider is called",
    ),
    ("log", None, "What to log"),
];

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Settings {
    all: Vec<Setting>,
}

impl Settings {
    /// Reads the settings.
    pub fn read(options: &Options) -> anyhow::Result<Self> {
        let file = read_file(options.config.as_deref())?;
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let given = |name: &str| match name {
            "region" => path(&options.region),
            "data" => path(&options.data),
            "listen" => options.listen.clone(),
            "database" => options.database.clone(),
            "address" => options.address.clone(),
            "smtp" => options.smtp.clone(),
            "mail-from" => options.mail_from.clone(),
            "client-header" => options.client_header.clone(),
            "reminders" => options.reminders.clone(),
            "refresh" => options.refresh.clone(),
            "evidence.engine" => options.evidence_engine.clone(),
            "evidence.store" => options.evidence_store.clone(),
            "sign-on-issuer" => options.sign_on_issuer.clone(),
            "sign-on-client" => options.sign_on_client.clone(),
            "sign-on-secret-file" => path(&options.sign_on_secret_file),
            "sign-on-name" => options.sign_on_name.clone(),
            _ => options.log.clone(),
        };
        let all = KNOWN
            .iter()
            .map(|(name, default, meaning)| {
                let written = file
                    .iter()
                    .find(|(key, _)| key == name)
                    .map(|(_, value)| value.clone());
                let (value, source) = match (given(name), written, default) {
                    (Some(value), ..) => (Some(value), "command line or environment"),
                    (None, Some(value), _) => (Some(value), "settings file"),
                    (None, None, Some(default)) => (Some((*default).to_owned()), "default"),
                    (None, None, None) => (None, "not set"),
                };
                Setting {
                    name,
                    value,
                    source,
                    meaning,
                }
            })
            .collect();
        Ok(Self { all })
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all
            .iter()
            .find(|setting| setting.name == name)?
            .value
            .as_deref()
    }

    /// The region folder, where one is set.
    pub fn region(&self) -> Option<PathBuf> {
        self.get("region").map(PathBuf::from)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        PathBuf::from(self.get("data").unwrap_or("data"))
    }

    /// The address to serve on.
    pub fn listen(&self) -> &str {
        self.get("listen").unwrap_or("127.0.0.1:8080")
    }

    /// The site's public address.
    pub fn address(&self) -> Option<String> {
        self.get("address")
            .map(|address| address.trim_end_matches('/').to_owned())
    }

    /// Where links in e-mail lead: the public address, or else where the server listens.
    pub fn link_address(&self, listening: &str) -> String {
        self.address()
            .unwrap_or_else(|| format!("http://{listening}"))
    }

    /// The mail server, with credentials.
    pub fn smtp(&self) -> Option<String> {
        self.get("smtp").map(str::to_owned)
    }

    /// Whom e-mail comes from.
    pub fn mail_from(&self) -> String {
        self.get("mail-from").unwrap_or("dfg@localhost").to_owned()
    }

    /// The header in which a proxy names the client's network address.
    pub fn client_header(&self) -> Option<String> {
        self.get("client-header").map(str::to_lowercase)
    }

    /// Whether serving sends reminders.
    pub fn sends_reminders(&self) -> bool {
        self.get("reminders") != Some("off")
    }

    /// Whether serving fetches published sources.
    pub fn fetches(&self) -> bool {
        self.get("refresh") != Some("off")
    }

    /// Who plans and where tables are, where a cluster answers queries; an error where only half of
    /// it is said.
    pub fn evidence_cluster(&self) -> anyhow::Result<Option<(&str, &str)>> {
        match (self.get("evidence.engine"), self.get("evidence.store")) {
            (None, None) => Ok(None),
            (Some(engine), _) if !engine.starts_with("ballista://") => {
                bail!("evidence.engine: write it like ballista://scheduler.example:50050")
            }
            (_, Some(store)) if !store.starts_with("s3://") => {
                bail!("evidence.store: write it like s3://bucket/folder")
            }
            (Some(engine), Some(store)) => Ok(Some((engine, store))),
            (Some(_), None) => bail!("evidence.store: a cluster needs one, s3://bucket/folder"),
            (None, Some(_)) => bail!("evidence.engine: only a cluster needs evidence.store"),
        }
    }

    /// The address of an organisation's own sign-on.
    pub fn sign_on_issuer(&self) -> Option<String> {
        self.get("sign-on-issuer").map(str::to_owned)
    }

    /// The name by which that sign-on knows this site.
    pub fn sign_on_client(&self) -> Option<String> {
        self.get("sign-on-client").map(str::to_owned)
    }

    /// The file with the secret that it gave this site.
    pub fn sign_on_secret_file(&self) -> Option<PathBuf> {
        self.get("sign-on-secret-file").map(PathBuf::from)
    }

    /// What the way in through it is called.
    pub fn sign_on_name(&self) -> String {
        self.get("sign-on-name").unwrap_or_default().to_owned()
    }

    /// Opens the ledger; makes the data folder where it is needed.
    pub async fn open_store(&self) -> anyhow::Result<Store> {
        let address = if let Some(database) = self.get("database") {
            database.to_owned()
        } else {
            let data = self.data();
            std::fs::create_dir_all(&data)
                .with_context(|| format!("cannot make the data folder {}", data.display()))?;
            data.join("ledger.sqlite").display().to_string()
        };
        Ok(Store::open(&address).await?)
    }

    /// `dfg config show`.
    pub fn show(&self, json: bool) -> anyhow::Result<()> {
        let mut all = self.all.clone();
        for setting in &mut all {
            if matches!(setting.name, "database" | "smtp") {
                setting.value = setting.value.take().map(|url| without_credentials(&url));
            }
        }
        if json {
            return output::json(&all);
        }
        for setting in all {
            let value = setting.value.as_deref().unwrap_or("—");
            output::line(format!(
                "{:<19} {value}  ({}; {})",
                setting.name, setting.source, setting.meaning
            ))?;
        }
        Ok(())
    }

    /// `dfg config check`.
    pub async fn check(&self) -> anyhow::Result<()> {
        let mut faults = Vec::new();
        if let Some(region) = self.region().filter(|region| !region.is_dir()) {
            faults.push(format!("region: {} is not a folder", region.display()));
        }
        if let Err(cause) = tokio::net::lookup_host(self.listen()).await {
            faults.push(format!(
                "listen: “{}” is not an address such as 127.0.0.1:8080: {cause}",
                self.listen()
            ));
        }
        let plain =
            |address: &str| address.starts_with("https://") || address.starts_with("http://");
        if self.get("address").is_some_and(|address| !plain(address)) {
            faults.push("address: write it like https://strategy.example".to_owned());
        }
        for name in ["reminders", "refresh"] {
            let word = self.get(name);
            if word.is_some_and(|word| !matches!(word, "on" | "off")) {
                faults.push(format!("{name}: write on or off"));
            }
        }
        if let Err(cause) = self.evidence_cluster() {
            faults.push(cause.to_string());
        }
        match self.open_store().await {
            Ok(store) => output::line(format!("The ledger at {} opens.", store.location()))?,
            Err(cause) => faults.push(format!("database: {cause:#}")),
        }
        if faults.is_empty() {
            return output::line("The settings can work.");
        }
        for fault in faults {
            output::note(fault);
        }
        Err(Failed.into())
    }
}

/// A database address fit to be shown.
fn without_credentials(url: &str) -> String {
    match url
        .split_once("://")
        .and_then(|(scheme, rest)| Some((scheme, rest.rsplit_once('@')?.1)))
    {
        Some((scheme, place)) => format!("{scheme}://…@{place}"),
        None => url.to_owned(),
    }
}

fn read_file(named: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    let path = named.unwrap_or(Path::new(FILE));
    if named.is_none() && !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the settings file {}", path.display()))?;
    let document: DocumentMut = text
        .parse()
        .with_context(|| format!("{} is not TOML", path.display()))?;
    let names: Vec<&str> = KNOWN.iter().map(|(name, ..)| *name).collect();
    let mut settings = Vec::new();
    let written = document
        .iter()
        .flat_map(|(key, item)| match item.as_table_like() {
            // `evidence.engine = "…"`, however it is laid out.
            Some(table) => table
                .iter()
                .map(|(below, item)| (format!("{key}.{below}"), item))
                .collect(),
            None => vec![(key.to_owned(), item)],
        });
    for (key, item) in written {
        if !names.contains(&key.as_str()) {
            let near = dfg_plan::rule::nearest(&key, names.iter().copied());
            let hint = near
                .map(|near| format!("; did you mean “{near}”?"))
                .unwrap_or_default();
            bail!("{}: there is no setting “{key}”{hint}", path.display());
        }
        let Some(value) = item.as_str() else {
            bail!(
                "{}: the setting “{key}” is a text: write it in quotes",
                path.display()
            );
        };
        settings.push((key, value.to_owned()));
    }
    Ok(settings)
}
