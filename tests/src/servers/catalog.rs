//! A PostgreSQL database as text: what two databases must share to be the same to their users.

use postgres::{Client, SimpleQueryMessage};

/// What a comparison leaves out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ignore {
    /// Nothing but the order of columns, which a DROP and ADD changes and no query should depend on.
    ColumnOrder,
    /// Also the names of constraints, indexes and sequences that the server may choose.
    ChosenNames,
}

/// Everything that belongs to users in a database, one line each, in a fixed order.
///
/// # Panics
/// When the catalog cannot be read.
pub fn pg_catalog(client: &mut Client, ignore: Ignore) -> String {
    client.batch_execute("SET search_path TO ''; SET extra_float_digits TO 1").expect("session settings");
    let query = format!("SELECT line FROM ({QUERY}) AS t (line) WHERE line IS NOT NULL ORDER BY line COLLATE \"C\"");
    let mut lines = rows(client, &query);
    client.batch_execute("RESET search_path").expect("session settings");
    if ignore == Ignore::ChosenNames {
        let mut kept: Vec<String> = lines.iter().map(|line| without_chosen_names(line)).collect();
        kept.sort();
        lines = kept;
    }
    lines.join("\n") + "\n"
}

/// The rows of every table, as a fingerprint per table that does not depend on the order of rows and columns.
///
/// # Panics
/// When a table cannot be read.
pub fn pg_data(client: &mut Client) -> String {
    let tables = rows(
        client,
        "SELECT c.oid::regclass FROM pg_class c WHERE c.relkind = 'r' AND NOT c.relispartition \
         AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema$)') ORDER BY 1::text",
    );
    let mut lines = Vec::new();
    for table in tables {
        let query = format!(
            "SELECT '{}: ' || count(*) || ' rows ' || coalesce(md5(string_agg(r, E'\\n' ORDER BY r)), '') \
             FROM (SELECT to_jsonb(t)::text AS r FROM {table} AS t) AS rows",
            table.replace('\'', "''")
        );
        lines.extend(rows(client, &query));
    }
    lines.join("\n") + "\n"
}

/// A catalog in which each validated `CHECK (column IS NOT NULL)` is the column's own NOT NULL.
pub(super) fn checks_as_not_null(catalog: &str) -> String {
    let (checks, others): (Vec<&str>, Vec<&str>) = catalog.lines().partition(|line| proved_column(line).is_some());
    let columns: Vec<String> = checks.iter().filter_map(|line| proved_column(line)).collect();
    let proved = |line: &str| columns.iter().any(|column| line.starts_with(column)) && !line.contains(" not null ");
    let strict = |line: &str| {
        let before = [" default ", " identity "].iter().filter_map(|word| line.find(word)).min();
        let at = before.unwrap_or(line.len());
        format!("{} not null{}", &line[..at], &line[at..])
    };
    let mut lines: Vec<String> =
        others.iter().map(|line| if proved(line) { strict(line) } else { line.to_string() }).collect();
    lines.sort();
    lines.join("\n") + "\n"
}

/// `column table.column `, of the line of a check that proves it.
fn proved_column(line: &str) -> Option<String> {
    let (table, check) = line.strip_prefix("constraint ")?.split_once(" on ")?.1.split_once(" = CHECK ((")?;
    let column = check.strip_suffix(" IS NOT NULL)) validated true deferrable falsefalse")?;
    Some(format!("column {table}.{column} "))
}

fn rows(client: &mut Client, query: &str) -> Vec<String> {
    let messages = client.simple_query(query).unwrap_or_else(|error| {
        panic!("{}\n{query}", error.as_db_error().map_or(error.to_string(), ToString::to_string))
    });
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_string),
        _ => None,
    };
    messages.iter().filter_map(row).collect()
}

