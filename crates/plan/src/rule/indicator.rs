//! Rules of an indicator: its way from baseline to target, and what it is set beside.

use std::collections::BTreeSet;

use super::{Faults, nearest};
use crate::record::{Indicator, Trajectory, TrajectoryKind};

/// Adds the faults of an indicator.
pub(super) fn check(indicator: &Indicator, faults: &mut Faults<'_>) {
    if let (Some(baseline), Some(target)) = (&indicator.baseline, &indicator.target)
        && target.period.last() < baseline.period.first()
    {
        faults.add("target", "the target's period lies before the baseline's");
    }
    let mut slugs = BTreeSet::new();
    for (index, comparator) in indicator.comparators.iter().enumerate() {
        if !slugs.insert(comparator.slug.as_str()) {
            let message = format!("two comparators are named “{}”", comparator.slug);
            faults.add(format!("comparators.{index}.slug"), message);
        }
        if comparator.areas.is_empty() {
            faults.add(
                format!("comparators.{index}.areas"),
                "a comparator names the codes of its areas",
            );
        }
    }
    if let Some(trajectory) = &indicator.trajectory {
        check_trajectory(trajectory, &slugs, faults);
        if indicator.target.is_none() && trajectory.kind != TrajectoryKind::Steps {
            faults.add("trajectory", "a trajectory leads to a target: add `target`");
        }
    }
    for (index, pair) in indicator.breaks.windows(2).enumerate() {
        if pair[0].period >= pair[1].period {
            let path = format!("breaks.{}.period", index + 1);
            faults.add(path, "breaks stand in order of period");
        }
    }
    if indicator.decimals.is_some_and(|digits| digits > 8) {
        faults.add("decimals", "at most 8 digits are shown");
    }
}

fn check_trajectory(
    trajectory: &Trajectory,
    comparators: &BTreeSet<&str>,
    faults: &mut Faults<'_>,
) {
    match trajectory.kind {
        TrajectoryKind::Steps => {
            if trajectory.steps.is_empty() {
                faults.add("trajectory.steps", "steps need at least one value");
            }
            for (index, pair) in trajectory.steps.windows(2).enumerate() {
                if pair[0].period >= pair[1].period {
                    let path = format!("trajectory.steps.{}.period", index + 1);
                    faults.add(path, "steps stand in order of period");
                }
            }
        }
        TrajectoryKind::ShareOfGap => {
            if trajectory.share.is_none() {
                faults.add("trajectory.share", "say how much of the gap is to close");
            }
            match &trajectory.comparator {
                None => faults.add("trajectory.comparator", "say to whom the gap is measured"),
                Some(slug) if !comparators.contains(slug.as_str()) => {
                    let message = format!("there is no comparator “{slug}” in this indicator");
                    match nearest(slug.as_str(), comparators.iter().copied()) {
                        Some(near) => {
                            let near = near.to_owned();
                            faults.add_with_hint("trajectory.comparator", message, near);
                        }
                        None => faults.add("trajectory.comparator", message),
                    }
                }
                Some(_) => {}
            }
        }
        TrajectoryKind::StraightLine => {}
    }
    if trajectory.kind != TrajectoryKind::Steps && !trajectory.steps.is_empty() {
        faults.add("trajectory.steps", "only steps have steps");
    }
}
