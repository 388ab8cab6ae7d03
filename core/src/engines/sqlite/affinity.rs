//! What a change of type does to values: SQLite converts what it stores to the column's affinity.
//!
//! In: types as declared. Out: what they prefer, and what is lost between two of them. Never: a stored value.
//!
//! Source: Datatypes In SQLite, 3.1 Determination Of Column Affinity.

/// The type that a column prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Affinity {
    /// `INT…`.
    Integer,
    /// `CHAR`, `CLOB`, `TEXT`.
    Text,
    /// `BLOB`, or no type: nothing is converted.
    Blob,
    /// `REAL`, `FLOA`, `DOUB`.
    Real,
    /// Anything else.
    Numeric,
}

impl Affinity {
    /// By the words of the declared type.
    pub fn of(declared: &str) -> Affinity {
        let upper = declared.to_ascii_uppercase();
        let has = |words: &[&str]| words.iter().any(|word| upper.contains(word));
        if has(&["INT"]) {
            Affinity::Integer
        } else if has(&["CHAR", "CLOB", "TEXT"]) {
            Affinity::Text
        } else if has(&["BLOB"]) || upper.trim().is_empty() {
            Affinity::Blob
        } else if has(&["REAL", "FLOA", "DOUB"]) {
            Affinity::Real
        } else {
            Affinity::Numeric
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Affinity::Integer | Affinity::Real | Affinity::Numeric)
    }

    /// Text that looks like a number becomes one.
    pub fn reads_numbers(self, to: Affinity) -> bool {
        matches!(self, Affinity::Text | Affinity::Blob) && to.is_number()
    }

    /// What does not come back when values go to another affinity and back again; empty when all do.
    pub fn lost_on_the_way(self, to: Affinity) -> &'static str {
        match (self, to) {
            (from, to) if from.reads_numbers(to) => "how a number was spelled as text: '007' comes back as '7'",
            (Affinity::Blob, Affinity::Text) => "which values were numbers: they come back as text",
            (Affinity::Integer | Affinity::Numeric, Affinity::Real) => "the last digits of whole numbers beyond 2^53",
            (Affinity::Real | Affinity::Numeric, Affinity::Text) => "the last digits of fractions",
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Affinity;

    #[test]
    fn types_have_the_affinity_that_the_manual_gives() {
        for (declared, affinity) in [
            ("BIGINT", Affinity::Integer),
            ("varchar(20)", Affinity::Text),
            ("", Affinity::Blob),
            ("DOUBLE PRECISION", Affinity::Real),
            ("DECIMAL(10,2)", Affinity::Numeric),
            ("CHARINT", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("STRING", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }
}
