//! Identifiers, literals and the few statements that both servers share.

use crate::change::Ident;

/// Words that need quotes in MySQL 5.7–9.7 or MariaDB 10.3–11.8, in order. Quoting one that needs none does no harm.
const RESERVED: &[&str] = &[
    "accessible",
    "add",
    "all",
    "alter",
    "analyze",
    "and",
    "as",
    "asc",
    "asensitive",
    "before",
    "between",
    "bigint",
    "binary",
    "blob",
    "both",
    "by",
    "call",
    "cascade",
    "case",
    "change",
    "char",
    "character",
    "check",
    "collate",
    "column",
    "condition",
    "constraint",
    "continue",
    "convert",
    "create",
    "cross",
    "cube",
    "cume_dist",
    "current_date",
    "current_role",
    "current_time",
    "current_timestamp",
    "current_user",
    "cursor",
    "database",
    "databases",
    "day_hour",
    "day_microsecond",
    "day_minute",
    "day_second",
    "dec",
    "decimal",
    "declare",
    "default",
    "delayed",
    "delete",
    "delete_domain_id",
    "dense_rank",
    "desc",
    "describe",
    "deterministic",
    "distinct",
    "distinctrow",
    "div",
    "do_domain_ids",
    "double",
    "drop",
    "dual",
    "each",
    "else",
    "elseif",
    "empty",
    "enclosed",
    "escaped",
    "except",
    "exists",
    "exit",
    "explain",
    "false",
    "fetch",
    "first_value",
    "float",
    "float4",
    "float8",
    "for",
    "force",
    "foreign",
    "from",
    "fulltext",
    "function",
    "generated",
    "get",
    "grant",
    "group",
    "grouping",
    "groups",
    "having",
    "high_priority",
    "hour_microsecond",
    "hour_minute",
    "hour_second",
    "if",
    "ignore",
    "ignore_domain_ids",
    "in",
    "index",
    "infile",
    "inner",
    "inout",
    "insensitive",
    "insert",
    "int",
    "int1",
    "int2",
    "int3",
    "int4",
    "int8",
    "integer",
    "intersect",
    "interval",
    "into",
    "io_after_gtids",
    "io_before_gtids",
    "is",
    "iterate",
    "join",
    "json_table",
    "key",
    "keys",
    "kill",
    "lag",
    "last_value",
    "lateral",
    "lead",
    "leading",
    "leave",
    "left",
    "like",
    "limit",
    "linear",
    "lines",
    "load",
    "localtime",
    "localtimestamp",
    "lock",
    "long",
    "longblob",
    "longtext",
    "loop",
    "low_priority",
    "master_bind",
    "master_demote_to_replica",
    "master_demote_to_slave",
    "master_ssl_verify_server_cert",
    "match",
    "maxvalue",
    "mediumblob",
    "mediumint",
    "mediumtext",
    "middleint",
    "minute_microsecond",
    "minute_second",
    "mod",
    "modifies",
    "natural",
    "no_write_to_binlog",
    "not",
    "nth_value",
    "ntile",
    "null",
    "numeric",
    "of",
    "offset",
    "on",
    "optimize",
    "optimizer_costs",
    "option",
    "optionally",
    "or",
    "order",
    "out",
    "outer",
    "outfile",
    "over",
    "page_checksum",
    "parse_vcol_expr",
    "partition",
    "percent_rank",
    "persist",
    "persist_only",
    "portion",
    "precision",
    "primary",
    "procedure",
    "purge",
    "range",
    "rank",
    "read",
    "read_write",
    "reads",
    "real",
    "recursive",
    "ref_system_id",
    "references",
    "regexp",
    "release",
    "rename",
    "repeat",
    "replace",
    "require",
    "resignal",
    "restrict",
    "return",
    "returning",
    "revoke",
    "right",
    "rlike",
    "row",
    "row_number",
    "rows",
    "schema",
    "schemas",
    "second_microsecond",
    "select",
    "sensitive",
    "separator",
    "set",
    "show",
    "signal",
    "smallint",
    "spatial",
    "specific",
    "sql",
    "sql_after_gtids",
    "sql_before_gtids",
    "sql_big_result",
    "sql_calc_found_rows",
    "sql_small_result",
    "sqlexception",
    "sqlstate",
    "sqlwarning",
    "ssl",
    "starting",
    "stats_auto_recalc",
    "stats_persistent",
    "stats_sample_pages",
    "stored",
    "straight_join",
    "system",
    "table",
    "terminated",
    "then",
    "tinyblob",
    "tinyint",
    "tinytext",
    "to",
    "trailing",
    "trigger",
    "true",
    "undo",
    "union",
    "unique",
    "unlock",
    "unsigned",
    "update",
    "usage",
    "use",
    "using",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "values",
    "varbinary",
    "varchar",
    "varcharacter",
    "varying",
    "vector",
    "virtual",
    "when",
    "where",
    "while",
    "window",
    "with",
    "write",
    "xor",
    "year_month",
    "zerofill",
];

