//! Two plans compared, record by record and field by field.

use serde::Serialize;

use crate::{
    plan::Plan,
    record::{FieldChange, Key, Record},
    slug::Slug,
};

/// How one record differs between two plans.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordDiff {
    /// The record.
    pub key: Key,
    /// What happened to it.
    pub what: What,
}

/// What happened to a record between two plans.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It is new.
    Added(Record),
    /// It has gone.
    Withdrawn(Record),
    /// It goes by another slug, and may have changed.
    Renamed {
        /// The slug that it had.
        from: Slug,
        /// Before.
        old: Record,
        /// After.
        new: Record,
        /// The fields that differ.
        fields: Vec<FieldChange>,
    },
    /// Its fields changed.
    Changed {
        /// Before.
        old: Record,
        /// After.
        new: Record,
        /// The fields that differ; never empty.
        fields: Vec<FieldChange>,
    },
}

impl RecordDiff {
    /// The record after the change, or before it where it has gone.
    pub fn record(&self) -> &Record {
        match &self.what {
            What::Added(record) | What::Withdrawn(record) => record,
            What::Renamed { new, .. } | What::Changed { new, .. } => new,
        }
    }

    /// The record before the change.
    pub fn before(&self) -> Option<&Record> {
        match &self.what {
            What::Added(_) => None,
            What::Withdrawn(record) => Some(record),
            What::Renamed { old, .. } | What::Changed { old, .. } => Some(old),
        }
    }

    /// The fields that differ.
    pub fn fields(&self) -> &[FieldChange] {
        match &self.what {
            What::Added(_) | What::Withdrawn(_) => &[],
            What::Renamed { fields, .. } | What::Changed { fields, .. } => fields,
        }
    }

    /// One word for what happened.
    pub fn word(&self) -> &'static str {
        match self.what {
            What::Added(_) => "added",
            What::Withdrawn(_) => "withdrawn",
            What::Renamed { .. } => "renamed",
            What::Changed { .. } => "changed",
        }
    }
}

/// A difference as data, for `--json` and the API.
#[derive(Debug, Serialize)]
pub struct WrittenDiff<'a> {
    kind: &'static str,
    slug: &'a str,
    title: String,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<&'a str>,
    #[serde(skip_serializing_if = "<[FieldChange]>::is_empty")]
    fields: &'a [FieldChange],
}

impl<'a> From<&'a RecordDiff> for WrittenDiff<'a> {
    fn from(diff: &'a RecordDiff) -> Self {
        let was = match &diff.what {
            What::Renamed { from, .. } => Some(from.as_str()),
            _ => None,
        };
        Self {
            kind: diff.key.kind.word(),
            slug: diff.key.slug.as_str(),
            title: diff.record().title(),
            what: diff.word(),
            was,
            fields: diff.fields(),
        }
    }
}

/// What differs from one plan to another, in order of kind and slug.
pub fn diff_plans(from: &Plan, to: &Plan) -> Vec<RecordDiff> {
    let mut diffs = Vec::new();
    let mut renamed = Vec::new();
    for (key, new) in to.iter() {
        match from.get(&key) {
            Some(old) if old.is_same(&new) => {}
            Some(old) => {
                let fields = new.changes_since(&old);
                if !fields.is_empty() {
                    diffs.push(RecordDiff {
                        key,
                        what: What::Changed { old, new, fields },
                    });
                }
            }
            None => {
                let earlier = new.was().iter().find_map(|was| {
                    let earlier = Key::new(key.kind, was.clone());
                    let gone = !to.contains(key.kind, was.as_str());
                    gone.then(|| from.get(&earlier).map(|old| (earlier, old)))
                        .flatten()
                });
                let what = match earlier {
                    None => What::Added(new),
                    Some((earlier, old)) => {
                        let mut fields = new.changes_since(&old);
                        fields.retain(|change| change.field != "was");
                        renamed.push(earlier.clone());
                        What::Renamed {
                            from: earlier.slug,
                            old,
                            new,
                            fields,
                        }
                    }
                };
                diffs.push(RecordDiff { key, what });
            }
        }
    }
    for (key, old) in from.iter() {
        if !to.contains(key.kind, key.slug.as_str()) && !renamed.contains(&key) {
            diffs.push(RecordDiff {
                key,
                what: What::Withdrawn(old),
            });
        }
    }
    diffs.sort_by(|one, two| one.key.cmp(&two.key));
    diffs
}
