//! Forms by version of MariaDB.

use crate::engines::forms::{Form, NEVER};

/// What a version does not have (10.11.18 and 11.8.9 were asked).
pub(super) const FORMS: &[Form] = &[
    // ---- queries
    ("TABLE", "", NEVER, 0),
    ("", "->", NEVER, 0),
    ("", "->>", NEVER, 0),
    ("", "FOR SHARE", NEVER, 0),
    ("", "FOR UPDATE OF", NEVER, 0),
    ("", "SKIP LOCKED", 100_600, 0),
    ("", "LATERAL (", NEVER, 0),
    ("", "JSON_TABLE (", 100_600, 0),
    ("", "MEMBER OF (", NEVER, 0),
    ("", "VALUES ROW (", NEVER, 0),
    ("", "EXCEPT ALL", 100_500, 0),
    ("", "INTERSECT ALL", 100_500, 0),
    ("EXPLAIN ANALYZE", "", NEVER, 0),
    ("ANALYZE TABLE", "UPDATE HISTOGRAM", NEVER, 0),
    // ---- rows
    ("WITH", ") UPDATE", NEVER, 0),
    ("WITH", ") DELETE", NEVER, 0),
    ("INSERT", "VALUES () AS", NEVER, 0),
    ("REPLACE", "VALUES () AS", NEVER, 0),
    ("INSERT INTO . SET", "AS . ON DUPLICATE", NEVER, 0),
    ("INSERT", "^RETURNING", 100_500, 0),
    ("REPLACE", "^RETURNING", 100_500, 0),
    ("DELETE FROM . AS", "", 110_600, 0),
    ("DELETE FROM . . WHERE", "", 110_600, 0),
    // ---- tables and indexes
    ("ALTER TABLE IF EXISTS", "", 100_502, 0),
    ("RENAME TABLE IF", "", 100_502, 0),
    ("", "NOT ENFORCED", NEVER, 0),
    ("", "ALWAYS AS IDENTITY", NEVER, 0),
    ("", "DEFAULT AS IDENTITY", NEVER, 0),
    ("", "KEY . () INVISIBLE", NEVER, 0),
    ("", "INDEX . () INVISIBLE", NEVER, 0),
    ("CREATE", "ON . () INVISIBLE", NEVER, 0),
    ("ALTER TABLE", "DROP CHECK", NEVER, 0),
    ("", "NULL SRID", NEVER, 0),
    ("", "POINT SRID", NEVER, 0),
    ("CREATE TABLE", "ENGINE TokuDB", NEVER, 0),
    ("", "TYPE InnoDB", NEVER, 0),
    ("", "TYPE MyISAM", NEVER, 0),
    ("", "COLLATE utf8mb4_0900_*", 110_405, 0),
    ("", "COLLATE uca1400_*", 101_001, 0),
    ("", "COLLATE utf8mb4_uca1400_*", 101_001, 0),
    // ---- accounts
    ("", "IDENTIFIED WITH . BY", NEVER, 0),
    ("", "IDENTIFIED WITH 'mysql_native_password' BY", NEVER, 0),
    // ---- settings
    ("SET PERSIST", "", NEVER, 0),
    ("SET", "transaction_isolation", 110_101, 0),
    ("SET", "max_execution_time", NEVER, 0),
    ("SET", "sql_require_primary_key", NEVER, 0),
    ("SET", "sql_generate_invisible_primary_key", NEVER, 0),
    ("SET", "information_schema_stats_expiry", NEVER, 0),
    ("SET", "cte_max_recursion_depth", NEVER, 0),
    ("SET", "restrict_fk_on_non_standard_key", NEVER, 0),
    ("SET", "old_alter_table", 0, 110_500),
    // ---- replication
    ("START REPLICA", "", 100_501, 0),
    ("STOP REPLICA", "", 100_501, 0),
    ("RESET REPLICA", "", 100_501, 0),
    ("CHANGE REPLICATION SOURCE", "", NEVER, 0),
    ("RESET BINARY LOGS", "", NEVER, 0),
];
