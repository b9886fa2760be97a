//! Texts compared word by word.

use similar::{ChangeTag, TextDiff};

use super::Piece;

/// The difference of two texts in pieces: words that stayed, went and came. Texts of which less
/// than half can have stayed are told whole, the old and the new: mixed, nobody could read them.
pub fn diff_words(old: &str, new: &str) -> Vec<Piece> {
    if is_another(old, new) {
        let gone = (!old.is_empty()).then(|| Piece::Removed(old.to_owned()));
        let come = (!new.is_empty()).then(|| Piece::Inserted(new.to_owned()));
        return gone.into_iter().chain(come).collect();
    }
    let diff = TextDiff::from_words(old, new);
    let mut pieces: Vec<Piece> = Vec::new();
    for change in diff.iter_all_changes() {
        let words = change.value();
        match (change.tag(), pieces.last_mut()) {
            (ChangeTag::Equal, Some(Piece::Text(text)))
            | (ChangeTag::Delete, Some(Piece::Removed(text)))
            | (ChangeTag::Insert, Some(Piece::Inserted(text))) => text.push_str(words),
            (ChangeTag::Equal, _) => pieces.push(Piece::Text(words.to_owned())),
            (ChangeTag::Delete, _) => pieces.push(Piece::Removed(words.to_owned())),
            (ChangeTag::Insert, _) => pieces.push(Piece::Inserted(words.to_owned())),
        }
    }
    shorten(pieces)
}

/// Whether fewer words stand in both texts than half of those in the shorter one.
fn is_another(old: &str, new: &str) -> bool {
    let sorted = |text| {
        let mut words: Vec<&str> = str::split_ascii_whitespace(text).collect();
        words.sort_unstable();
        words
    };
    let (old, new) = (sorted(old), sorted(new));
    let mut rest = new.as_slice();
    let mut shared = 0;
    for word in &old {
        let smaller = rest.iter().take_while(|other| *other < word).count();
        rest = &rest[smaller..];
        if rest.first() == Some(word) {
            shared += 1;
            rest = &rest[1..];
        }
    }
    2 * shared < old.len().min(new.len())
}

/// Unchanged stretches keep this many words beside a change.
const CONTEXT: usize = 8;

/// Leaves out the middle of long unchanged stretches.
fn shorten(pieces: Vec<Piece>) -> Vec<Piece> {
    let last = pieces.len().saturating_sub(1);
    pieces
        .into_iter()
        .enumerate()
        .map(|(index, piece)| match piece {
            Piece::Text(text) => {
                let words: Vec<&str> = text.split_inclusive(' ').collect();
                let (head, tail) = (
                    if index == 0 { 0 } else { CONTEXT },
                    if index == last { 0 } else { CONTEXT },
                );
                if words.len() <= head + tail + 4 {
                    return Piece::Text(text);
                }
                let start: String = words[..head].concat();
                let end: String = words[words.len() - tail..].concat();
                Piece::Text(format!("{start}… {end}"))
            }
            other => other,
        })
        .collect()
}
