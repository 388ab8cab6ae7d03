//! What a MODIFY or CHANGE really changes: two definitions in, the cases of the manual's table out.

use super::case::{Case, is_expression};
use super::table::{self, Traits};
use crate::change::{
    AutoNumber, Charset, ColumnDef, ColumnPosition, ConstraintKind, DataType, Ident, Nullability, TableDef,
};
use crate::order::PushAll;
use crate::schema::{most_bytes_of, of_collation, option};

/// The cases of one redefinition; none of the list is stronger than the server's answer to the whole.
pub(in crate::engines) fn cases(
    def: &TableDef,
    old: &ColumnDef,
    new: &ColumnDef,
    position: Option<&ColumnPosition>,
    traits: &Traits,
) -> Vec<Case> {
    let mut cases = vec![Case::ColumnMetadata];
    if old.name != new.name {
        cases.push(Case::RenameColumn);
    }
    if position.is_some_and(|position| moves(def, &old.name, position)) {
        cases.push(match &old.generated {
            None => Case::MoveColumn,
            Some(generated) if generated.stored => Case::MoveStored,
            Some(_) => Case::MoveVirtual,
        });
    }
    cases.push_all(generation(old, new));
    cases.push_all(auto_increment(old, new));
    let indexed = table::is_indexed(def, &old.name);
    cases.push_all(type_step(old, new, def, indexed, traits));
    cases.push_all(nullability(def, old, new));
    cases.push_all(
        new.constraints.iter().filter(|new| !old.constraints.iter().any(|old| old.kind == new.kind)).filter_map(
            |constraint| match &constraint.kind {
                ConstraintKind::Check { .. } if !constraint.not_enforced => Some(Case::AddWithCheck),
                ConstraintKind::Unique { .. } => Some(Case::AddIndex),
                ConstraintKind::PrimaryKey { .. } => Some(Case::AddPrimaryKey),
                _ => None,
            },
        ),
    );
    if says(old, "COMPRESSED") != says(new, "COMPRESSED") {
        cases.push(Case::ChangeType);
    }
    if new.default.as_ref().is_some_and(is_expression) {
        cases.push(Case::SetExpressionDefault);
    }
    cases
}

/// Whether a definition has this word, outside of its comment.
pub(in crate::engines) fn says(column: &ColumnDef, word: &str) -> bool {
    let comment = column.comment.as_deref().filter(|comment| !comment.is_empty());
    let text = comment.map_or_else(|| column.text.clone(), |comment| column.text.replace(comment, ""));
    text.split(|c: char| c.is_whitespace() || c == '=').skip(1).any(|part| part.eq_ignore_ascii_case(word))
}

/// FIRST of the first column, or AFTER the column that it already stands behind, moves nothing.
fn moves(def: &TableDef, column: &Ident, position: &ColumnPosition) -> bool {
    let Some(at) = def.columns.iter().position(|c| table::same(&c.name, column)) else { return true };
    let before = at.checked_sub(1).and_then(|i| def.columns.get(i)).map(|c| &c.name);
    match position {
        ColumnPosition::First => before.is_some(),
        ColumnPosition::After(other) => !before.is_some_and(|before| table::same(before, other)),
    }
}

fn generation(old: &ColumnDef, new: &ColumnDef) -> Option<Case> {
    match (&old.generated, &new.generated) {
        (None, None) => None,
        (Some(old), Some(new)) if old.stored == new.stored => {
            let squeeze = |text: &str| text.split_whitespace().collect::<String>().to_ascii_lowercase();
            let changed = squeeze(&old.expr.text) != squeeze(&new.expr.text);
            changed.then_some(Case::ChangeExpression { stored: new.stored })
        }
        (Some(old), None) if old.stored => Some(Case::ChangeType),
        (None, Some(new)) if new.stored => Some(Case::ChangeType),
        (Some(_), None) | (None, Some(_)) | (Some(_), Some(_)) => Some(Case::ChangeVirtualStatus),
    }
}