/// A line with the name in front of ` = ` of a constraint, index or sequence left out.
fn without_chosen_names(line: &str) -> String {
    match line.split_once(" = ") {
        Some((head, definition)) if head.starts_with("constraint ") || head.starts_with("index ") => {
            let table = head.split(" on ").nth(1).unwrap_or_default();
            let kind = head.split(' ').next().unwrap_or_default();
            // pg_get_indexdef repeats the name: CREATE INDEX name ON …
            let definition = match definition.split_once(" INDEX ") {
                Some((create, rest)) => format!("{create} INDEX {}", rest.split_once(" ON ").map_or(rest, |(_, r)| r)),
                None => definition.to_string(),
            };
            format!("{kind} on {table} = {definition}")
        }
        _ => line.to_string(),
    }
}

// The server's own objects have numbers below 16384; without that filter thousands are put into words before they go.
// Columns that not every version has are read through to_jsonb. Of the options of a column only those that a user can
// set are compared: there are server builds that stamp each column with an option of their own.
const QUERY: &str = r"
WITH ns AS (
  SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'
), rel AS (
  SELECT c.oid, relkind, relpersistence, relowner, reloptions, relacl, relrowsecurity, relforcerowsecurity, relreplident,
    reltablespace, relpartbound, relispopulated, c.oid::regclass::text AS label
  FROM pg_class c JOIN ns ON ns.oid = c.relnamespace
), ext AS (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
)
SELECT 'schema ' || nspname || coalesce(' acl ' || (SELECT nspacl::text FROM pg_namespace p WHERE p.oid = ns.oid), '') FROM ns
UNION ALL SELECT 'extension ' || extname || ' ' || extversion FROM pg_extension
UNION ALL
SELECT 'relation ' || label || ' kind ' || relkind::text || ' persistence ' || relpersistence::text || ' owner ' || relowner::regrole
    || coalesce(' options ' || reloptions::text, '') || coalesce(' acl ' || relacl::text, '')
    || ' rls ' || relrowsecurity || relforcerowsecurity || ' replica ' || relreplident::text
    || ' tablespace ' || reltablespace
    || coalesce(' partition by ' || CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END, '')
    || coalesce(' bound ' || pg_get_expr(relpartbound, oid), '')
    || coalesce((SELECT ' inherits ' || string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno)
                 FROM pg_inherits WHERE inhrelid = rel.oid), '')
  FROM rel WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL
SELECT 'column ' || rel.label || '.' || quote_ident(attname) || ' ' || format_type(atttypid, atttypmod)
    || CASE WHEN attnotnull THEN ' not null' ELSE '' END
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
    || ' identity ' || attidentity::text || ' generated ' || coalesce(to_jsonb(a) ->> 'attgenerated', '')
    || CASE WHEN attcollation <> 0 THEN ' collate ' || (SELECT quote_ident(collname) FROM pg_collation AS c WHERE c.oid = attcollation) ELSE '' END
    || ' statistics ' || coalesce(nullif(to_jsonb(a) ->> 'attstattarget', '-1'), 'default')
    || ' storage ' || attstorage::text || ' compression ' || coalesce(to_jsonb(a) ->> 'attcompression', '')
    || coalesce((SELECT ' options ' || string_agg(o, ',' ORDER BY o) FROM unnest(attoptions) AS o WHERE o LIKE 'n\_distinct%'), '')
    || coalesce(' acl ' || attacl::text, '')
  FROM pg_attribute a JOIN rel ON rel.oid = attrelid LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
  WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'constraint ' || quote_ident(conname) || ' on ' || CASE WHEN conrelid <> 0 THEN conrelid::regclass::text ELSE contypid::regtype::text END
    || ' = ' || pg_get_constraintdef(k.oid) || ' validated ' || convalidated || ' deferrable ' || condeferrable || condeferred
  FROM pg_constraint k JOIN ns ON ns.oid = k.connamespace
  WHERE contype NOT IN ('t', 'n') AND k.oid >= 16384
