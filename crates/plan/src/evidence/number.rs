//! Exact sums that cannot overflow, and numbers as a person reads them.

use rust_decimal::{Decimal, RoundingStrategy};

use crate::amount::Figure;

/// The digits after the point that a [`Figure`] can carry.
const DIGITS: u32 = 8;

/// A computed number as a figure: at most eight digits after the point, no idle zeros.
pub(super) fn figure(value: Decimal) -> Figure {
    Figure(round(value, DIGITS).normalize())
}

/// Half away from nought, as people round.
pub(super) fn round(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// `a × b ÷ c`, multiplied first so that what comes out even is exact; none where it overflows or
/// `c` is 0.
pub(super) fn share(a: Decimal, b: Decimal, c: Decimal) -> Option<Decimal> {
    a.checked_mul(b)?.checked_div(c)
}

/// A number with at most so many digits after the point: `1,234.5`, `−0.2`.
pub(super) fn plain(value: Decimal, digits: u32) -> String {
    let rounded = round(value, digits).normalize();
    Figure(if rounded.is_zero() {
        Decimal::ZERO
    } else {
        rounded
    })
    .to_string()
}

/// A number in a unit: `84.2%`, `£15.20 an hour`, `62,500 jobs`.
pub(super) fn in_unit(number: &str, unit: &str) -> String {
    if unit.starts_with('%') {
        format!("{number}{unit}")
    } else if let Some(rest) = unit.strip_prefix('£') {
        match number.strip_prefix('−') {
            Some(number) => format!("−£{number}{rest}"),
            None => format!("£{number}{rest}"),
        }
    } else if unit.is_empty() {
        number.to_owned()
    } else {
        format!("{number} {unit}")
    }
}

/// The size of a change in a unit: points where the unit is a percentage.
pub(super) fn change_in_unit(number: &str, unit: &str) -> String {
    if unit.starts_with('%') {
        let points = if number == "1" { "point" } else { "points" };
        format!("{number} {points}")
    } else {
        in_unit(number, unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        let number = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(plain(number("1234.5650"), 2), "1,234.57");
        assert_eq!(plain(number("-0.001"), 2), "0");
        assert_eq!(plain(number("-0.125"), 2), "−0.13");
        assert_eq!(in_unit("−3", "£ an hour"), "−£3 an hour");
        assert_eq!(in_unit("62,500", "jobs"), "62,500 jobs");
        assert_eq!(change_in_unit("5.7", "%"), "5.7 points");
        assert_eq!(share(Decimal::MAX, Decimal::TWO, Decimal::ONE), None);
        assert_eq!(share(Decimal::ONE, Decimal::ONE, Decimal::ZERO), None);
    }
}
