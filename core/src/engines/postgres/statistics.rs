//! The query whose output is pasted as statistics.

/// One row per table: rows, bytes, writes per second since the statistics were reset; partitions are summed up under
/// their parent too. Rows are left empty where nothing was ever counted. The last column is the same in every row: how
/// long the longest transaction has been running.
pub(super) const QUERY: &str = "\
WITH RECURSIVE tree AS (
  SELECT c.oid AS root, c.oid AS leaf FROM pg_class c WHERE c.relkind IN ('r', 'p', 'm')
  UNION ALL
  SELECT t.root, i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.leaf
), since AS (
  SELECT greatest(extract(epoch FROM now() - coalesce(stats_reset, pg_postmaster_start_time())), 1) AS s
  FROM pg_stat_database WHERE datname = current_database()
)
SELECT CASE WHEN n.nspname = 'public' THEN r.relname ELSE n.nspname || '.' || r.relname END AS table_name,
       sum(CASE WHEN l.reltuples > 0 THEN l.reltuples
                WHEN pg_relation_size(l.oid) = 0 THEN 0
                ELSE nullif(s.n_live_tup, 0) END)::bigint AS rows,
       sum(pg_table_size(l.oid))::bigint AS table_bytes,
       sum(pg_indexes_size(l.oid))::bigint AS index_bytes,
       round((sum(coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0)) / max(since.s))::numeric, 1) AS writes_per_s,
       (SELECT round(coalesce(max(extract(epoch FROM now() - xact_start)), 0)::numeric, 1)
          FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS longest_transaction_s
FROM tree t
JOIN pg_class r ON r.oid = t.root
JOIN pg_class l ON l.oid = t.leaf AND l.relkind <> 'p'
JOIN pg_namespace n ON n.oid = r.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = l.oid
CROSS JOIN since
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%'
GROUP BY n.nspname, r.relname
ORDER BY rows DESC";
