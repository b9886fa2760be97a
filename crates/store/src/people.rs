//! Persons and the roles they hold: personal data, beside the ledger and never in it.
//!
//! An entry names a person by [`PersonId`] at most. Erasing takes name and address away and keeps
//! the id, so that what they did still has one author and the chain still verifies.

use std::{collections::BTreeMap, fmt};

use dfg_plan::Role;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Store, access::Token, error::StoreError, session::Session, statement::Value};

/// A person's random name inside the system: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PersonId(String);

impl PersonId {
    /// Reads an id, as it stands in an address.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == 32 && digits).then(|| Self(text.to_owned()))
    }

    fn random() -> Result<Self, StoreError> {
        Token::random().map(|token| Self(token.reveal()[..32].to_owned()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&PersonId> for Value {
    fn from(id: &PersonId) -> Self {
        id.as_str().into()
    }
}

impl From<Option<&PersonId>> for Value {
    fn from(id: Option<&PersonId>) -> Self {
        id.map(PersonId::as_str).into()
    }
}

/// Somebody who takes part, or took part.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// What entries name them by.
    pub id: PersonId,
    /// Their name; none once erased.
    pub name: Option<String>,
    /// Their address, in lower case; none once erased.
    pub email: Option<String>,
    /// When they were first invited.
    pub created_at: Timestamp,
    /// Since when they take part no more.
    pub removed_at: Option<Timestamp>,
    /// What they may do, see [`dfg_plan::policy`].
    pub roles: Vec<Role>,
}

impl Person {
    /// The name to show: an erased person is “a former participant” everywhere.
    pub fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or("a former participant")
    }
}

/// Somebody to be added.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Their roles.
    pub roles: Vec<Role>,
}

/// Something that happened to somebody's access.
#[derive(Clone, Debug, Serialize)]
pub struct AccessEvent {
    /// When.
    pub at: Timestamp,
    /// Whose access.
    pub person: Option<PersonId>,
    /// Who did it; none where the system or its operator did.
    pub actor: Option<PersonId>,
    /// What: `signed-in`, `invited` and so on.
    pub what: String,
    /// More, such as the roles; never personal data.
    pub detail: String,
}

/// An address as it is compared: without surrounding space, in lower case.
pub(crate) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(crate) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

type PersonRow = (String, Option<String>, Option<String>, i64, Option<i64>);

type EventRow = (i64, Option<String>, Option<String>, String, String);

impl Store {
    /// Adds somebody. Whoever was removed earlier comes back under the same id.
    ///
    /// [`StoreError::EmailTaken`] where somebody with the address takes part already.
    pub async fn add_person(
        &self,
        new: &NewPerson,
        by: Option<&PersonId>,
        at: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let (_guard, mut session) = self.write().await?;
        let id = session.add_person(new, by, at).await?;
        session.commit().await?;
        Ok(id)
    }

