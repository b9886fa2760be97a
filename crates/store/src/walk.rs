//! Walking the chain: reads entries in chunks, checks and parses chunks side by side, and hands
//! them on in order.

use std::collections::VecDeque;

use dfg_plan::{
    Hash, Sealed,
    entry::{ChainFault, Head},
};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{
    error::StoreError,
    session::{Row, Session},
};

/// Entries in a chunk: large enough to outweigh handing it over, small enough to share out.
const CHUNK: i64 = 1000;

/// Walks the chain from `from` to its end, and checks that it ends where the ledger's recorded end
/// says. Hands on entries without their bodies, and gives the session back, still in the same
/// transaction.
pub(crate) async fn walk<E: From<StoreError> + From<ChainFault>>(
    mut session: Session,
    from: Head,
    mut take: impl FnMut(Vec<Sealed>) -> Result<(), E>,
) -> Result<(Session, Head), E> {
    let recorded = session.head().await?;
    let (sender, mut chunks) = mpsc::channel(2);
    let reader = tokio::spawn(read(session, from, sender));
    let side_by_side = std::thread::available_parallelism().map_or(2, usize::from);
    let mut opening: VecDeque<JoinHandle<Result<Vec<Sealed>, ChainFault>>> = VecDeque::new();
    let mut end = from;
    while let Some(rows) = chunks.recv().await {
        let start = end;
        end = stored_end(&rows, start);
        opening.push_back(tokio::task::spawn_blocking(move || open(start, rows)));
        if opening.len() > side_by_side
            && let Some(opened) = opening.pop_front()
        {
            take(opened.await.map_err(|_| StoreError::Stopped)??)?;
        }
    }
    for opened in opening {
        take(opened.await.map_err(|_| StoreError::Stopped)??)?;
    }
    let session = reader.await.map_err(|_| StoreError::Stopped)??;
    if end.seq < recorded.seq {
        return Err(ChainFault::CutOff {
            ends: end.seq,
            recorded: recorded.seq,
        }
        .into());
    }
    if end != recorded {
        return Err(ChainFault::WrongEnd {
            ends: end.seq,
            recorded: recorded.seq,
        }
        .into());
    }
    Ok((session, end))
}

/// Reads ahead while chunks are being checked; stops when nobody wants more.
async fn read(
    mut session: Session,
    from: Head,
    chunks: mpsc::Sender<Vec<Row>>,
) -> Result<Session, StoreError> {
    let mut after = crate::session::place(from.seq);
    loop {
        let rows = session.rows_after(after, CHUNK).await?;
        let Some(last) = rows.last() else {
            return Ok(session);
        };
        after = last.seq;
        if chunks.send(rows).await.is_err() {
            return Err(StoreError::Stopped);
        }
    }
}

/// What the next chunk must follow, going by what is stored. Where that is no hash, this chunk's
/// own check says so first.
fn stored_end(rows: &[Row], start: Head) -> Head {
    rows.last().map_or(start, |row| Head {
        seq: u64::try_from(row.seq).unwrap_or_default(),
        hash: Hash::parse(&row.hash).unwrap_or(Hash::ZERO),
    })
}

/// Checks and parses a chunk. The bodies have served their purpose and are let go here, side by
/// side, rather than by the one who takes the entries.
fn open(mut head: Head, rows: Vec<Row>) -> Result<Vec<Sealed>, ChainFault> {
    rows.into_iter()
        .map(|row| {
            let mut sealed = open_row(head, row)?;
            sealed.body = String::new();
            head = sealed.head();
            Ok(sealed)
        })
        .collect()
}

fn open_row(head: Head, row: Row) -> Result<Sealed, ChainFault> {
    let expected = head.seq + 1;
    let unreadable = |cause: String| ChainFault::Unreadable {
        seq: expected,
        cause,
    };
    let seq = u64::try_from(row.seq)
        .map_err(|_| unreadable(format!("its place in the ledger is {}", row.seq)))?;
    match (Hash::parse(&row.hash), row.body) {
        (Some(hash), Ok(body)) => Sealed::open(head, seq, hash, body),
        _ if seq != expected => Err(ChainFault::Missing {
            missing: expected,
            found: seq,
        }),
        (None, _) => Err(unreadable("its stored hash is not a hash".to_owned())),
        (_, Err(cause)) => Err(unreadable(cause)),
    }
}
