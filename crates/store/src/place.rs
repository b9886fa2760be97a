//! Where a ledger is kept: reads the address, and says where it leads without its credentials.

use std::path::PathBuf;

use sqlx::postgres::PgConnectOptions;

use crate::error::StoreError;

/// A database, as its address names it.
#[derive(Clone)]
pub(crate) enum Place {
    /// A file.
    Sqlite(PathBuf),
    /// A database on a server.
    Postgres(Box<PgConnectOptions>),
}

impl Place {
    /// Reads `sqlite://PATH`, `sqlite:PATH`, a plain path, or `postgres://…`.
    pub(crate) fn parse(address: &str) -> Result<Self, StoreError> {
        if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            // The parser's message may quote a part of the address, and with it a password.
            return address
                .parse()
                .map(|options| Self::Postgres(Box::new(options)))
                .map_err(|_| {
                    StoreError::Address("it is not a PostgreSQL address: postgres://HOST/DATABASE")
                });
        }
        let path = address
            .strip_prefix("sqlite://")
            .or_else(|| address.strip_prefix("sqlite:"))
            .unwrap_or(address);
        if path.contains("://") {
            return Err(StoreError::Address(
                "a ledger lives in sqlite:PATH or postgres://HOST/DATABASE",
            ));
        }
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::Address("a ledger needs a file: sqlite:PATH"));
        }
        // SQLite reads a name that begins with “file:” as an address of its own.
        let path = if path.starts_with("file:") {
            format!("./{path}")
        } else {
            path.to_owned()
        };
        Ok(Self::Sqlite(path.into()))
    }

    /// Where it leads, fit to be shown: no user, no password.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(options) => {
                let host = options.get_socket().map_or_else(
                    || format!("{}:{}", options.get_host(), options.get_port()),
                    |socket| socket.display().to_string(),
                );
                let database = options.get_database().unwrap_or(options.get_username());
                format!("PostgreSQL database {database} on {host}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (address, shown) in [
            ("ledger.db", "ledger.db"),
            ("/var/lib/dfg/ledger.db", "/var/lib/dfg/ledger.db"),
            ("sqlite:ledger.db", "ledger.db"),
            ("sqlite:///srv/a b?c%20d.db", "/srv/a b?c%20d.db"),
            ("file:x", "./file:x"),
            (
                "postgres://ann:secret@db.example:5433/region",
                "PostgreSQL database region on db.example:5433",
            ),
            (
                "postgresql:///region?host=/run/postgresql",
                "PostgreSQL database region on /run/postgresql",
            ),
        ] {
            assert_eq!(Place::parse(address).unwrap().shown(), shown);
        }
    }

    #[test]
    fn a_wrong_address_is_refused_without_repeating_it() {
        for address in [
            "",
            "sqlite:",
            "sqlite::memory:",
            "mysql://ann:secret@host/db",
            "postgres://ann:secret@host:port/db",
            "postgres://ann:secret@host/db?sslmode=secret",
        ] {
            let error = Place::parse(address).err().unwrap();
            let told = format!("{error} {error:?}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
}
