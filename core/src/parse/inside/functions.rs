//! When the value of a function can change, per engine.
//!
//! In: a function's name. Out: its volatility, or nothing for a function that is not in the table. A function that depends on
//! its arguments only is `Constant`: its call is as volatile as its arguments.
//! Evidence: PostgreSQL 18 `pg_proc.provolatile` (i, s, v), asked for every name here; where overloads differ, the worst of
//! those that take text, numbers or times; extensions by their own scripts.
//! MySQL: "Functions" and "Replication and System Functions" of the reference manual; MariaDB: its knowledge base.
//! SQLite: "Deterministic SQL Functions" (`deterministic.html`); date functions count as stable because of `'now'`.

use crate::change::Volatility;
use crate::source::is_slip;
use crate::target::Engine;

/// What is known of a function; `name` in lower case.
pub(super) fn volatility(engine: Engine, name: &str) -> Option<Volatility> {
    let tables: &[(Volatility, &[&str])] = match engine {
        Engine::Postgres => &POSTGRES,
        Engine::MySql | Engine::MariaDb => &MYSQL,
        Engine::Sqlite => &SQLITE,
    };
    let known = tables.iter().find(|(_, names)| names.contains(&name)).map(|(volatility, _)| *volatility);
    known.or_else(|| EVERYWHERE.contains(&name).then_some(Volatility::Constant))
}

/// The function of PostgreSQL that a name is a slip of; `name` in lower case.
pub(super) fn meant(name: &str) -> Option<&'static str> {
    let known = POSTGRES.iter().flat_map(|(_, names)| names.iter()).chain(&EVERYWHERE);
    let unknown = volatility(Engine::Postgres, name).is_none();
    known.copied().find(|known| unknown && is_slip(name, known))
}

/// SQL's own: the same everywhere, by their arguments only.
#[rustfmt::skip]
const EVERYWHERE: [&str; 19] = [
    "coalesce", "nullif", "abs", "round", "ceil", "ceiling", "floor", "lower", "upper", "length", "replace", "substr",
    "substring", "trim", "ltrim", "rtrim", "sign", "mod", "power",
];

#[rustfmt::skip]
const POSTGRES: [(Volatility, &[&str]); 3] = [
    (
        Volatility::Volatile,
        &[
            "random", "random_normal", "setseed", "clock_timestamp", "timeofday", "nextval", "currval", "lastval",
            "setval", "gen_random_uuid", "uuidv4", "uuidv7", "pg_sleep", "gen_random_bytes", "gen_salt",
            "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuid_generate_v7", "gen_ulid",
            "generate_ulid",
        ],
    ),
    (
        Volatility::Stable,
        &[
            "now", "transaction_timestamp", "statement_timestamp", "current_timestamp", "current_date", "current_time",
            "localtime", "localtimestamp", "current_user", "session_user", "user", "current_role", "current_catalog",
            "current_schema", "current_schemas", "current_database", "current_setting", "txid_current",
            "pg_current_xact_id", "pg_backend_pid", "inet_client_addr", "inet_client_port", "inet_server_addr",
            "version", "age", "extract", "date_trunc", "date_part", "to_char", "to_timestamp", "to_date", "to_number", "concat",
            "concat_ws", "format", "to_json", "to_jsonb", "row_to_json", "json_build_object", "json_build_array",
            "jsonb_build_object", "jsonb_build_array", "array_to_string", "array_to_json", "to_tsvector", "to_tsquery",
            "plainto_tsquery", "phraseto_tsquery", "websearch_to_tsquery", "quote_literal", "quote_nullable",
            "timezone", "make_timestamptz", "unaccent", "xmlserialize", "pg_get_serial_sequence", "to_regclass",
            "has_table_privilege",
        ],
    ),
    (
        Volatility::Constant,
        &[
            "char_length", "character_length", "octet_length", "bit_length", "left", "right", "btrim", "lpad", "rpad",
            "repeat", "reverse", "initcap", "translate", "split_part", "strpos", "position", "overlay", "starts_with",
            "md5", "sha224", "sha256", "sha384", "sha512", "encode", "decode", "digest", "hmac", "crypt", "hashtext",
            "ascii", "chr", "regexp_replace", "regexp_match", "regexp_matches", "regexp_like", "regexp_substr",
            "regexp_count", "regexp_split_to_array", "string_to_array", "greatest", "least", "trunc", "sqrt", "exp",
            "ln", "log", "pow", "div", "array_length", "array_upper", "array_lower", "array_ndims", "cardinality",
            "array_append", "array_prepend", "array_cat", "array_remove", "array_replace", "array_position", "array_positions",
            "array_dims", "array_fill", "isfinite", "make_interval", "make_date", "make_time", "make_timestamp",
            "justify_days", "justify_hours", "justify_interval", "setweight", "strip", "tsvector_to_array",
            "array_to_tsvector", "jsonb_array_length", "json_array_length", "jsonb_typeof", "json_typeof",
            "jsonb_extract_path", "jsonb_extract_path_text", "json_extract_path", "json_extract_path_text", "jsonb_set",
            "jsonb_insert", "jsonb_strip_nulls", "json_strip_nulls", "jsonb_object", "json_object", "jsonb_path_exists", "jsonb_path_match",
            "jsonb_path_query_array", "jsonb_path_query_first", "int4range", "int8range", "numrange", "tsrange",
            "tstzrange", "daterange", "isempty", "lower_inc", "upper_inc", "lower_inf", "upper_inf", "num_nonnulls", "num_nulls", "host",
            "masklen", "network", "netmask", "inet", "family", "text", "int4", "int8", "numeric", "varchar", "bpchar",
            "box", "point", "circle", "polygon", "area", "uuid_nil", "uuid_generate_v3", "uuid_generate_v5",
            "uuid_ns_dns", "uuid_ns_url", "get_byte", "set_byte", "get_bit", "to_hex", "factorial", "gcd", "lcm",
            "width_bucket", "normalize", "is_normalized", "similarity", "row",
        ],
    ),
];