/// Quoted with backticks when it must be; those work under ANSI_QUOTES too.
pub(in crate::engines) fn ident(ident: &Ident) -> String {
    let name = &ident.value;
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && RESERVED.binary_search(&name.to_ascii_lowercase().as_str()).is_err();
    if plain { name.clone() } else { format!("`{}`", name.replace('`', "``")) }
}

/// A string literal that means the same with and without NO_BACKSLASH_ESCAPES: text with a backslash is written in
/// hexadecimal.
pub(in crate::engines) fn literal(text: &str) -> String {
    if text.contains('\\') {
        let digits: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
        return format!("_utf8mb4 0x{digits}");
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Bounds the wait for metadata locks; where `inside`, also that for transactions on tables that point at the one that is
/// altered, which happens inside the storage engine, while all traffic waits behind it, and has a limit of its own of 50
/// seconds (observed on MySQL 5.7 and MariaDB 10.11 and 11.8). The server counts in seconds, at least one.
pub(in crate::engines) fn lock_timeout(ms: u64, inside: bool) -> Vec<String> {
    let seconds = ms.div_ceil(1000).max(1);
    let rows = if inside { format!(", innodb_lock_wait_timeout = {seconds}") } else { String::new() };
    vec![format!("SET SESSION lock_wait_timeout = {seconds}{rows}")]
}

/// Sets a variable of the session back; the chosen database and the character set have no way back.
pub(in crate::engines) fn reset(setting: &str) -> Option<String> {
    let variable = !setting.is_empty() && !matches!(setting, "names" | "role" | "time zone");
    variable.then(|| format!("SET {setting} = DEFAULT"))
}

/// Row counts are the storage engine's estimate, often off by a tenth and more.
pub(in crate::engines) const STATS_QUERY: &str = "SELECT table_schema AS `schema`, table_name AS `table`, table_rows AS `rows`, data_length AS table_bytes, index_length AS index_bytes\n  FROM information_schema.tables\n WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'\n ORDER BY data_length + index_length DESC;\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_are_in_order() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn quotes_what_must_be_quoted() {
        for (name, sql) in [
            ("users", "users"),
            ("order", "`order`"),
            ("Rank", "`Rank`"),
            ("a`b", "`a``b`"),
            ("1a", "`1a`"),
            ("größe", "`größe`"),
            ("", "``"),
        ] {
            assert_eq!(ident(&Ident::new(name)), sql);
        }
    }

    #[test]
    fn literals_hold_in_both_escape_modes() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\' OR 1"), "_utf8mb4 0x615C27204F522031");
    }

    #[test]
    fn the_wait_is_bounded_in_whole_seconds() {
        assert_eq!(lock_timeout(500, false), ["SET SESSION lock_wait_timeout = 1"]);
        assert_eq!(lock_timeout(2500, true), ["SET SESSION lock_wait_timeout = 3, innodb_lock_wait_timeout = 3"]);
    }
}
