//! Other ways in than a link: an organisation's own sign-on, and passkeys.
//!
//! Both are begun and finished in one browser. What finishing needs is kept here as JSON that only
//! the feature reads; it is taken out once, however many ask for it at the same time.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    NewSession, Store, StoreError, Token,
    access::after,
    people::{PersonId, normal_email, time},
    session::Session,
    statement::{from_json, to_json},
};

/// The most passkeys of one person.
pub const MOST_PASSKEYS: usize = 20;

/// What was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    /// Signing in at an organisation's sign-on.
    SignOn,
    /// Adding a passkey to one's own account.
    AddPasskey,
    /// Signing in with a passkey.
    UsePasskey,
}

impl Ceremony {
    fn word(self) -> &'static str {
        match self {
            Self::SignOn => "sign-on",
            Self::AddPasskey => "add-passkey",
            Self::UsePasskey => "use-passkey",
        }
    }
}

/// A ceremony that begins.
#[derive(Clone, Copy, Debug)]
pub struct NewCeremony<'a> {
    /// Which.
    pub ceremony: Ceremony,
    /// The secret by which it is found again.
    pub token: &'a Token,
    /// The secret of the browser in which it began.
    pub browser: &'a Token,
    /// Who adds a passkey.
    pub person: Option<&'a PersonId>,
    /// When it begins.
    pub at: Timestamp,
    /// How long it may take.
    pub lives: Duration,
}

/// Somebody as an organisation's sign-on names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The address of the sign-on.
    pub issuer: String,
    /// Their name there: never given to another.
    pub subject: String,
    /// Their e-mail address, where the sign-on vouches for it.
    pub email: Option<String>,
}

/// A passkey as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyNote {
    /// The credential's identifier, in base64url.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

