//! The schema of a database as its dump tool writes it, as far as the tests need it.

use crate::execute::Server;

/// One column of a query's rows.
fn column(server: &mut dyn Server, sql: &str) -> Vec<String> {
    let rows = server.rows(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    rows.into_iter().filter_map(|row| row.into_iter().next()).collect()
}

/// As `.schema` of SQLite.
///
/// # Panics
/// When the schema cannot be read.
pub fn sqlite_dump(server: &mut dyn Server) -> String {
    let all = "SELECT sql || ';' FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY \
               CASE type WHEN 'table' THEN 1 WHEN 'index' THEN 2 WHEN 'view' THEN 3 ELSE 4 END, rowid";
    column(server, all).join("\n")
}

/// As `mysqldump --no-data --routines`.
///
/// # Panics
/// When the schema cannot be read.
pub fn mysql_dump(server: &mut dyn Server) -> String {
    let database = column(server, "SELECT DATABASE()").concat();
    let mut out = vec!["SET foreign_key_checks = 0;".to_string()];
    let shown = |server: &mut dyn Server, what: &str, name: &str, at: usize| {
        let rows = server
            .rows(&format!("SHOW CREATE {what} `{}`", name.replace('`', "``")))
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        rows[0][at].replace(&format!("`{database}`."), "")
    };
    for (kind, from, at, compound) in [
        ("TABLE", "information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema", 1, false),
        ("VIEW", "information_schema.views WHERE table_schema", 1, false),
        ("PROCEDURE", "information_schema.routines WHERE routine_type = 'PROCEDURE' AND routine_schema", 2, true),
        ("FUNCTION", "information_schema.routines WHERE routine_type = 'FUNCTION' AND routine_schema", 2, true),
        ("TRIGGER", "information_schema.triggers WHERE trigger_schema", 2, true),
    ] {
        let name = match kind {
            "TABLE" | "VIEW" => "table_name",
            "TRIGGER" => "trigger_name",
            _ => "routine_name",
        };
        for name in column(server, &format!("SELECT {name} FROM {from} = DATABASE() ORDER BY 1")) {
            let sql = shown(server, kind, &name, at);
            out.push(if compound { format!("DELIMITER ;;\n{sql};;\nDELIMITER ;") } else { format!("{sql};") });
        }
    }
    out.join("\n")
}

/// Statements of PostgreSQL in the order of `pg_dump --schema-only`: what each query returns, one below the other.
const POSTGRES: &[&str] = &[
    "SELECT format('CREATE SCHEMA %I;', nspname) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)' ORDER BY 1",
    "SELECT format('CREATE TYPE %s AS ENUM (%s);', t.oid::regtype, string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder))
       FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid GROUP BY t.oid ORDER BY 1",
    "SELECT format('CREATE DOMAIN %s AS %s%s%s%s;', t.oid::regtype, format_type(typbasetype, typtypmod), ' DEFAULT ' || typdefault,
         CASE WHEN typnotnull THEN ' NOT NULL' END,
         (SELECT string_agg(format(' CONSTRAINT %I %s', conname, pg_get_constraintdef(c.oid)), '' ORDER BY conname)
            FROM pg_constraint c WHERE contypid = t.oid AND contype = 'c'))
       FROM pg_type t WHERE typtype = 'd' AND own(typnamespace) ORDER BY t.oid",
    "SELECT pg_get_functiondef(p.oid) || ';' FROM pg_proc p WHERE own(pronamespace) AND prokind IN ('f', 'p') ORDER BY p.oid",
    "SELECT format('CREATE SEQUENCE %s AS %s START %s INCREMENT %s;', c.oid::regclass, format_type(seqtypid, NULL), seqstart, seqincrement)
       FROM pg_class c JOIN pg_sequence ON seqrelid = c.oid WHERE own(relnamespace)
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND deptype = 'i') ORDER BY c.oid",
    "SELECT format('CREATE %sTABLE %s (%s)%s%s;', CASE relpersistence WHEN 'u' THEN 'UNLOGGED ' END, c.oid::regclass,
         (SELECT string_agg(format('%I %s%s%s%s', attname, format_type(atttypid, atttypmod),
             (SELECT format(' COLLATE %I', collname) FROM pg_collation l WHERE l.oid = attcollation AND collname <> 'default'),
             CASE WHEN attgenerated <> '' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(adbin, adrelid))
                  WHEN attidentity <> '' AND NOT relispartition THEN format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s)', CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
                    pg_get_serial_sequence(c.oid::regclass::text, attname))
                  ELSE ' DEFAULT ' || pg_get_expr(adbin, adrelid) END,
             CASE WHEN attnotnull THEN ' NOT NULL' END), ', ' ORDER BY attnum)
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON adrelid = attrelid AND adnum = attnum
           WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) ||
         coalesce((SELECT string_agg(format(', CONSTRAINT %I %s', conname, pg_get_constraintdef(k.oid)), '' ORDER BY conname)
            FROM pg_constraint k WHERE conrelid = c.oid AND contype = 'c'), ''),
         ' PARTITION BY ' || pg_get_partkeydef(c.oid),
         (SELECT format(' INHERITS (%s)', string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno))
            FROM pg_inherits WHERE inhrelid = c.oid AND NOT relispartition HAVING count(*) > 0))
       FROM pg_class c WHERE own(relnamespace) AND relkind IN ('r', 'p') ORDER BY c.oid",
    "SELECT format('ALTER TABLE ONLY %s ATTACH PARTITION %s %s;', inhparent::regclass, c.oid::regclass, pg_get_expr(relpartbound, c.oid))
       FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid WHERE relispartition AND relkind IN ('r', 'p') ORDER BY c.oid",
    "SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I;', d.objid::regclass, d.refobjid::regclass, attname)
       FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND relkind = 'S' JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
      WHERE deptype = 'a' AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND own(relnamespace) ORDER BY 1",
    "SELECT format('ALTER TABLE ONLY %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
       FROM pg_constraint k WHERE conrelid <> 0 AND contype IN ('p', 'u', 'x') AND own(connamespace) ORDER BY k.oid",
    "SELECT format('CREATE %sVIEW %s%s AS %s', CASE relkind WHEN 'm' THEN 'MATERIALIZED ' END, c.oid::regclass,
         ' WITH (' || array_to_string(reloptions, ', ') || ')', pg_get_viewdef(c.oid))
       FROM pg_class c WHERE own(relnamespace) AND relkind IN ('v', 'm') ORDER BY c.oid",
    "SELECT pg_get_indexdef(indexrelid) || ';' FROM pg_index JOIN pg_class c ON c.oid = indexrelid
      WHERE own(relnamespace) AND NOT EXISTS (SELECT FROM pg_constraint k WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
      ORDER BY indexrelid",
    "SELECT format('ALTER INDEX %s ATTACH PARTITION %s;', inhparent::regclass, c.oid::regclass)
       FROM pg_class c JOIN pg_inherits ON inhrelid = c.oid WHERE relispartition AND relkind IN ('i', 'I') ORDER BY c.oid",
    "SELECT pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class WHERE own(relnamespace) AND rulename <> '_RETURN' ORDER BY r.oid",
    "SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s%s%s;', polname, polrelid::regclass,
         CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
         CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
         CASE polroles WHEN '{0}' THEN 'PUBLIC' ELSE (SELECT string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE oid = ANY (polroles)) END,
         ' USING (' || pg_get_expr(polqual, polrelid) || ')', ' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
       FROM pg_policy ORDER BY oid",
    "SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY;', c.oid::regclass) FROM pg_class c WHERE relrowsecurity ORDER BY c.oid",
    "SELECT format('ALTER TABLE %s FORCE ROW LEVEL SECURITY;', c.oid::regclass) FROM pg_class c WHERE relforcerowsecurity ORDER BY c.oid",
    "SELECT pg_get_triggerdef(t.oid) || ';' FROM pg_trigger t WHERE NOT tgisinternal AND tgparentid = 0 ORDER BY t.oid",
    "SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s;', conrelid::regclass, conname, pg_get_constraintdef(k.oid))
       FROM pg_constraint k WHERE contype = 'f' AND conparentid = 0 ORDER BY k.oid",
    "SELECT pg_get_statisticsobjdef(oid) || ';' FROM pg_statistic_ext ORDER BY oid",
    "SELECT format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s;', attrelid::regclass, attname, attstattarget)
       FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE own(relnamespace) AND attstattarget >= 0 AND attnum > 0 ORDER BY 1",
    "SELECT format('COMMENT ON %s IS %L;', kind, description) FROM (
       SELECT d.*, CASE WHEN objsubid > 0 THEN format('COLUMN %s.%I', objoid::regclass, attname)
                   ELSE format('%s %s', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX' ELSE 'TABLE' END,
                               objoid::regclass) END AS kind
         FROM pg_description d JOIN pg_class c ON c.oid = objoid AND own(relnamespace)
         LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND objsubid > 0 WHERE classoid = 'pg_class'::regclass) AS d ORDER BY 1",
    "SELECT format('ALTER TABLE %s ENABLE %s TRIGGER %I;', tgrelid::regclass, CASE tgenabled WHEN 'A' THEN 'ALWAYS' ELSE 'REPLICA' END, tgname)
       FROM pg_trigger t WHERE NOT tgisinternal AND tgenabled IN ('A', 'R') ORDER BY t.oid",
    "SELECT format('COMMENT ON TRIGGER %I ON %s IS %L;', tgname, tgrelid::regclass, description) FROM pg_description JOIN pg_trigger t ON t.oid = objoid
      WHERE classoid = 'pg_trigger'::regclass ORDER BY 1",
    "SELECT format('COMMENT ON FUNCTION %s IS %L;', objoid::regprocedure, description) FROM pg_description JOIN pg_proc p ON p.oid = objoid AND own(pronamespace)
      WHERE classoid = 'pg_proc'::regclass ORDER BY 1",
    "SELECT format('GRANT %s ON %s TO %s;', privilege_type, c.oid::regclass, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END)
       FROM pg_class c, aclexplode(relacl) WHERE own(relnamespace) ORDER BY 1",
    "SELECT format('GRANT %s (%I) ON %s TO %s;', privilege_type, attname, attrelid::regclass, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END)
       FROM pg_class c JOIN pg_attribute ON attrelid = c.oid, aclexplode(attacl) WHERE own(relnamespace) ORDER BY 1",
    "SELECT format('GRANT %s ON FUNCTION %s TO %s;', privilege_type, p.oid::regprocedure, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(grantee::regrole::text) END)
       FROM pg_proc p, aclexplode(proacl) WHERE own(pronamespace) ORDER BY 1",
    "SELECT format('ALTER VIEW %s ALTER COLUMN %I SET DEFAULT %s;', adrelid::regclass, attname, pg_get_expr(adbin, adrelid))
       FROM pg_attrdef JOIN pg_class c ON c.oid = adrelid AND relkind = 'v' JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum ORDER BY 1",
];

/// As `pg_dump --schema-only`, every name with its schema.
///
/// # Panics
/// When the schema cannot be read.
pub fn pg_dump(server: &mut dyn Server) -> String {
    let own = |query: &str| {
        let mut parts = query.split("own(");
        let mut text = parts.next().unwrap_or_default().to_string();
        for part in parts {
            let (column, rest) = part.split_once(')').unwrap_or((part, ""));
            text.push_str(&format!(
                "{column} IN (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$)'){rest}"
            ));
        }
        text
    };
    server.run("SET search_path TO ''").expect("a session setting");
    let out: Vec<String> = POSTGRES.iter().flat_map(|query| column(server, &own(query))).collect();
    server.reset();
    out.join("\n")
}