fn auto_increment(old: &ColumnDef, new: &ColumnDef) -> Option<Case> {
    let counts = |column: &ColumnDef| matches!(column.auto_number, Some(AutoNumber::AutoIncrement));
    match (counts(old), counts(new)) {
        (false, true) => Some(Case::AddAutoIncrementAttribute),
        (true, false) => Some(Case::DropAutoIncrementAttribute),
        (false, false) | (true, true) => None,
    }
}

fn nullability(def: &TableDef, old: &ColumnDef, new: &ColumnDef) -> Option<Case> {
    if new.generated.is_some() || table::in_primary_key(def, &old.name) {
        return None;
    }
    match (table::is_nullable(def, old), new.nullability) {
        (true, Nullability::NotNull) => Some(Case::MakeNotNull),
        (false, Nullability::Null | Nullability::Unsaid) => Some(Case::MakeNullable),
        (true, Nullability::Null | Nullability::Unsaid) | (false, Nullability::NotNull) => None,
    }
}

fn type_step(old: &ColumnDef, new: &ColumnDef, def: &TableDef, indexed: bool, traits: &Traits) -> Option<Case> {
    let (Some(from), Some(to)) = (&old.data_type, &new.data_type) else { return Some(Case::ChangeType) };
    if from.base != to.base || from.unsigned != to.unsigned {
        return Some(Case::ChangeType);
    }
    match from.base.as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "integer" | "bigint" | "bool" | "boolean" | "year" => None,
        "varchar" => text_step(old, new, def, indexed).or_else(|| length_step(from, to, &charsets(old, def), traits)),
        "varbinary" => length_step(from, to, &[1], traits),
        "enum" | "set" => text_step(old, new, def, indexed).or_else(|| labels_step(from, to)),
        _ if from.args != to.args || from.labels != to.labels => Some(Case::ChangeType),
        _ if old.is_character() => text_step(old, new, def, indexed),
        _ => None,
    }
}

/// The boundary is in bytes: the length of a value is stored in one byte up to 255 bytes, in two above.
/// Widths are the candidates for the bytes of a character; all of them must stay in a class.
fn length_step(from: &DataType, to: &DataType, widths: &[u32], traits: &Traits) -> Option<Case> {
    let (Some(old), Some(new)) = (from.args.first(), to.args.first()) else {
        return (from.args != to.args).then_some(Case::ChangeType);
    };
    if old == new {
        return None;
    }
    if new < old {
        return Some(Case::Shorten);
    }
    let bytes = |length: &u32, width: &u32| length.saturating_mul(*width);
    if widths.iter().all(|width| (bytes(old, width) <= 255) == (bytes(new, width) <= 255)) {
        return Some(Case::LengthSameClass);
    }
    let small = widths.iter().all(|width| bytes(old, width) <= 127);
    Some(Case::LengthAcross { small: small || traits.redundant })
}

/// Members may be added at the end as long as the stored number keeps its size.
fn labels_step(from: &DataType, to: &DataType) -> Option<Case> {
    if from.labels == to.labels {
        return None;
    }
    let size = |data_type: &DataType| {
        let members = data_type.labels.len();
        match (data_type.base.as_str(), members) {
            ("enum", ..=255) => 1,
            ("enum", _) => 2,
            (_, ..=8) => 1,
            (_, ..=16) => 2,
            (_, ..=24) => 3,
            (_, ..=32) => 4,
            _ => 8,
        }
    };
    let appended = to.labels.starts_with(&from.labels) && size(from) == size(to);
    Some(if appended { Case::AppendLabel } else { Case::ChangeType })
}