    /// Everybody, erased or not, by name.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        let mut session = self.read().await?;
        session
            .persons(
                "SELECT id, name, email, created_at, removed_at FROM persons \
                 WHERE $1 = 'all' ORDER BY name, id",
                "SELECT person, role FROM roles WHERE $1 = 'all' ORDER BY person, role",
                "all",
            )
            .await
    }

    /// Somebody by id.
    pub async fn person(&self, id: &PersonId) -> Result<Option<Person>, StoreError> {
        self.read().await?.person(id).await
    }

    /// Somebody who takes part, by address.
    pub async fn person_by_email(&self, email: &str) -> Result<Option<Person>, StoreError> {
        const SQL: &str = "SELECT id, name, email, created_at, removed_at FROM persons \
             WHERE email = $1 AND removed_at IS NULL";
        const ROLES: &str = "SELECT person, role FROM roles \
             WHERE person IN (SELECT id FROM persons WHERE email = $1) ORDER BY person, role";
        let mut session = self.read().await?;
        let found = session.persons(SQL, ROLES, &normal_email(email)).await?;
        Ok(found.into_iter().next())
    }

    /// Whether a programme lead takes part; otherwise the first start is still to come.
    pub async fn has_lead(&self) -> Result<bool, StoreError> {
        Ok(self.read().await?.count_leads().await? > 0)
    }

    /// Gives a person these roles and no others. Their sessions end; the one named by `renewed`
    /// goes on under its new token, for one who changes the own roles.
    pub async fn set_roles(
        &self,
        id: &PersonId,
        roles: &[Role],
        by: Option<&PersonId>,
        renewed: Option<(&Token, &Token)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write().await?;
        let leads = session.count_leads().await?;
        if let Some((old, new)) = renewed {
            session
                .run(
                    "UPDATE sessions SET token = $2 WHERE token = $1",
                    [old.hash().into(), new.hash().into()],
                    "renewing a session",
                )
                .await?;
        }
        session
            .run(
                "DELETE FROM sessions WHERE person = $1 AND token <> $2",
                [
                    id.into(),
                    renewed.map_or("".into(), |(_, new)| new.hash().into()),
                ],
                "ending sessions",
            )
            .await?;
        session.replace_roles(id, roles).await?;
        session
            .record_event(at, Some(id), by, "roles-changed", &listed(roles))
            .await?;
        session.keep_a_lead(leads).await?;
        session.commit().await
    }

    /// Ends somebody's taking part: roles, sessions and open links go, the name stays.
    pub async fn remove_person(
        &self,
        id: &PersonId,
        by: Option<&PersonId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write().await?;
        let leads = session.count_leads().await?;
        session.take_away_access(id, at).await?;
        session
            .record_event(at, Some(id), by, "removed", "")
            .await?;
        session.keep_a_lead(leads).await?;
        session.commit().await
    }

    /// Removes somebody and takes away all that says who they were; the id stays.
    pub async fn erase_person(
        &self,
        id: &PersonId,
        by: Option<&PersonId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write().await?;
        let leads = session.count_leads().await?;
        session.take_away_access(id, at).await?;
        session
            .run(
                "UPDATE persons SET name = NULL, email = NULL, erased_at = $2 \
                 WHERE id = $1 AND erased_at IS NULL",
                [id.into(), at.into()],
                "erasing a person",
            )
            .await?;
        session.record_event(at, Some(id), by, "erased", "").await?;
        session.keep_a_lead(leads).await?;
        session.commit().await
    }

    /// Notes that somebody changed what is shown, outside of the ledger: evidence.
    pub async fn note_evidence(
        &self,
        at: Timestamp,
        person: &PersonId,
        what: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        let (_turn, mut session) = self.write().await?;
        session
            .record_event(at, Some(person), Some(person), what, detail)
            .await?;
        session.commit().await
    }

    /// The latest events on anybody's access, newest first.
    pub async fn access_events(&self, limit: u32) -> Result<Vec<AccessEvent>, StoreError> {
        const SQL: &str = "SELECT at, person, actor, what, detail FROM access_events \
             ORDER BY seq DESC LIMIT $1";
        let mut session = self.read().await?;
        session.events(SQL, Value::from(i64::from(limit))).await
    }
}

fn listed(roles: &[Role]) -> String {
    let roles: Vec<String> = roles.iter().map(ToString::to_string).collect();
    roles.join(" ")
}

impl Session {
    pub(crate) async fn add_person(
        &mut self,
        new: &NewPerson,
        by: Option<&PersonId>,
        at: Timestamp,
    ) -> Result<PersonId, StoreError> {
        const KNOWN: &str = "SELECT id, removed_at FROM persons WHERE email = $1";
        let email = normal_email(&new.email);
        let known: Vec<(String, Option<i64>)> = self
            .find(KNOWN, [email.as_str().into()], "looking for a person")
            .await?;
        let id = match known.into_iter().next() {
            Some((_, None)) => return Err(StoreError::EmailTaken),
            Some((id, Some(_))) => {
                self.run(
                    "UPDATE persons SET removed_at = NULL, name = $2 WHERE id = $1",
                    [id.as_str().into(), new.name.trim().into()],
                    "bringing a person back",
                )
                .await?;
                PersonId(id)
            }
            None => {
                let id = PersonId::random()?;
                self.run(
                    "INSERT INTO persons (id, name, email, created_at) VALUES ($1, $2, $3, $4)",
                    [
                        (&id).into(),
                        new.name.trim().into(),
                        email.as_str().into(),
                        at.into(),
                    ],
                    "adding a person",
                )
                .await?;
                id
            }
        };
        self.replace_roles(&id, &new.roles).await?;
        self.record_event(at, Some(&id), by, "added", &listed(&new.roles))
            .await?;
        Ok(id)
    }

