//! Reminders, news to those who raised signals, and erasing what was kept long enough: by hand, and
//! again and again while the server runs. No outside scheduler is needed.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use dfg_web::{Access, Site};

use crate::{clock, ledger, mail, output, settings::Settings};

/// How long after the start the first pass begins.
const FIRST: Duration = Duration::from_secs(5);
/// How long lies between two passes.
const EVERY: Duration = Duration::from_mins(15);
/// How long a command waits for its e-mail to leave.
const PATIENCE: Duration = Duration::from_mins(2);

/// `dfg reminders send`: sends what is due now, or says what would be sent.
pub async fn send(settings: &Settings, is_trial: bool) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let history = ledger::load(&store).await?;
    let access = Access {
        store: store.clone(),
        mail: mail::open(settings)?,
        clock: || clock::now().0,
        address: settings.link_address(settings.listen()),
        client_header: None,
        sign_on: None,
    };
    let letters = dfg_web::send_reminders(&access, &history, is_trial).await?;
    for letter in &letters {
        output::line(format!("{}: {}", letter.to, letter.subject))?;
        if is_trial {
            output::line(&letter.text)?;
        }
    }
    let count = letters.len();
    output::note(match (count, is_trial) {
        (0, _) => "No reminder is due.".to_owned(),
        (1, true) => "1 e-mail would be sent; nothing was sent.".to_owned(),
        (_, true) => format!("{count} e-mails would be sent; nothing was sent."),
        (1, false) => "1 e-mail was sent.".to_owned(),
        (_, false) => format!("{count} e-mails were sent."),
    });
    let sent = async {
        while access.mail.in_hand() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, sent)
        .await
        .context("some e-mail has not left within two minutes: see the log")?;
    store.close().await;
    Ok(())
}

/// Sends what is due for as long as the server runs, unless the operator says not to; what was kept
/// long enough is erased all the same, for that was promised. A pass that fails, even by a panic, is told in
/// the log, and the next one begins as if nothing had happened.
pub async fn keep_sending(access: Access, site: Site, sends: bool) {
    let access = Arc::new(access);
    let mut wait = FIRST;
    loop {
        tokio::time::sleep(wait).await;
        wait = EVERY;
        let pass = tokio::spawn(pass(Arc::clone(&access), site.clone(), sends));
        match pass.await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => {
                let cause = format!("{cause:#}");
                tracing::error!(cause, "reminders could not be sent; they are tried again");
            }
            Err(cause) => tracing::error!(%cause, "sending reminders broke off"),
        }
    }
}

async fn pass(access: Arc<Access>, site: Site, sends: bool) -> anyhow::Result<()> {
    let erased = dfg_web::erase_old(&access).await?;
    if !sends {
        return Ok(());
    }
    let history = site.history();
    let reminders = dfg_web::send_reminders(&access, &history, false).await?;
    let news = dfg_web::tell_news(&access, &history.current()).await?;
    let followers = dfg_web::tell_followers(&access, &history).await?;
    if !reminders.is_empty() || news + followers > 0 || erased > 0 {
        let reminders = reminders.len();
        tracing::info!(reminders, news, followers, erased, "sent what was due");
    }
    Ok(())
}