UNION ALL
SELECT 'index ' || i.indexrelid::regclass || ' on ' || i.indrelid::regclass || ' = ' || pg_get_indexdef(i.indexrelid)
    || ' valid ' || indisvalid || ' ready ' || indisready || ' primary ' || indisprimary || ' unique ' || indisunique
    || ' clustered ' || indisclustered || ' replica ' || indisreplident
    || coalesce(' options ' || (SELECT reloptions::text FROM pg_class WHERE oid = indexrelid), '')
  FROM pg_index i JOIN rel ON rel.oid = i.indrelid
UNION ALL
SELECT 'trigger ' || pg_get_triggerdef(t.oid) || ' enabled ' || tgenabled::text
  FROM pg_trigger t JOIN rel ON rel.oid = tgrelid WHERE NOT tgisinternal
UNION ALL
SELECT 'view ' || label || ' = ' || pg_get_viewdef(oid) || ' populated ' || relispopulated FROM rel WHERE relkind IN ('v', 'm')
UNION ALL
SELECT 'rule ' || pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN rel ON rel.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL
SELECT 'function ' || p.oid::regprocedure || ' ' || prokind::text || CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid) ELSE '' END
    || coalesce(' acl ' || proacl::text, '')
  FROM pg_proc p JOIN ns ON ns.oid = pronamespace
  WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM ext WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
UNION ALL
SELECT 'enum ' || t.oid::regtype || ' = ' || string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder)
  FROM pg_enum e JOIN pg_type t ON t.oid = enumtypid GROUP BY t.oid
UNION ALL
SELECT 'domain ' || t.oid::regtype || ' = ' || format_type(typbasetype, typtypmod) || ' not null ' || typnotnull
    || coalesce(' default ' || typdefault, '')
  FROM pg_type t JOIN ns ON ns.oid = typnamespace WHERE typtype = 'd'
UNION ALL
SELECT 'composite ' || t.oid::regtype || ' = ' || (SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod), ',' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped)
  FROM pg_type t JOIN rel ON rel.oid = typrelid WHERE relkind = 'c'
UNION ALL
SELECT 'sequence ' || seqrelid::regclass || ' ' || format_type(seqtypid, NULL) || ' ' || concat_ws(',', seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle)
    || coalesce((SELECT ' owned ' || refobjid::regclass || '.' || attname || ' ' || deptype::text FROM pg_depend d
                 JOIN pg_attribute a ON attrelid = refobjid AND attnum = refobjsubid
                 WHERE classid = 'pg_class'::regclass AND objid = seqrelid AND deptype IN ('a', 'i') AND refobjsubid > 0), '')
  FROM pg_sequence JOIN rel ON rel.oid = seqrelid
UNION ALL
SELECT 'policy ' || quote_ident(polname) || ' on ' || polrelid::regclass || ' ' || polcmd::text || polpermissive || ' ' || polroles::text
    || coalesce(' using ' || pg_get_expr(polqual, polrelid), '') || coalesce(' check ' || pg_get_expr(polwithcheck, polrelid), '')
  FROM pg_policy JOIN rel ON rel.oid = polrelid
UNION ALL
SELECT 'statistics ' || pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN ns ON ns.oid = stxnamespace
UNION ALL
SELECT 'comment on ' || o.type || ' ' || o.identity || ' = ' || description
  FROM (SELECT * FROM pg_description WHERE objoid >= 16384) AS d, LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS o
  WHERE o.schema IN (SELECT nspname FROM ns) OR d.classoid IN ('pg_constraint'::regclass, 'pg_trigger'::regclass, 'pg_policy'::regclass)
     OR (d.classoid = 'pg_namespace'::regclass AND d.objoid IN (SELECT oid FROM ns WHERE nspname <> 'public'))
UNION ALL
SELECT 'publication ' || pubname || ' ' || coalesce((SELECT string_agg(prrelid::regclass::text, ',' ORDER BY prrelid::regclass::text)
  FROM pg_publication_rel WHERE prpubid = p.oid), '') FROM pg_publication p
";