/// Does every value of the old type have the same meaning in the new one?
pub(in crate::engines) fn always_fits(def: &TableDef, name: &Ident, to: &ColumnDef) -> bool {
    let from = table::column(def, name).filter(|from| from.generated.is_none() && to.generated.is_none());
    let (Some(from), Some(to)) = (from.and_then(|c| c.data_type.as_ref()), &to.data_type) else { return false };
    if from.charset != to.charset && to.charset.is_some() {
        return false;
    }
    let rank = |base: &str, ranks: &[&str]| ranks.iter().position(|known| *known == base);
    let wider = |ranks: &[&str]| match (rank(&from.base, ranks), rank(&to.base, ranks)) {
        (Some(old), Some(new)) => old <= new,
        _ => false,
    };
    let numbers = &["tinyint", "smallint", "mediumint", "int", "bigint"];
    let signs_fit = from.unsigned == to.unsigned || from.unsigned && from.base != to.base;
    let texts = wider(&["tinytext", "text", "mediumtext", "longtext"])
        || wider(&["tinyblob", "blob", "mediumblob", "longblob"]);
    let longer =
        from.base == to.base && matches!(from.base.as_str(), "varchar" | "varbinary" | "char") && from.args <= to.args;
    let decimals = match (from.args.as_slice(), to.args.as_slice()) {
        ([old, old_scale], [new, new_scale]) if from.base == "decimal" && to.base == "decimal" => {
            old_scale <= new_scale && old.saturating_sub(*old_scale) <= new.saturating_sub(*new_scale)
        }
        _ => false,
    };
    let to_text = matches!(from.base.as_str(), "varchar" | "char")
        && matches!(to.base.as_str(), "text" | "mediumtext" | "longtext");
    wider(numbers) && signs_fit || texts || longer || decimals || to_text || from.base == "float" && to.base == "double"
}

/// A change of character set or collation, when both are known.
fn text_step(old: &ColumnDef, new: &ColumnDef, def: &TableDef, indexed: bool) -> Option<Case> {
    let (from, to) = (charset(old, def), charset(new, def));
    let (from_collation, to_collation) = (collation(old, def), collation(new, def));
    match (from, to) {
        (Some(from), Some(to)) if from != to => {
            Some(if is_utf8mb3(&from) && to == "utf8mb4" { Case::WidenCharset { indexed } } else { Case::ChangeType })
        }
        (None, Some(_)) if says_charset(new) => Some(Case::ChangeType),
        _ if from_collation != to_collation && collation_said(new) => Some(Case::ChangeCollation { indexed }),
        _ => None,
    }
}

pub(in crate::engines) fn is_utf8mb3(charset: &str) -> bool {
    matches!(charset, "utf8" | "utf8mb3")
}

fn said(column: &ColumnDef) -> Option<&Charset> {
    column.data_type.as_ref().and_then(|data_type| data_type.charset.as_ref())
}

fn says_charset(column: &ColumnDef) -> bool {
    said(column).is_some() || column.collation.is_some()
}

fn collation_said(column: &ColumnDef) -> bool {
    column.collation.is_some() || said(column).is_some_and(|charset| charset.collation.is_some())
}

fn collation(column: &ColumnDef, def: &TableDef) -> Option<String> {
    let of_column = column.collation.as_ref().map(|name| name.object.value.to_ascii_lowercase());
    let of_type = said(column).and_then(|charset| charset.collation.as_ref()).map(|c| c.to_ascii_lowercase());
    of_column.or(of_type).or_else(|| option(&def.options, "collate"))
}

/// The character set of a column: its own, that of its collation, the table's.
fn charset(column: &ColumnDef, def: &TableDef) -> Option<String> {
    let own = said(column).and_then(|charset| charset.charset.as_ref()).map(|c| c.to_ascii_lowercase());
    let by_collation = collation_said(column).then(|| collation(column, def)).flatten().map(|c| of_collation(&c));
    own.or(by_collation).or_else(|| def.charset())
}

/// The character set and the collation of a column, as far as they are said.
pub fn text_as(column: &ColumnDef, def: &TableDef) -> [Option<String>; 2] {
    [charset(column, def), collation(column, def)]
}

/// The bytes of the longest value, where a length says so.
pub(super) fn most_bytes(column: &ColumnDef, def: &TableDef) -> u32 {
    let Some(data_type) = &column.data_type else { return 0 };
    let length = data_type.args.first().copied().unwrap_or_default();
    match data_type.base.as_str() {
        "varchar" | "char" => length.saturating_mul(charsets(column, def).into_iter().min().unwrap_or(1)),
        "varbinary" | "binary" => length,
        _ => 0,
    }
}

/// Bytes that a character of the column can take: one number when the character set is known, all that are common
/// otherwise.
fn charsets(column: &ColumnDef, def: &TableDef) -> Vec<u32> {
    charset(column, def).map_or(vec![1, 3, 4], |charset| vec![most_bytes_of(&charset)])
}
