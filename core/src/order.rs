//! Sorting, lists and maps in little code.
//!
//! In: a list and what stands before what, or an iterator. Out: the list in order (equals keep theirs), or all items. Never:
//! sorting where lists are long and time counts; the standard library's is faster and takes 3.5 kB of the page for each type.

mod map;

pub use map::{Map, Set};

/// Sorts by a key.
pub fn by_key<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    merged(items, &|a, b| key(b) < key(a))
}

/// Sorts.
pub fn sorted<T: Ord>(items: Vec<T>) -> Vec<T> {
    merged(items, &|a, b| b < a)
}

/// Merge sort; `after` says whether the first of two must come behind the second. The places are sorted, by code that all
/// types share, then the items are put there.
fn merged<T>(items: Vec<T>, after: &dyn Fn(&T, &T) -> bool) -> Vec<T> {
    let places = places((0..items.len()).gather(), &|a, b| match (items.get(a), items.get(b)) {
        (Some(a), Some(b)) => after(a, b),
        _ => false,
    });
    let mut left: Vec<Option<T>> = items.into_iter().map(Some).gather();
    places.into_iter().filter_map(|place| left.get_mut(place)?.take()).gather()
}

/// The places in order; `after` as above.
fn places(mut items: Vec<usize>, after: &dyn Fn(usize, usize) -> bool) -> Vec<usize> {
    if items.len() < 2 {
        return items;
    }
    let right = items.split_off(items.len() / 2);
    let mut out = Vec::with_capacity(items.len() + right.len());
    let mut left = places(items, after).into_iter().peekable();
    for item in places(right, after) {
        while let Some(earlier) = left.next_if(|earlier| !after(*earlier, item)) {
            out.push(earlier);
        }
        out.push(item);
    }
    out.extend(left);
    out
}

/// Lists of what iterators give. The standard library's `collect` is compiled twice for each kind of iterator, once to tell
/// how many items come: a planner is 22 kB smaller (compressed) without.
pub trait Gather: Iterator + Sized {
    /// All items.
    fn gather(self) -> Vec<Self::Item> {
        let mut all = Vec::new();
        self.for_each(|item| all.push(item));
        all
    }
}

impl<I: Iterator> Gather for I {}

/// Lists of what is there for every item; in little code, as [`Gather`] does.
pub trait GatherAll<T>: Iterator<Item = Option<T>> + Sized {
    /// All items; nothing where one is none.
    fn gather_all(mut self) -> Option<Vec<T>> {
        let mut all = Vec::new();
        self.try_for_each(|item| item.map(|item| all.push(item)))?;
        Some(all)
    }
}

impl<T, I: Iterator<Item = Option<T>>> GatherAll<T> for I {}

/// Adds to lists what iterators give; in little code, as [`Gather`] does.
pub trait PushAll<T> {
    /// Adds all items at the end.
    fn push_all(&mut self, items: impl IntoIterator<Item = T>);
}

impl<T> PushAll<T> for Vec<T> {
    fn push_all(&mut self, items: impl IntoIterator<Item = T>) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        // xorshift: the same numbers every time.
        let mut state: u32 = 0x9e37_79b9;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state % 50
        };
        for length in 0..100 {
            let list: Vec<(u32, usize)> = (0..length).map(|place| (next(), place)).collect();
            let mut wanted = list.clone();
            wanted.sort_by_key(|(number, _)| *number);
            assert_eq!(by_key(list.clone(), |(number, _)| *number), wanted);
            wanted.sort();
            assert_eq!(sorted(list.into_iter().rev().collect()), wanted);
        }
    }

    #[test]
    fn gathers_all_or_nothing() {
        let given = [Some(1), Some(2), None];
        assert_eq!(given.into_iter().gather_all(), None);
        assert_eq!(given.into_iter().take(2).gather_all(), Some(vec![1, 2]));
        let mut list = given.into_iter().flatten().gather();
        list.push_all([5, 4]);
        assert_eq!(list, [1, 2, 5, 4]);
    }
}
