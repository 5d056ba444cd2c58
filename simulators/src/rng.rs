//! A small random generator (SplitMix64): the same seed gives the same numbers
//! on every machine and in every version. Not for secrets.

/// A stream of pseudo-random numbers.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Another stream of the same seed, for a part with this name.
    pub fn named(seed: u64, name: &str) -> Self {
        let mix =
            |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
        Self::new(Self::new(seed ^ hash).bits())
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `[least, most]`.
    ///
    /// # Panics
    /// `most` is less than `least`.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let count = u64::try_from(most - least + 1).expect("the range is not empty");
        least + i64::try_from(self.bits() % count).expect("the range fits")
    }

    /// Whether something happens that does so `percent` times in a hundred.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.millionth(percent * 10_000)
    }

    /// Whether something happens that does so `rate` times in a million.
    pub fn millionth(&mut self, rate: u32) -> bool {
        self.bits() % 1_000_000 < u64::from(rate)
    }

    /// One of the items.
    ///
    /// # Panics
    /// There are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let last = i64::try_from(items.len()).expect("a slice fits") - 1;
        &items[usize::try_from(self.between(0, last)).expect("the range starts at 0")]
    }

    /// The time until something that happens every `mean_ms` on average.
    pub fn exponential(&mut self, mean_ms: f64) -> i64 {
        whole(-self.unit().ln() * mean_ms)
    }

    /// A duration with this median; `sigma` is its spread on the logarithmic scale.
    pub fn lognormal(&mut self, median_ms: i64, sigma: f64) -> i64 {
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), self.unit());
        let normal = radius * (std::f64::consts::TAU * angle).cos();
        #[expect(
            clippy::cast_precision_loss,
            reason = "durations are far below 2^52 ms"
        )]
        let median = median_ms as f64;
        whole(median * (sigma * normal).exp())
    }

    /// A number in `(0, 1]`.
    fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let bits = ((self.bits() >> 11) + 1) as f64;
        bits / 9_007_199_254_740_992.0
    }
}

fn whole(ms: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    let whole = ms.clamp(1.0, 1e12) as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_numbers() {
        let mut rng = Rng::new(7);
        assert_eq!(rng.bits(), 7_191_089_600_892_374_487);
        assert_ne!(Rng::named(7, "a").bits(), Rng::named(7, "b").bits());
    }

    #[test]
    fn samples_lie_where_they_should() {
        let mut rng = Rng::new(1);
        assert!((0..1_000).all(|_| (3..=5).contains(&rng.between(3, 5))));
        let mean = (0..10_000).map(|_| rng.exponential(1_000.0)).sum::<i64>() / 10_000;
        assert!((900..1_100).contains(&mean), "{mean}");
        let below = (0..10_000).filter(|_| rng.lognormal(1_000, 0.5) < 1_000);
        assert!((4_700..5_300).contains(&below.count()));
    }
}
