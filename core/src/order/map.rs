//! A map in the order of its keys, in little code.
//!
//! The standard library's takes about 5 kB of the page for each pair of types, this one less than half of it. Entries lie in
//! sorted runs, none long, so that one more moves few others.

use std::ops::RangeFrom;

/// A run that grows beyond this many entries is cut in two.
const LONGEST: usize = 128;

/// Keys with their values, in the order of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Map<K, V> {
    /// No run is empty; every key of a run is less than those of the next.
    runs: Vec<Vec<(K, V)>>,
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Map { runs: Vec::new() }
    }
}

/// Where an entry is, or would be: its run, its place there.
type Place = (usize, usize);

impl<K: Ord, V> Map<K, V> {
    fn find(&self, key: &K) -> Result<Place, Place> {
        let run = self.runs.partition_point(|run| run.last().is_some_and(|(last, _)| last < key));
        let Some(entries) = self.runs.get(run) else {
            // Behind all: at the end of the last run.
            return Err((run.saturating_sub(1), self.runs.last().map_or(0, Vec::len)));
        };
        let at = entries.partition_point(|(known, _)| known < key);
        match entries.get(at) {
            Some((known, _)) if known == key => Ok((run, at)),
            _ => Err((run, at)),
        }
    }

    fn put(&mut self, (run, at): Place, key: K, value: V) {
        let Some(entries) = self.runs.get_mut(run) else { return self.runs.push(vec![(key, value)]) };
        entries.insert(at, (key, value));
        if entries.len() > LONGEST {
            let rest = entries.split_off(LONGEST / 2);
            self.runs.insert(run + 1, rest);
        }
    }

    fn at(&mut self, (run, at): Place) -> Option<&mut V> {
        self.runs.get_mut(run)?.get_mut(at).map(|(_, value)| value)
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The entry of a key.
    pub fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        let (run, at) = self.find(key).ok()?;
        self.runs.get(run)?.get(at).map(|(key, value)| (key, value))
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.find(key).ok()?;
        self.at(place)
    }

    /// The key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// Puts a value in the place of the one that the key had.
    pub fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Err(place) => self.put(place, key, value),
            Ok(place) => {
                if let Some(known) = self.at(place) {
                    *known = value;
                }
            }
        }
    }

    /// Takes a key and its value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (run, at) = self.find(key).ok()?;
        let entries = self.runs.get_mut(run)?;
        let (_, value) = entries.remove(at);
        if entries.is_empty() {
            self.runs.remove(run);
        }
        Some(value)
    }

    /// Changes the value of a key, an empty one where there is none.
    pub fn change<R>(&mut self, key: K, change: impl FnOnce(&mut V) -> R)
    where
        V: Default,
    {
        match self.find(&key) {
            Ok(place) => {
                self.at(place).map(change);
            }
            Err(place) => {
                let mut value = V::default();
                change(&mut value);
                self.put(place, key, value);
            }
        }
    }

    /// Entries from a key on.
    pub fn range(&self, keys: RangeFrom<K>) -> impl Iterator<Item = (&K, &V)> {
        let (run, at) = self.find(&keys.start).unwrap_or_else(|place| place);
        let first = self.runs.get(run).and_then(|run| run.get(at..)).unwrap_or_default();
        let others = self.runs.get(run + 1..).unwrap_or_default();
        first.iter().chain(others.iter().flatten()).map(|(key, value)| (key, value))
    }
}

impl<K, V> Map<K, V> {
    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.runs.iter().flatten().map(|(key, value)| (key, value))
    }

    /// All keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.runs.iter().flatten().map(|(key, _)| key)
    }

    /// All values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.runs.iter().flatten().map(|(_, value)| value)
    }

    /// All values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.runs.iter_mut().flatten().map(|(_, value)| value)
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.runs.into_iter().flatten()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(entries: T) -> Self {
        let mut map = Map::default();
        entries.into_iter().for_each(|(key, value)| map.insert(key, value));
        map
    }
}

/// Keys in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<K>(Map<K, ()>);

impl<K> Default for Set<K> {
    fn default() -> Self {
        Set(Map::default())
    }
}

impl<K: Ord> Set<K> {
    /// Puts a key in. True when it was not there.
    pub fn insert(&mut self, key: K) -> bool {
        let place = self.0.find(&key);
        place.map_err(|place| self.0.put(place, key, ())).is_err()
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }

    /// The key is there.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }
}

impl<K> Set<K> {
    /// Nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All keys in order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = std::iter::Map<<Map<K, ()> as IntoIterator>::IntoIter, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(key, ())| key)
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<T: IntoIterator<Item = K>>(&mut self, keys: T) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<T: IntoIterator<Item = K>>(keys: T) -> Self {
        let mut set = Set::default();
        set.extend(keys);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn holds_what_the_map_of_the_standard_library_holds() {
        // xorshift: the same numbers every time.
        let mut state: u32 = 0x9e37_79b9;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % 1_000
        };
        let (mut ours, mut theirs) = (Map::default(), BTreeMap::new());
        for round in 0..10_000_u32 {
            let key = next();
            match (next() + round / 10) % 4 {
                0 => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                1 => {
                    ours.insert(key, round);
                    theirs.insert(key, round);
                }
                2 => {
                    ours.change(key, |value| *value += round);
                    *theirs.entry(key).or_default() += round;
                }
                _ => {
                    assert_eq!(ours.get_mut(&key).map(std::mem::take), theirs.get_mut(&key).map(std::mem::take));
                    assert_eq!(ours.get_key_value(&key), theirs.get_key_value(&key));
                    assert!(ours.range(key..).take(200).eq(theirs.range(key..).take(200)));
                }
            }
            assert_eq!(ours.is_empty(), theirs.is_empty());
        }
        assert!(ours.runs.len() > 4, "long enough to be cut: {}", ours.runs.len());
        assert!(ours.iter().eq(theirs.iter()) && ours.clone().into_iter().eq(theirs.clone()));
        for key in theirs.into_keys() {
            assert!(ours.remove(&key).is_some());
        }
        assert!(ours.is_empty() && ours.range(0..).next().is_none());
    }

    #[test]
    fn keys_are_kept_once_and_in_order() {
        let keys = [5, 3, 9, 3, 1, 5];
        let mut set: Set<i32> = keys.into_iter().collect();
        assert!(set.iter().eq(BTreeSet::from(keys).iter()));
        assert!(!set.insert(9) && set.insert(2) && set.contains(&2));
        set.remove(&2);
        assert!(!set.contains(&2) && !set.is_empty());
    }
}
