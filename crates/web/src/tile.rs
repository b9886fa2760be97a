//! The schematic map: a tile an area, right about who lies north of whom.

use dfg_plan::{Key, Kind, record::AreaLevel};

use crate::cx::{Cx, Link};

/// A tile with the number of activities in its area.
pub(crate) struct TileItem {
    pub link: Link,
    pub count: usize,
    /// Place, size and shade as classes.
    pub place: String,
    pub heat: String,
}

/// The tiles of every area that has one, from north to south.
pub(crate) fn tiles(cx: &Cx) -> Vec<TileItem> {
    let mut tiles: Vec<_> = cx
        .view
        .plan
        .areas
        .iter()
        .filter_map(|(slug, area)| Some((slug, area, area.tile?)))
        .map(|(slug, area, tile)| {
            let key = Key::new(Kind::Area, slug.clone());
            let count = cx.view.backlinks.to(&key, Kind::Activity, "areas").len();
            (slug, area, tile, count)
        })
        .collect();
    tiles.sort_by_key(|(_, _, tile, _)| (tile.row, tile.column));
    let counts: Vec<usize> = tiles.iter().map(|(_, _, _, count)| *count).collect();
    let (low, high) = (
        counts.iter().min().copied().unwrap_or_default(),
        counts.iter().max().copied().unwrap_or_default(),
    );
    tiles
        .into_iter()
        .map(|(slug, area, tile, count)| TileItem {
            link: Link::new(cx.href(Kind::Area, slug), area.name.clone()),
            count,
            place: format!(
                "col-{} row-{} w-{} h-{}",
                tile.column, tile.row, tile.width, tile.height
            ),
            heat: format!("heat-{}", heat(count, low, high)),
        })
        .collect()
}

/// A shade from 0 to 6 between the lowest and the highest count.
fn heat(count: usize, low: usize, high: usize) -> usize {
    if high == low {
        0
    } else {
        (count - low) * 6 / (high - low)
    }
}

/// A shade from 0 to 6 for one of several values.
pub(crate) fn heat_of(value: f64, all: &[f64]) -> u8 {
    let low = all.iter().copied().fold(f64::MAX, f64::min);
    let high = all.iter().copied().fold(f64::MIN, f64::max);
    let share = (value - low) / (high - low);
    match share {
        share if share >= 1.0 => 6,
        share if share > 0.0 => [0, 1, 2, 3, 4, 5]
            .into_iter()
            .rfind(|step| f64::from(*step) <= share * 6.0)
            .unwrap_or(0),
        _ => 0,
    }
}

/// How many activities name only the whole region.
pub(crate) fn everywhere(cx: &Cx) -> usize {
    let plan = &cx.view.plan;
    let is_region = |slug: &dfg_plan::Slug| {
        plan.areas
            .get(slug)
            .is_some_and(|area| area.level == Some(AreaLevel::Region))
    };
    plan.activities
        .values()
        .filter(|activity| !activity.areas.is_empty() && activity.areas.iter().all(is_region))
        .count()
}
