//! A quick hash for names. The standard one guards against keys that were chosen to collide at several times the price
//! of comparing a short name; here a seed that differs from run to run does.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A map keyed by names. Its order differs from run to run: whoever walks it must sort.
pub(super) type NameMap<V> = std::collections::HashMap<String, V, Seed>;

/// Where the hashes of one map start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seed(u64);

impl Default for Seed {
    fn default() -> Self {
        Seed(RandomState::new().build_hasher().finish())
    }
}

impl BuildHasher for Seed {
    type Hasher = Folded;

    fn build_hasher(&self) -> Folded {
        Folded(self.0)
    }
}

/// A hash under way: eight bytes at a time, multiplied to twice the width and folded.
pub(super) struct Folded(u64);

impl Folded {
    fn take(&mut self, word: u64) {
        const ODD: u128 = 0x9e37_79b9_7f4a_7c15;
        let wide = u128::from(self.0 ^ word) * ODD;
        self.0 = (wide as u64) ^ ((wide >> 64) as u64);
    }
}

impl Hasher for Folded {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.take(u64::from_le_bytes(*word)));
        if !rest.is_empty() {
            self.take(rest.iter().fold(rest.len() as u64, |word, byte| word << 8 | u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.take(u64::from(byte));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_names_get_different_hashes() {
        let seed = Seed::default();
        let names = (0..100_000).flat_map(|n| [format!("t{n}"), format!("a_longer_name_{n}"), format!("{n}_id")]);
        let hashes: std::collections::HashSet<u64> = names.map(|name| seed.hash_one(name)).collect();
        assert_eq!(hashes.len(), 300_000);
        // The upper seven bits and the lower ones are what a map looks at.
        let low: std::collections::HashSet<u64> = hashes.iter().map(|hash| hash & 0xffff).collect();
        let high: std::collections::HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        assert!(low.len() > 64_000 && high.len() == 128, "{} {}", low.len(), high.len());
    }
}
