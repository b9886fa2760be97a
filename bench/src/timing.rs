//! Times of repeated work.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// How long work took, run after run.
pub struct Times(Vec<Duration>);

impl Times {
    /// Does work a number of times; the work's result is thrown away outside the measured time.
    pub fn of<T>(count: usize, mut work: impl FnMut() -> T) -> Self {
        let times = (0..count).map(|_| {
            let began = Instant::now();
            let result = black_box(work());
            let took = began.elapsed();
            drop(result);
            took
        });
        times.collect()
    }

    /// The time that a share of the runs did not exceed, in milliseconds.
    pub fn quantile(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a share of a small count"
        )]
        let index = (last as f64 * share).ceil() as usize;
        self.0
            .get(index)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }

    /// The time in the middle, in milliseconds.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }
}

impl FromIterator<Duration> for Times {
    fn from_iter<I: IntoIterator<Item = Duration>>(times: I) -> Self {
        let mut times: Vec<Duration> = times.into_iter().collect();
        times.sort_unstable();
        Self(times)
    }
}
