//! The only clock: all below are handed the time.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Now, to the millisecond, and today's date in UTC, in which entries are dated.
pub fn now() -> (Timestamp, Date) {
    let now = Timestamp::now();
    let whole = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    (whole, whole.to_zoned(TimeZone::UTC).date())
}
