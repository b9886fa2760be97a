//! Who follows editions by e-mail.
//!
//! Nobody gets a letter who has not confirmed the address from its mailbox, and each letter carries
//! the link that ends them. Ending them deletes the row: nothing else is kept.

use std::time::Duration;

use dfg_plan::EditionId;
use jiff::Timestamp;

use crate::{
    Store,
    access::{Token, before},
    error::StoreError,
    people::time,
};

const READING: &str = "reading who follows editions";
const WRITING: &str = "writing who follows editions";

/// Somebody who follows editions, or has asked to.
#[derive(Clone, Debug)]
pub struct Follower {
    /// Names them in links: it confirms and ends the letters, and can do nothing else.
    pub token: Token,
    /// Where the letters go.
    pub email: String,
    /// When they confirmed; none before.
    pub confirmed_at: Option<Timestamp>,
}

type Row = (String, String, Option<i64>);

fn read((token, email, confirmed_at): Row) -> Option<Follower> {
    Some(Follower {
        token: Token::parse(&token)?,
        email,
        confirmed_at: confirmed_at.map(time),
    })
}

impl Store {
    /// Keeps that somebody asks to follow; gives them as they are kept, confirmed already or not.
    /// Whoever asked longer than `patience` ago and never confirmed is forgotten.
    pub async fn ask_to_follow(
        &self,
        email: &str,
        patience: Duration,
        at: Timestamp,
    ) -> Result<Option<Follower>, StoreError> {
        const OLD: &str = "DELETE FROM followers WHERE confirmed_at IS NULL AND asked_at < $1";
        const SQL: &str = "INSERT INTO followers (token, email, asked_at, heard) \
             VALUES ($1, $2, $3, '') ON CONFLICT DO NOTHING";
        const FIND: &str = "SELECT token, email, confirmed_at FROM followers WHERE email = $1";
        let token = Token::random()?;
        let (_guard, mut session) = self.write_beside().await?;
        let old = before(at, patience);
        session.run(OLD, [old.into()], WRITING).await?;
        let values = [token.reveal().into(), email.into(), at.into()];
        session.run(SQL, values, WRITING).await?;
        let rows: Vec<Row> = session.find(FIND, [email.into()], READING).await?;
        session.commit().await?;
        Ok(rows.into_iter().find_map(read))
    }

    /// Whom a link in a letter names.
    pub async fn follower(&self, token: &Token) -> Result<Option<Follower>, StoreError> {
        const SQL: &str = "SELECT token, email, confirmed_at FROM followers WHERE token = $1";
        let mut session = self.read().await?;
        let rows: Vec<Row> = session.find(SQL, [token.reveal().into()], READING).await?;
        Ok(rows.into_iter().find_map(read))
    }

    /// Confirms that somebody wants the letters, from the edition after `latest` on.
    pub async fn confirm_follower(
        &self,
        token: &Token,
        latest: Option<EditionId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE followers SET confirmed_at = $2, heard = $3 \
             WHERE token = $1 AND confirmed_at IS NULL";
        let latest = latest.map(|id| id.to_string()).unwrap_or_default();
        let values = [token.reveal().into(), at.into(), latest.as_str().into()];
        let (_guard, mut session) = self.write_beside().await?;
        session.run(SQL, values, WRITING).await?;
        session.commit().await
    }

    /// Ends the letters, and forgets the address.
    pub async fn end_following(&self, token: &Token) -> Result<(), StoreError> {
        let (_guard, mut session) = self.write_beside().await?;
        let values = [token.reveal().into()];
        session
            .run("DELETE FROM followers WHERE token = $1", values, WRITING)
            .await?;
        session.commit().await
    }

    /// Those who have confirmed and were not told of an edition yet.
    pub async fn untold_followers(&self, edition: EditionId) -> Result<Vec<Follower>, StoreError> {
        const SQL: &str = "SELECT token, email, confirmed_at FROM followers \
             WHERE confirmed_at IS NOT NULL AND heard <> $1 ORDER BY asked_at";
        let values = [edition.to_string().as_str().into()];
        let rows: Vec<Row> = self.read().await?.find(SQL, values, READING).await?;
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Takes on telling somebody of an edition. Of all servers that ask, one is to tell them.
    pub async fn claim_follower(
        &self,
        token: &Token,
        edition: EditionId,
    ) -> Result<bool, StoreError> {
        const SQL: &str = "UPDATE followers SET heard = $2 WHERE token = $1 AND heard <> $2";
        let values = [token.reveal().into(), edition.to_string().as_str().into()];
        let (_guard, mut session) = self.write_beside().await?;
        let claimed = session.run(SQL, values, WRITING).await?;
        session.commit().await?;
        Ok(claimed == 1)
    }
}
