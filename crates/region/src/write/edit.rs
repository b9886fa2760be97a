//! Edits TOML in place: what did not change keeps its place, its comments and its form.

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, Decor, Item, TableLike};

use super::render;
use crate::schema::part_schema;

/// Makes a table that says `old` say `new`.
pub(super) fn edit_table(
    table: &mut dyn TableLike,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    schema: &Value,
    order: &[&str],
) {
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        table.remove(name);
    }
    for name in render::ordered(new, order) {
        let value = &new[name];
        let before = old.get(name);
        if before == Some(value) {
            continue;
        }
        let schema = part_schema(schema, name).unwrap_or(&Value::Null);
        match table.get_mut(name) {
            Some(item) => edit_item(item, before, value, schema),
            None => {
                if let Some(value) = render::field(value, schema) {
                    table.insert(name, Item::Value(value));
                }
            }
        }
    }
}

fn edit_item(item: &mut Item, old: Option<&Value>, new: &Value, schema: &Value) {
    let edited = match (&mut *item, old, new) {
        (Item::ArrayOfTables(tables), Some(Value::Array(old)), Value::Array(new)) => {
            edit_tables(tables, old, new, schema)
        }
        (Item::Table(table), Some(Value::Object(old)), Value::Object(new)) => {
            edit_table(table, old, new, schema, &[]);
            true
        }
        (Item::Value(value), old, new) => {
            edit_value(value, old, new, schema);
            true
        }
        _ => false,
    };
    if !edited && let Some(value) = render::field(new, schema) {
        *item = Item::Value(value);
    }
}

fn edit_value(value: &mut toml_edit::Value, old: Option<&Value>, new: &Value, schema: &Value) {
    match (&mut *value, old, new) {
        (toml_edit::Value::InlineTable(table), Some(Value::Object(old)), Value::Object(new)) => {
            edit_table(table, old, new, schema, &[]);
            return;
        }
        (toml_edit::Value::Array(list), Some(Value::Array(old)), Value::Array(new))
            if list.len() == old.len() && !old.is_empty() =>
        {
            edit_list(list, old, new, schema);
            return;
        }
        _ => {}
    }
    let same_form = match (&*value, new) {
        // A date that stands without quotes stays so.
        (toml_edit::Value::Datetime(_), Value::String(text)) => text
            .parse::<toml_edit::Value>()
            .ok()
            .filter(toml_edit::Value::is_datetime),
        _ => None,
    };
    if let Some(mut replacement) = same_form.or_else(|| render::field(new, schema)) {
        *replacement.decor_mut() = value.decor().clone();
        *value = replacement;
    }
}

fn edit_tables(tables: &mut ArrayOfTables, old: &[Value], new: &[Value], schema: &Value) -> bool {
    let before: Vec<_> = tables.iter().cloned().collect();
    let objects = new.iter().all(Value::is_object);
    if before.len() != old.len() || new.is_empty() || !objects {
        return false;
    }
    let schema = schema.get("items").unwrap_or(&Value::Null);
    tables.clear();
    for (value, from) in new.iter().zip(align(old, new)) {
        let Value::Object(new) = value else { continue };
        let table = match from.map(|at| (&before[at], &old[at])) {
            Some((table, Value::Object(old))) => {
                let mut table = table.clone();
                edit_table(&mut table, old, new, schema, &[]);
                table
            }
            _ => render::table(new, schema, &[]),
        };
        tables.push(table);
    }
    true
}

fn edit_list(list: &mut Array, old: &[Value], new: &[Value], schema: &Value) {
    let before: Vec<toml_edit::Value> = list.iter().cloned().collect();
    let schema = schema.get("items").unwrap_or(&Value::Null);
    let style = Style::of(&before);
    list.clear();
    for (value, from) in new.iter().zip(align(old, new)) {
        let item = match from {
            Some(at) if old[at] == *value => Some(before[at].clone()),
            Some(at) => {
                let mut item = before[at].clone();
                edit_value(&mut item, Some(&old[at]), value, schema);
                Some(item)
            }
            None => render::inline(value, schema).map(|mut item| {
                *item.decor_mut() = Decor::new(style.indent.as_str(), "");
                item
            }),
        };
        if let Some(item) = item {
            list.push_formatted(item);
        }
    }
    style.apply(list);
}

/// How the items of a list are laid out.
struct Style {
    /// What stands before an item that is not the first.
    indent: String,
    /// Whether each item has a line of its own.
    spread: bool,
}

