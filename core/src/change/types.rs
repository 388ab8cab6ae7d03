//! Data types as written, with what type-change facts need to know.

use super::Name;

/// A column type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DataType {
    /// Canonical base name in lower case, aliases resolved within the engine: `int4`, `integer`, `serial` → `integer`
    /// (serial is told apart by [`super::AutoNumber`]); `character varying` → `varchar`; `decimal` → `numeric` in
    /// PostgreSQL, `decimal` in MySQL; `timestamp with time zone` → `timestamptz`. User types keep their name.
    pub base: String,
    /// Length, or precision and scale: `varchar(200)` → `[200]`.
    pub args: Vec<u32>,
    /// Array dimensions (PostgreSQL).
    pub array: u8,
    /// `UNSIGNED` (MySQL).
    pub unsigned: bool,
    /// Labels of an inline `ENUM(…)` or `SET(…)` (MySQL).
    pub labels: Vec<String>,
    /// Character set and collation given with the type.
    pub charset: Option<super::Charset>,
    /// The type exactly as written in the source, for printing it again.
    pub text: String,
}

impl DataType {
    /// A type by its canonical name, printed as that name.
    pub fn simple(base: impl Into<String>) -> Self {
        let base = base.into();
        DataType {
            text: base.clone(),
            base,
            args: Vec::new(),
            array: 0,
            unsigned: false,
            labels: Vec::new(),
            charset: None,
        }
    }

    /// The base as a name, to look an enum or a domain up: `public.mood` has a schema.
    pub fn name(&self) -> Name {
        match self.base.rsplit_once('.') {
            Some((schema, object)) => Name::qualified(schema, object),
            None => Name::new(self.base.clone()),
        }
    }

    /// The same type by meaning, whatever the spelling.
    pub fn same_as(&self, other: &DataType) -> bool {
        self.same_but_charset(other) && self.charset == other.charset
    }

    /// The same, whatever character set and collation they say.
    pub fn same_but_charset(&self, other: &DataType) -> bool {
        self.base == other.base
            && self.args == other.args
            && self.array == other.array
            && self.unsigned == other.unsigned
            && self.labels == other.labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_schema() {
        assert_eq!(DataType::simple("public.mood").name(), Name::qualified("public", "mood"));
        assert_eq!(DataType::simple("mood").name(), Name::new("mood"));
    }
}
