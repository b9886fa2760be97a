//! Cells that a spreadsheet shows and never runs.

use std::borrow::Cow;

/// A cell's text, kept from being read as a formula: an apostrophe goes before what begins with
/// `=`, `+`, `-`, `@`, a tab or a line end, also behind spaces, quotes or other signs that a
/// spreadsheet may drop.
pub(crate) fn neutralise(text: &str) -> Cow<'_, str> {
    if is_risky(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a spreadsheet could take a text for a formula.
fn is_risky(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let rest = text.trim_start_matches(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}')
    });
    // Full-width signs are folded to plain ones by some spreadsheets.
    rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        || text[..text.len() - rest.len()].contains(['\t', '\r'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_become_text() {
        for risky in [
            "=1+1",
            "+1",
            "-1+1",
            "@SUM(A1)",
            "\t=1",
            "\rx",
            "\n=1",
            "  =1",
            "\"=1",
            " \" =cmd|' /C calc'!A0",
            "'=1",
            "\u{feff}=1",
            "\u{a0}=1",
            "＝1",
            "-",
            "--1",
            "-14",
            "-0.5",
        ] {
            assert_eq!(neutralise(risky), format!("'{risky}"), "{risky:?}");
        }
    }

    #[test]
    fn words_and_figures_stay_as_they_are() {
        for plain in ["", "Fibre", "a=b", "62500", "a\tb", "5G +", "'quoted'"] {
            assert_eq!(neutralise(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn nothing_ever_begins_a_formula(text in "[\\s\"'=+\\-@\t\r\nA-Za-z0-9.]{0,12}") {
            let cell = neutralise(&text);
            let bare = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '"');
            prop_assert!(!bare.starts_with(['=', '+', '-', '@']), "{cell:?}");
            prop_assert!(!cell.starts_with(['\t', '\r', '\n']), "{cell:?}");
            prop_assert!(cell.ends_with(&text), "nothing is lost");
        }
    }
}