    pub(crate) async fn person(&mut self, id: &PersonId) -> Result<Option<Person>, StoreError> {
        const SQL: &str =
            "SELECT id, name, email, created_at, removed_at FROM persons WHERE id = $1";
        const ROLES: &str = "SELECT person, role FROM roles WHERE person = $1 ORDER BY role";
        let found = self.persons(SQL, ROLES, id.as_str()).await?;
        Ok(found.into_iter().next())
    }

    /// The persons that a statement finds by a key, with the roles that another finds by it.
    async fn persons(
        &mut self,
        sql: &'static str,
        roles: &'static str,
        key: &str,
    ) -> Result<Vec<Person>, StoreError> {
        let rows: Vec<PersonRow> = self.find(sql, [key.into()], "reading people").await?;
        let held: Vec<(String, String)> = self.find(roles, [key.into()], "reading roles").await?;
        let mut roles: BTreeMap<String, Vec<Role>> = BTreeMap::new();
        for (person, role) in held {
            // A role that a later version knows allows nothing here.
            if let Ok(role) = Role::parse(&role) {
                roles.entry(person).or_default().push(role);
            }
        }
        Ok(rows
            .into_iter()
            .map(|(id, name, email, created_at, removed_at)| {
                let mut roles = roles.remove(&id).unwrap_or_default();
                roles.sort();
                Person {
                    id: PersonId(id),
                    name,
                    email,
                    created_at: time(created_at),
                    removed_at: removed_at.map(time),
                    roles,
                }
            })
            .collect())
    }

    async fn replace_roles(&mut self, id: &PersonId, roles: &[Role]) -> Result<(), StoreError> {
        const DOING: &str = "changing roles";
        self.run("DELETE FROM roles WHERE person = $1", [id.into()], DOING)
            .await?;
        for role in roles {
            self.run(
                "INSERT INTO roles (person, role) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                [id.into(), role.to_string().as_str().into()],
                DOING,
            )
            .await?;
        }
        Ok(())
    }

    async fn take_away_access(&mut self, id: &PersonId, at: Timestamp) -> Result<(), StoreError> {
        const DOING: &str = "taking access away";
        self.replace_roles(id, &[]).await?;
        self.run("DELETE FROM sessions WHERE person = $1", [id.into()], DOING)
            .await?;
        self.run("DELETE FROM links WHERE person = $1", [id.into()], DOING)
            .await?;
        self.take_away_sign_on(id).await?;
        self.run(
            "DELETE FROM update_links WHERE person = $1",
            [id.into()],
            DOING,
        )
        .await?;
        self.run(
            "DELETE FROM calendars WHERE person = $1",
            [id.into()],
            DOING,
        )
        .await?;
        self.run(
            "UPDATE persons SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL",
            [id.into(), at.into()],
            DOING,
        )
        .await?;
        Ok(())
    }

    pub(crate) async fn count_leads(&mut self) -> Result<i64, StoreError> {
        const SQL: &str = "SELECT count(*) FROM roles WHERE role = $1";
        let lead = Role::ProgrammeLead.to_string();
        let rows: Vec<(i64,)> = self
            .find(SQL, [lead.as_str().into()], "counting programme leads")
            .await?;
        Ok(rows.first().map_or(0, |row| row.0))
    }

    /// Refuses to go on where there were programme leads before, and none is left.
    async fn keep_a_lead(&mut self, before: i64) -> Result<(), StoreError> {
        if before > 0 && self.count_leads().await? == 0 {
            return Err(StoreError::LastLead);
        }
        Ok(())
    }

    pub(crate) async fn record_event(
        &mut self,
        at: Timestamp,
        person: Option<&PersonId>,
        actor: Option<&PersonId>,
        what: &str,
        detail: &str,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO access_events (at, person, actor, what, detail) \
             VALUES ($1, $2, $3, $4, $5)";
        self.run(
            SQL,
            [
                at.into(),
                person.into(),
                actor.into(),
                what.into(),
                detail.into(),
            ],
            "recording an event",
        )
        .await
        .map(drop)
    }

    pub(crate) async fn events(
        &mut self,
        sql: &'static str,
        key: Value,
    ) -> Result<Vec<AccessEvent>, StoreError> {
        let rows: Vec<EventRow> = self.find(sql, [key], "reading events").await?;
        Ok(rows
            .into_iter()
            .map(|(at, person, actor, what, detail)| AccessEvent {
                at: time(at),
                person: person.map(PersonId),
                actor: actor.map(PersonId),
                what,
                detail,
            })
            .collect())
    }
}