impl Style {
    fn of(items: &[toml_edit::Value]) -> Self {
        let prefixes = items.iter().map(|item| {
            let prefix = item.decor().prefix().and_then(|prefix| prefix.as_str());
            prefix.unwrap_or_default()
        });
        // Comments stay with their item: only the last line of what stands before it counts.
        let indent = prefixes
            .filter_map(|prefix| prefix.rfind('\n').map(|end| prefix[end..].to_owned()))
            .next_back();
        Self {
            spread: indent.is_some(),
            indent: indent.unwrap_or_else(|| " ".to_owned()),
        }
    }

    fn apply(&self, list: &mut Array) {
        for (index, item) in list.iter_mut().enumerate() {
            let decor = item.decor_mut();
            let blank = |text: Option<&toml_edit::RawString>| {
                let text = text.and_then(|text| text.as_str()).unwrap_or_default();
                text.trim().is_empty()
            };
            if blank(decor.suffix()) {
                decor.set_suffix("");
            }
            if !self.spread && blank(decor.prefix()) {
                decor.set_prefix(if index == 0 { "" } else { " " });
            }
        }
        if self.spread {
            list.set_trailing_comma(true);
            let trailing = list.trailing().as_str().unwrap_or_default();
            if trailing.trim().is_empty() && !trailing.contains('\n') {
                list.set_trailing("\n");
            }
        }
    }
}

/// For each new item, the old one that it comes from: in order, each at most once.
///
/// Items with a slug are followed by it; others by being equal, and what is left between equal ones
/// is taken in order.
fn align(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let start = old
        .iter()
        .zip(new)
        .take_while(|(old, new)| old == new)
        .count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest
        .iter()
        .rev()
        .zip(new_rest.iter().rev())
        .take_while(|(old, new)| old == new)
        .count();
    let old_middle = &old_rest[..old_rest.len() - end];
    let new_middle = &new_rest[..new_rest.len() - end];
    let mut aligned: Vec<Option<usize>> = (0..start).map(Some).collect();
    let middle = align_middle(old_middle, new_middle);
    aligned.extend(middle.into_iter().map(|at| at.map(|at| at + start)));
    aligned.extend((old.len() - end..old.len()).map(Some));
    aligned
}

fn align_middle(old: &[Value], new: &[Value]) -> Vec<Option<usize>> {
    let slug = |value: &Value| value.get("slug").map(Value::to_string);
    let slugs = old.iter().chain(new).all(|value| slug(value).is_some());
    let mut aligned = Vec::with_capacity(new.len());
    let mut next = 0;
    for value in new {
        let same = |found: &Value| {
            if slugs {
                slug(found) == slug(value)
            } else {
                found == value
            }
        };
        let found = old[next..].iter().position(same).map(|at| next + at);
        aligned.push(found);
        if let Some(at) = found {
            next = at + 1;
        }
    }
    if !slugs {
        pair_leftovers(&mut aligned, old.len());
    }
    aligned
}

/// Pairs items that are nowhere equal with the old ones between the same neighbours.
fn pair_leftovers(aligned: &mut [Option<usize>], old: usize) {
    let mut next = 0;
    for at in 0..aligned.len() {
        if let Some(found) = aligned[at] {
            next = found + 1;
            continue;
        }
        let limit = aligned[at..]
            .iter()
            .flatten()
            .next()
            .copied()
            .unwrap_or(old);
        if next < limit {
            aligned[at] = Some(next);
            next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_followed() {
        let list = |value: Value| value.as_array().cloned().unwrap();
        for (old, new, aligned) in [
            (
                json!(["a", "b"]),
                json!(["a", "b", "c"]),
                vec![Some(0), Some(1), None],
            ),
            (json!(["a", "b"]), json!(["b"]), vec![Some(1)]),
            (
                json!(["a", "b", "c"]),
                json!(["a", "x", "c"]),
                vec![Some(0), Some(1), Some(2)],
            ),
            (json!(["a"]), json!(["x", "a"]), vec![None, Some(0)]),
            (
                json!([{"slug": "a"}, {"slug": "b"}, {"slug": "c"}]),
                json!([{"slug": "b", "x": 1}, {"slug": "d"}]),
                vec![Some(1), None],
            ),
        ] {
            assert_eq!(align(&list(old), &list(new)), aligned);
        }
    }
}