#[rustfmt::skip]
const MYSQL: [(Volatility, &[&str]); 3] = [
    (
        Volatility::Volatile,
        &[
            "uuid", "uuid_short", "uuid_v4", "uuid_v7", "rand", "random_bytes", "sys_guid", "sysdate", "nextval",
            "lastval", "setval", "sleep", "get_lock", "release_lock", "load_file", "benchmark",
        ],
    ),
    (
        Volatility::Stable,
        &[
            "now", "current_timestamp", "localtime", "localtimestamp", "curdate", "current_date", "curtime",
            "current_time", "utc_date", "utc_time", "utc_timestamp", "unix_timestamp", "connection_id", "user",
            "current_user", "session_user", "system_user", "current_role", "database", "schema", "version",
            "last_insert_id", "row_count", "found_rows",
        ],
    ),
    (
        Volatility::Constant,
        &[
            "char_length", "character_length", "octet_length", "bit_length", "left", "right", "mid", "locate", "instr",
            "lcase", "ucase", "lpad", "rpad", "repeat", "reverse", "concat", "concat_ws", "elt", "field", "find_in_set",
            "format", "hex", "unhex", "md5", "sha", "sha1", "sha2", "crc32", "to_base64", "from_base64", "compress",
            "uncompress", "if", "ifnull", "isnull", "greatest", "least", "truncate", "pow", "sqrt", "exp", "ln", "log",
            "log2", "log10", "mod", "date", "time", "year", "month", "day", "dayofmonth", "dayofweek", "dayofyear",
            "week", "weekday", "hour", "minute", "second", "microsecond", "quarter", "last_day", "date_format",
            "str_to_date", "date_add", "date_sub", "adddate", "subdate", "addtime", "timestampdiff", "timestampadd",
            "datediff", "timediff", "to_days", "from_days", "to_seconds", "timestamp", "from_unixtime", "convert_tz",
            "extract", "makedate", "maketime", "cast", "convert", "char", "ascii", "ord", "bin", "oct", "conv",
            "strcmp", "space", "substring_index", "insert", "quote", "soundex", "json_extract", "json_unquote",
            "json_object", "json_array", "json_contains", "json_contains_path", "json_valid", "json_length",
            "json_keys", "json_type", "json_value", "json_set", "json_insert", "json_replace", "json_remove",
            "json_search", "json_quote", "json_overlaps", "json_schema_valid", "regexp_like", "regexp_replace",
            "regexp_substr", "regexp_instr", "inet_aton", "inet_ntoa", "inet6_aton", "inet6_ntoa", "uuid_to_bin",
            "bin_to_uuid", "is_uuid", "bit_count", "st_geomfromtext", "st_x", "st_y", "st_srid", "st_pointfromtext",
            "st_distance", "point", "position",
        ],
    ),
];

