//! The private addresses of people's calendars: one a person, of which only the hash is kept.

use jiff::Timestamp;

use crate::{
    Store,
    access::Token,
    error::StoreError,
    people::{Person, PersonId},
};

impl Store {
    /// Gives a person's calendar a new address; the old one leads nowhere from then on.
    pub async fn issue_calendar(
        &self,
        person: &PersonId,
        token: &Token,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO calendars (person, token, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (person) DO UPDATE SET \
             token = excluded.token, created_at = excluded.created_at";
        let (_guard, mut session) = self.write_beside().await?;
        let values = [person.into(), token.hash().into(), at.into()];
        session.run(SQL, values, "issuing a calendar").await?;
        session.commit().await
    }

    /// Takes the address of a person's calendar away.
    pub async fn close_calendar(&self, person: &PersonId) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        session
            .run(
                "DELETE FROM calendars WHERE person = $1",
                [person.into()],
                "closing a calendar",
            )
            .await?;
        session.commit().await
    }

    /// Whether a person's calendar has an address.
    pub async fn has_calendar(&self, person: &PersonId) -> Result<bool, StoreError> {
        let rows: Vec<(String,)> = self
            .read()
            .await?
            .find(
                "SELECT person FROM calendars WHERE person = $1",
                [person.into()],
                "reading a calendar",
            )
            .await?;
        Ok(!rows.is_empty())
    }

    /// Whose calendar an address leads to; none where it leads nowhere, or the person takes part
    /// no more.
    pub async fn calendar_of(&self, token: &Token) -> Result<Option<Person>, StoreError> {
        let rows: Vec<(String,)> = self
            .read()
            .await?
            .find(
                "SELECT person FROM calendars WHERE token = $1",
                [token.hash().into()],
                "reading a calendar",
            )
            .await?;
        let Some(id) = rows
            .into_iter()
            .next()
            .and_then(|(id,)| PersonId::parse(&id))
        else {
            return Ok(None);
        };
        let person = self.person(&id).await?;
        Ok(person.filter(|person| person.removed_at.is_none()))
    }
}
