//! `dfg serve`: open the ledger, fill it where it is empty, serve the site and follow the ledger.

use std::{future::IntoFuture as _, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use dfg_plan::{History, PartialDate, spell_date};
use dfg_store::{Followed, Store, StoreError};
use dfg_web::{Access, Site, sign_on::SignOn};
use tokio::net::TcpListener;

use crate::{
    clock, evidence, ledger, mail, output, person, region, reminder, settings::Settings,
    sign_on::Provider,
};

/// How often the ledger is asked for entries that others appended.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);

/// Runs until the process is told to end.
pub async fn run(settings: &Settings) -> anyhow::Result<()> {
    let store = settings.open_store().await?;
    let mut history = ledger::load(&store).await?;
    if history.head().seq == 0 {
        history = fill(settings, &store).await?;
    }
    let listener = TcpListener::bind(settings.listen())
        .await
        .with_context(|| format!("cannot listen on {}", settings.listen()))?;
    let address = listener.local_addr()?;
    let link_address = settings.link_address(&address.to_string());
    let access = Access {
        store: store.clone(),
        mail: mail::open(settings)?,
        clock: || clock::now().0,
        address: link_address.clone(),
        client_header: settings.client_header(),
        sign_on: Provider::open(settings, &link_address)?
            .map(|provider| Arc::new(provider) as Arc<dyn SignOn>),
    };
    let shown = Arc::new(evidence::open(settings)?);
    if let Err(cause) = shown.show_kept(&history.current(), clock::now().0) {
        tracing::error!(
            cause = format!("{:#}", anyhow::Error::from(cause)),
            "no evidence is shown"
        );
    }
    let site = Site::with_access(
        history.clone(),
        dfg_web::Settings {
            address: settings.address(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            evidence: Some(Arc::clone(&shown)),
        },
        access.clone(),
    );
    person::welcome_first(&store, &link_address).await?;
    tracing::info!(
        entries = history.head().seq,
        ledger = store.location(),
        "serving on http://{address}"
    );
    let follower = tokio::spawn(follow(store.clone(), site.clone(), history));
    let sends = settings.sends_reminders();
    let sender = tokio::spawn(reminder::keep_sending(access, site.clone(), sends));
    let fetches = settings.fetches();
    let refresher = tokio::spawn(evidence::keep_up(shown, site.clone(), fetches));
    let service = dfg_web::router(site).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service);
    let ended = served.with_graceful_shutdown(told_to_end()).into_future();
    tokio::select! {
        ended = ended => ended?,
        () = async { told_to_end().await; tokio::time::sleep(Duration::from_secs(10)).await } => {
            tracing::warn!("some answers were not finished in ten seconds");
        }
    }
    follower.abort();
    sender.abort();
    refresher.abort();
    store.close().await;
    Ok(())
}

/// Imports the region into an empty ledger and publishes edition 1.
async fn fill(settings: &Settings, store: &Store) -> anyhow::Result<History> {
    let Some(dir) = settings.region() else {
        bail!(
            "the ledger is empty: name a region folder with --region DIR, or write one with `dfg region new DIR`"
        );
    };
    let (_, today) = clock::now();
    output::note(format!("The ledger is empty: importing {}", dir.display()));
    let read = region::read(&dir, today, false)?;
    let title = format!("The first edition, {}", spell_month(today.into()));
    let (entries, blobs) = ledger::first_entries(&read, &title)?;
    match store.append_all(&entries, &blobs).await {
        Ok(()) => output::note(format!(
            "Imported {} records as {} entries, and published edition 1.",
            read.plan.len(),
            entries.len()
        )),
        // Another server on the same database was quicker: its import stands.
        Err(StoreError::Moved { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    ledger::load(store).await
}

fn spell_month(date: PartialDate) -> String {
    let text = date.to_string();
    PartialDate::parse(&text[..7]).map_or(text, spell_date)
}

/// Shows what others append, as long as the server runs. A fault is told once, until it changes.
async fn follow(store: Store, site: Site, mut history: History) {
    let mut told = String::new();
    loop {
        tokio::time::sleep(FOLLOW_EVERY).await;
        match store.follow(&mut history).await {
            Ok(Followed::Same) => told.clear(),
            Ok(Followed::Advanced(entries)) => {
                tracing::info!(
                    entries,
                    head = history.head().seq,
                    "the ledger has new entries"
                );
                site.advance(history.clone());
            }
            Ok(Followed::Replaced(replacement)) => {
                tracing::warn!(head = replacement.head().seq, "the ledger was replaced");
                history = replacement;
                site.replace(history.clone());
            }
            Err(error) => {
                let text = format!("{:#}", anyhow::Error::from(error));
                if text != told {
                    tracing::error!(
                        cause = text,
                        "the ledger cannot be followed; pages stay as they are"
                    );
                    told = text;
                }
            }
        }
    }
}

async fn told_to_end() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
