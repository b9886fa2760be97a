//! Long lists in pages: which part is shown, and the way to the others.

use std::ops::Range;

use crate::cx::{Link, Query};

/// The way from page to page of a list.
pub(crate) struct Pages {
    pub previous: Option<Link>,
    pub next: Option<Link>,
    /// The pages by number; gaps have no address.
    pub numbers: Vec<PageLink>,
}

pub(crate) struct PageLink {
    pub link: Link,
    pub current: bool,
}

/// The part of a list of `all` that the query's `page` asks for, and the links to the others where
/// there is more than one. A page that is not there is the nearest that is.
pub(crate) fn paged(
    all: usize,
    size: usize,
    query: &Query,
    href: impl Fn(&str) -> String,
) -> (Range<usize>, Option<Pages>) {
    let last = all.div_ceil(size).max(1);
    let wanted = query.get("page").and_then(|page| page.parse().ok());
    let here: usize = wanted.unwrap_or(1).clamp(1, last);
    let range = (here - 1) * size..(here * size).min(all);
    if last == 1 {
        return (range, None);
    }
    let link = |number: usize| Link::new(href(&number.to_string()), number.to_string());
    let mut numbers: Vec<PageLink> = Vec::new();
    for number in 1..=last {
        if number == 1 || number == last || number.abs_diff(here) <= 2 {
            numbers.push(PageLink {
                link: link(number),
                current: number == here,
            });
        } else if numbers
            .last()
            .is_some_and(|last| !last.link.href.is_empty())
        {
            numbers.push(PageLink {
                link: Link::new("", "⋯"),
                current: false,
            });
        }
    }
    let pages = Pages {
        previous: (here > 1).then(|| link(here - 1)),
        next: (here < last).then(|| link(here + 1)),
        numbers,
    };
    (range, Some(pages))
}
