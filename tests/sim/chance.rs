//! Chance that can be repeated: everything random in a run comes from its seed.

use std::ops::Range;
use std::sync::Mutex;

use uuid::Uuid;

/// A stream of numbers that its seed determines (splitmix64).
#[derive(Debug)]
pub struct Chance(Mutex<u64>);

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }

    /// A stream of its own: what is taken from one does not move the other.
    pub fn branch(&self) -> Self {
        Self::of(self.next())
    }

    pub fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap();
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn within(&self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub fn hits(&self, percent: u64) -> bool {
        self.within(0..100) < percent
    }

    pub fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[usize::try_from(self.within(0..u64::try_from(choices.len()).unwrap())).unwrap()]
    }

    pub fn id(&self) -> Uuid {
        Uuid::from_u128((u128::from(self.next()) << 64) | u128::from(self.next()))
    }
}
