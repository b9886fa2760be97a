//! Draws of the criteria's weights, from a seed that is kept with the results: whoever has the
//! scores and the seed can draw the same again.
//!
//! The same program gives the same draws. The logarithm and square root of another machine's
//! mathematical library may differ in the last digit; the ranking's grid ([`super::rank`]) makes
//! that all but invisible.

use serde::{Deserialize, Serialize};

/// How the weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draws {
    /// How many times.
    pub count: u32,
    /// The seed.
    pub seed: u64,
    /// How closely the drawn weights keep to the given ones: the sum of the parameters of the
    /// Dirichlet distribution. A weight with the share s varies with the standard deviation
    /// √(s(1−s)/(concentration+1)).
    pub concentration: f64,
}

impl Draws {
    /// 10,000 draws with the concentration 20: a criterion that has a quarter of the weight gets
    /// between 11% and 42% of it in nine draws of ten.
    pub fn seeded(seed: u64) -> Self {
        Self {
            count: 10_000,
            seed,
            concentration: 20.0,
        }
    }
}

/// xoshiro256++ 1.0 by Blackman and Vigna, its state filled by `SplitMix64`, both in the public
/// domain: <https://prng.di.unimi.it/>.
#[derive(Clone, Debug)]
pub struct Dice([u64; 4]);

impl Dice {
    /// Dice that always fall the same for a seed.
    pub fn new(seed: u64) -> Self {
        let mut state = seed;
        Self([(); 4].map(|()| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }))
    }

    fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let result = state[0]
            .wrapping_add(state[3])
            .rotate_left(23)
            .wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// Evenly between 0 and 1, never 0: the upper 53 bits, and half a step.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// The standard normal distribution, by Marsaglia's polar method.
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.unit() - 1.0, 2.0 * self.unit() - 1.0);
            let square = x * x + y * y;
            if square < 1.0 && square > 0.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// The gamma distribution with a shape and scale 1: Marsaglia and Tsang, “A simple method for
    /// generating gamma variables”, ACM TOMS 26(3), 2000, <https://doi.org/10.1145/358407.358414>.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.unit().powf(shape.recip());
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = (9.0 * d).sqrt().recip();
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if self.unit().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// Weights that sum to 1, drawn from the Dirichlet distribution around the given shares, into
    /// `drawn`. A share of 0 stays 0.
    pub fn weights(&mut self, shares: &[f64], concentration: f64, drawn: &mut [f64]) {
        loop {
            for (weight, share) in drawn.iter_mut().zip(shares) {
                *weight = if *share > 0.0 {
                    self.gamma(share * concentration)
                } else {
                    0.0
                };
            }
            let sum: f64 = drawn.iter().sum();
            // A sum of nothing can only come of parameters near 0, whose draws vanish together.
            if sum > 0.0 {
                for weight in drawn.iter_mut() {
                    *weight /= sum;
                }
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_its_reference_values() {
        // SplitMix64 of 0 and of 1234567, as its authors' and Java's implementations give them.
        assert_eq!(Dice::new(0).0[0], 0xe220_a839_7b1d_cdaf);
        assert_eq!(Dice::new(1_234_567).0[0], 6_457_827_717_110_365_317);
        // xoshiro256++ from the state 1, 2, 3, 4, as the crate rand_xoshiro tests it.
        let mut dice = Dice([1, 2, 3, 4]);
        let first = [dice.next(), dice.next(), dice.next(), dice.next()];
        assert_eq!(
            first,
            [
                41_943_041,
                58_720_359,
                3_588_806_011_781_223,
                3_591_011_842_654_386
            ]
        );
    }

    #[test]
    fn drawn_weights_have_the_mean_and_deviation_of_the_distribution() {
        let (shares, concentration) = ([0.5, 0.25, 0.2, 0.05, 0.0], 20.0);
        let (mut sums, mut squares, mut drawn) = ([0.0; 5], [0.0; 5], [0.0; 5]);
        let mut dice = Dice::new(7);
        for _ in 0..40_000 {
            dice.weights(&shares, concentration, &mut drawn);
            assert!((drawn.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (index, weight) in drawn.iter().enumerate() {
                sums[index] += weight;
                squares[index] += weight * weight;
            }
        }
        for (index, share) in shares.into_iter().enumerate() {
            let mean = sums[index] / 40_000.0;
            let deviation = (squares[index] / 40_000.0 - mean * mean).max(0.0).sqrt();
            let expected = (share * (1.0 - share) / (concentration + 1.0)).sqrt();
            assert!((mean - share).abs() < 0.003, "{share}: {mean}");
            assert!((deviation - expected).abs() < 0.003, "{share}: {deviation}");
        }
    }
}