/// Functions and words before a bracket of MySQL and MariaDB of which no more is said here than that they change nothing.
#[rustfmt::skip]
const HARMLESS: [&str; 126] = [
    "acos", "add_months", "aes_decrypt", "aes_encrypt", "against", "any_value", "asin", "atan", "atan2", "bigint",
    "binary", "bit", "bit_and", "bit_or", "bit_xor", "blob", "coercibility", "collate", "collation", "column_check",
    "column_exists", "column_json", "column_list", "cos", "cot", "crc32c", "dayname", "decimal", "declare",
    "default", "degrees", "des_decrypt", "des_encrypt", "distance", "div", "double", "elseif", "encrypt", "enum",
    "export_set", "extractvalue", "float", "format_bytes", "from_vector", "geometrycollection", "get_format",
    "index", "int", "is_free_lock", "is_ipv4", "is_ipv4_compat", "is_ipv4_mapped", "is_ipv6", "is_used_lock", "kdf",
    "key", "last_value", "leave", "lengthb", "linestring", "make_set", "match", "median", "mediumint", "member",
    "monthname", "multipoint", "name_const", "natural_sort_key", "nchar", "nth_value", "ntile", "numeric", "nvl",
    "nvl2", "old_password", "partition", "password", "percent_rank", "percentile_cont", "percentile_disc",
    "period_add", "period_diff", "pi", "polygon", "radians", "real", "regexp", "release_all_locks", "return",
    "rlike", "sec_to_time", "sformat", "signed", "sin", "smallint", "statement_digest", "std", "stddev",
    "stddev_pop", "stddev_samp", "string_to_vector", "subtime", "tan", "text", "time_format", "time_to_sec",
    "tinyint", "to_vector", "uncompressed_length", "unsigned", "until", "update", "updatexml", "value", "var_pop",
    "var_samp", "varbinary", "variance", "vector_dim", "vector_to_string", "weekofyear", "weight_string", "while",
    "xor", "yearweek",
];

/// Whether MySQL or MariaDB bring a function along, which then changes neither rows nor structure; `name` in lower case.
pub(in crate::parse) fn comes_with_mysql(name: &str) -> bool {
    ["json_", "st_", "mbr", "vec_"].iter().any(|family| name.starts_with(family))
        || HARMLESS.binary_search(&name).is_ok()
        || volatility(Engine::MySql, name).is_some()
}

const SQLITE: [(Volatility, &[&str]); 3] = [
    (Volatility::Volatile, &["random", "randomblob", "last_insert_rowid", "changes", "total_changes"]),
    (
        Volatility::Stable,
        &[
            "date",
            "time",
            "datetime",
            "julianday",
            "strftime",
            "unixepoch",
            "timediff",
            "current_timestamp",
            "current_date",
            "current_time",
            "sqlite_version",
        ],
    ),
    (
        Volatility::Constant,
        &[
            "hex",
            "unhex",
            "ifnull",
            "iif",
            "if",
            "instr",
            "char",
            "unicode",
            "quote",
            "printf",
            "format",
            "typeof",
            "zeroblob",
            "max",
            "min",
            "likely",
            "unlikely",
            "likelihood",
            "glob",
            "like",
            "concat",
            "concat_ws",
            "octet_length",
            "soundex",
            "sqrt",
            "pow",
            "exp",
            "ln",
            "log",
            "log10",
            "log2",
            "trunc",
            "json",
            "jsonb",
            "json_valid",
            "json_extract",
            "jsonb_extract",
            "json_array",
            "json_array_length",
            "json_object",
            "json_type",
            "json_set",
            "json_insert",
            "json_replace",
            "json_remove",
            "json_patch",
            "json_quote",
        ],
    ),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]
    use super::*;

    #[test]
    fn harmless_functions_are_sorted() {
        assert!(HARMLESS.is_sorted());
    }

    #[test]
    fn no_function_is_listed_twice() {
        for table in [&POSTGRES, &MYSQL, &SQLITE] {
            let mut names: Vec<&str> = table.iter().flat_map(|(_, names)| names.iter().copied()).collect();
            names.sort_unstable();
            let doubled: Vec<&[&str]> = names.windows(2).filter(|pair| pair.first() == pair.last()).collect();
            assert!(doubled.is_empty(), "{doubled:?}");
        }
    }
}
