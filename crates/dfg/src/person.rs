//! `dfg person`: letting people in from the command line, and the first link of all.

use std::time::Duration;

use dfg_plan::Role;
use dfg_store::{Holder, NewLink, NewPerson, Store, Token};
use dfg_web::link_text;

use crate::{clock, command::InviteOptions, output, settings::Settings};

/// How long a link works that the command line prints.
const LIVES: Duration = Duration::from_hours(7 * 24);

/// `dfg person invite`: adds somebody, or gives somebody who is there another role, and prints a
/// link that lets them in.
pub async fn invite(settings: &Settings, options: InviteOptions) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let (now, _) = clock::now();
    let role = Role::parse(&options.role)?;
    let person = match store.person_by_email(&options.email).await? {
        Some(person) => {
            if !person.roles.contains(&role) {
                let mut roles = person.roles;
                roles.push(role);
                store.set_roles(&person.id, &roles, None, None, now).await?;
            }
            person.id
        }
        None => {
            let name = options.name.unwrap_or_else(|| options.email.clone());
            let new = NewPerson {
                name,
                email: options.email,
                roles: vec![role],
            };
            store.add_person(&new, None, now).await?
        }
    };
    let token = Token::random()?;
    let link = NewLink {
        holder: Holder::Invitation(&person),
        token: &token,
        at: now,
        lives: LIVES,
    };
    store.issue_link(&link).await?;
    store.close().await;
    let address = settings.link_address(settings.listen());
    output::line(link_text(&address, &token))
}

/// Prints a link for the first programme lead, as long as there is none.
pub async fn welcome_first(store: &Store, address: &str) -> anyhow::Result<()> {
    if store.has_lead().await? {
        return Ok(());
    }
    let token = Token::random()?;
    let (now, _) = clock::now();
    let link = NewLink {
        holder: Holder::FirstStart,
        token: &token,
        at: now,
        lives: LIVES,
    };
    store.issue_link(&link).await?;
    output::note(format!(
        "Nobody takes part yet. The programme lead begins here, within seven days:\n  {}",
        link_text(address, &token)
    ));
    Ok(())
}
