//! Chance that is the same each time: `SplitMix64` (Steele, Lea and Flood, 2014).

/// A source of numbers.
pub(super) struct Draw(u64);

impl Draw {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one; 0 below 0.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let drawn = self.next() >> 32;
        u32::try_from((drawn * u64::from(end)) >> 32).unwrap_or(0)
    }

    /// Whether it happens, so many times of a hundred.
    pub(super) fn per_cent(&mut self, times: u32) -> bool {
        self.below(100) < times
    }

    /// Whether it happens, once in so many times.
    pub(super) fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of these, of which there must be some.
    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let place = self.below(u32::try_from(of.len()).unwrap_or(u32::MAX));
        &of[usize::try_from(place).unwrap_or(0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_their_end_and_reach_all_of_it() {
        let mut draw = Draw::new(1);
        let drawn: std::collections::BTreeSet<_> = (0..1_000).map(|_| draw.below(7)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!((0..100).map(|_| Draw::new(9).below(1_000)).collect::<std::collections::BTreeSet<_>>().len(), 1);
    }
}
