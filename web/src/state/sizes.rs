//! Sizes by table.

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Sizes of one table, as far as they were given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Size {
    /// Rows.
    pub rows: Option<u64>,
    /// Bytes without indexes.
    pub bytes: Option<u64>,
    /// Bytes of its indexes.
    pub index_bytes: Option<u64>,
    /// Writes per second.
    pub writes_per_s: Option<f64>,
}

/// Sizes by the names of tables, in their order; kept as an object. A sorted list: a tree would add 3 kB to the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sizes(Vec<(String, Size)>);

impl Sizes {
    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Size)> {
        self.0.iter().map(|(table, size)| (table.as_str(), size))
    }

    /// Of one table.
    pub fn get(&self, table: &str) -> Option<Size> {
        self.place(table).ok().and_then(|at| self.0.get(at)).map(|(_, size)| *size)
    }

    /// Sets a table's; one about which nothing is left to say is forgotten.
    pub fn set(&mut self, table: &str, size: Size) {
        match self.place(table) {
            Ok(at) if size == Size::default() => drop(self.0.remove(at)),
            Ok(at) => self.0[at].1 = size,
            Err(_) if size == Size::default() => {}
            Err(at) => self.0.insert(at, (table.to_string(), size)),
        }
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn place(&self, table: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(table))
    }
}

impl Serialize for Sizes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.iter())
    }
}

impl<'de> Deserialize<'de> for Sizes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Sizes, D::Error> {
        deserializer.deserialize_map(Kept)
    }
}

struct Kept;

impl<'de> Visitor<'de> for Kept {
    type Value = Sizes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sizes by table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sizes, A::Error> {
        let mut sizes = Sizes::default();
        while let Some((table, size)) = map.next_entry::<String, Size>()? {
            sizes.set(&table, size);
        }
        Ok(sizes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_order_of_their_names() {
        let mut sizes = Sizes::default();
        for (table, rows) in [("users", 3), ("orders", 1), ("teams", 2), ("users", 4)] {
            sizes.set(table, Size { rows: Some(rows), ..Size::default() });
        }
        sizes.set("teams", Size::default());
        sizes.set("nobody", Size::default());
        assert_eq!(sizes.iter().map(|(table, _)| table).collect::<Vec<_>>(), ["orders", "users"]);
        assert_eq!(sizes.get("users").and_then(|size| size.rows), Some(4));
        assert_eq!(sizes.get("teams"), None);
    }
}