impl Store {
    /// Begins a ceremony; those whose time is over are forgotten.
    pub async fn begin_ceremony(
        &self,
        new: &NewCeremony<'_>,
        kept: &impl Serialize,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO ceremonies (token, browser, purpose, person, kept, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        const DOING: &str = "beginning a ceremony";
        let kept = to_json("a ceremony", kept)?;
        let mut session = self.change().await?;
        session
            .run(
                "DELETE FROM ceremonies WHERE expires_at <= $1",
                [new.at.into()],
                DOING,
            )
            .await?;
        session
            .run(
                SQL,
                [
                    new.token.hash().into(),
                    new.browser.hash().into(),
                    new.ceremony.word().into(),
                    new.person.into(),
                    kept.as_str().into(),
                    after(new.at, new.lives).into(),
                ],
                DOING,
            )
            .await?;
        session.commit().await
    }

    /// Takes out what was kept of a ceremony; none where it is over, was finished before, or began
    /// in another browser or for another person.
    pub async fn end_ceremony<T: DeserializeOwned>(
        &self,
        ceremony: Ceremony,
        token: &Token,
        browser: &Token,
        person: Option<&PersonId>,
        at: Timestamp,
    ) -> Result<Option<T>, StoreError> {
        const SQL: &str = "DELETE FROM ceremonies WHERE token = $1 AND browser = $2 \
             AND purpose = $3 AND expires_at > $4 AND COALESCE(person, '') = $5 RETURNING kept";
        let mut session = self.change().await?;
        let rows: Vec<(String,)> = session
            .find(
                SQL,
                [
                    token.hash().into(),
                    browser.hash().into(),
                    ceremony.word().into(),
                    at.into(),
                    person.map_or("", PersonId::as_str).into(),
                ],
                "ending a ceremony",
            )
            .await?;
        session.commit().await?;
        rows.first()
            .map(|row| from_json("a ceremony", &row.0))
            .transpose()
    }

    /// Begins a session for whoever an organisation's sign-on names; none where nobody here is known
    /// by that name. At first it is bound to the person with the e-mail address that the sign-on
    /// vouches for; from then on the address there may change.
    pub async fn enter_by_identity(
        &self,
        identity: &Identity,
        new: &NewSession<'_>,
    ) -> Result<Option<PersonId>, StoreError> {
        const KNOWN: &str = "SELECT persons.id FROM identities \
             JOIN persons ON persons.id = identities.person \
             WHERE issuer = $1 AND subject = $2 AND persons.removed_at IS NULL";
        const BY_EMAIL: &str = "SELECT id FROM persons WHERE email = $1 AND removed_at IS NULL";
        const BIND: &str = "INSERT INTO identities (issuer, subject, person, created_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        const DOING: &str = "signing on";
        let (issuer, subject) = (identity.issuer.as_str(), identity.subject.as_str());
        let mut session = self.change().await?;
        let known: Vec<(String,)> = session
            .find(KNOWN, [issuer.into(), subject.into()], DOING)
            .await?;
        let person = match (known.first(), &identity.email) {
            (Some(row), _) => PersonId::parse(&row.0),
            (None, Some(email)) => {
                let email = normal_email(email);
                let found: Vec<(String,)> = session
                    .find(BY_EMAIL, [email.as_str().into()], DOING)
                    .await?;
                found.first().and_then(|row| PersonId::parse(&row.0))
            }
            (None, None) => None,
        };
        let Some(person) = person else {
            return Ok(None);
        };
        if known.is_empty() {
            let bound = session
                .run(
                    BIND,
                    [
                        issuer.into(),
                        subject.into(),
                        (&person).into(),
                        new.at.into(),
                    ],
                    DOING,
                )
                .await?;
            if bound != 1 {
                // Somebody who was removed bears the name, or the person has another one there.
                return Ok(None);
            }
            session
                .record_event(
                    new.at,
                    Some(&person),
                    Some(&person),
                    "identity-bound",
                    issuer,
                )
                .await?;
        }
        session.begin_session(&person, new).await?;
        session.commit().await?;
        Ok(Some(person))
    }

    /// Adds a passkey; whether it was new. Nobody has more than [`MOST_PASSKEYS`].
    pub async fn add_passkey(
        &self,
        person: &PersonId,
        id: &str,
        name: &str,
        passkey: &impl Serialize,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "INSERT INTO passkeys (id, person, name, passkey, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        let passkey = to_json("a passkey", passkey)?;
        let mut session = self.change().await?;
        if session.passkeys_of(person).await?.len() >= MOST_PASSKEYS {
            return Ok(false);
        }
        let added = session
            .run(
                SQL,
                [
                    id.into(),
                    person.into(),
                    name.into(),
                    passkey.as_str().into(),
                    at.into(),
                ],
                "adding a passkey",
            )
            .await?;
        if added == 1 {
            session
                .record_event(at, Some(person), Some(person), "passkey-added", "")
                .await?;
        }
        session.commit().await?;
        Ok(added == 1)
    }

    /// A person's passkeys, oldest first.
    pub async fn passkeys(&self, person: &PersonId) -> Result<Vec<PasskeyNote>, StoreError> {
        self.read().await?.passkeys_of(person).await
    }

    /// Takes one of a person's own passkeys away; whether there was one.
    pub async fn remove_passkey(
        &self,
        person: &PersonId,
        id: &str,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut session = self.change().await?;
        let removed = session
            .run(
                "DELETE FROM passkeys WHERE person = $1 AND id = $2",
                [person.into(), id.into()],
                "removing a passkey",
            )
            .await?;
        if removed > 0 {
            session
                .record_event(at, Some(person), Some(person), "passkey-removed", "")
                .await?;
        }
        session.commit().await?;
        Ok(removed > 0)
    }

    /// A passkey and whose it is, where they take part.
    pub async fn passkey<T: DeserializeOwned>(
        &self,
        id: &str,
    ) -> Result<Option<(PersonId, T)>, StoreError> {
        const SQL: &str = "SELECT persons.id, passkeys.passkey FROM passkeys \
             JOIN persons ON persons.id = passkeys.person \
             WHERE passkeys.id = $1 AND persons.removed_at IS NULL";
        let rows: Vec<(String, String)> = self
            .read()
            .await?
            .find(SQL, [id.into()], "reading a passkey")
            .await?;
        let Some((person, passkey)) = rows.first() else {
            return Ok(None);
        };
        let Some(person) = PersonId::parse(person) else {
            return Ok(None);
        };
        Ok(Some((person, from_json("a passkey", passkey)?)))
    }

    /// Begins a session for the owner of a passkey that has just proved itself, and keeps what it
    /// now counts; none where it was taken away meanwhile.
    pub async fn enter_by_passkey(
        &self,
        person: &PersonId,
        id: &str,
        passkey: &impl Serialize,
        new: &NewSession<'_>,
    ) -> Result<Option<PersonId>, StoreError> {
        const SQL: &str = "UPDATE passkeys SET passkey = $3, used_at = $4 \
             WHERE id = $1 AND person = $2 \
             AND person IN (SELECT id FROM persons WHERE removed_at IS NULL)";
        let passkey = to_json("a passkey", passkey)?;
        let mut session = self.change().await?;
        let used = session
            .run(
                SQL,
                [
                    id.into(),
                    person.into(),
                    passkey.as_str().into(),
                    new.at.into(),
                ],
                "using a passkey",
            )
            .await?;
        if used != 1 {
            return Ok(None);
        }
        session.begin_session(person, new).await?;
        session.commit().await?;
        Ok(Some(person.clone()))
    }
}

impl Session {
    async fn passkeys_of(&mut self, person: &PersonId) -> Result<Vec<PasskeyNote>, StoreError> {
        const SQL: &str = "SELECT id, name, created_at, used_at FROM passkeys \
             WHERE person = $1 ORDER BY created_at, id";
        let rows: Vec<(String, String, i64, Option<i64>)> =
            self.find(SQL, [person.into()], "reading passkeys").await?;
        let note =
            |(id, name, created_at, used_at): (String, String, i64, Option<i64>)| PasskeyNote {
                id,
                name,
                created_at: time(created_at),
                used_at: used_at.map(time),
            };
        Ok(rows.into_iter().map(note).collect())
    }

    /// Takes away every way in that is not a link.
    pub(crate) async fn take_away_sign_on(&mut self, person: &PersonId) -> Result<(), StoreError> {
        for sql in [
            "DELETE FROM ceremonies WHERE person = $1",
            "DELETE FROM identities WHERE person = $1",
            "DELETE FROM passkeys WHERE person = $1",
        ] {
            self.run(sql, [person.into()], "taking access away").await?;
        }
        Ok(())
    }
}
