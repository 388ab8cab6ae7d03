//! ALTER TABLE: which ALGORITHM and LOCK a server takes, whether it builds the table anew and copies rows.

use crate::engine::{Engine, said};
use crate::fixture::{Case, Tables, cases, read};
use lockstep_tests::servers::{MySql, mysql_rows, mysql_words};
use mysql::Conn;
use mysql::prelude::Queryable;

/// Where the server and the core differ.
pub fn faults(server: &MySql) -> Vec<String> {
    let tables = Tables::read();
    let engine = Engine::of(&server.target(), &read("innodb.schema.sql"));
    let file = if server.is_mariadb() { "mariadb.tsv" } else { "mysql.tsv" };
    let asked = cases(file);
    assert!(asked.len() > 200, "{file} has lost its rows");
    asked.iter().filter_map(|case| fault(server, &tables, &engine, case)).collect()
}

fn fault(server: &MySql, tables: &Tables, engine: &Engine, case: &Case) -> Option<String> {
    let effects = engine.effects(&case.given, &case.statement);
    let said = said(&effects);
    // A pasted statement has no clause: the server chooses.
    let bare = match Asked::of(server, tables, case)?.bare() {
        Err(error) if said != "refused" => {
            return Some(format!("{}: refused {error}, said {said}: {}", case.id, case.statement));
        }
        Err(_) => return None,
        Ok(bare) => bare,
    };
    let best =
        if with_clause(&case.statement, "").is_some() { Asked::of(server, tables, case)?.best().ok() } else { None };
    let same = match &best {
        Some(best) => best.normal() == said && (best.rebuilt, best.copied) == (bare.rebuilt, bare.copied),
        None => bare.could_be(&said),
    };
    (!same).then(|| {
        let with = best.map_or_else(|| "takes no clause".to_string(), |best| format!("{} with clause", best.words()));
        format!("{}: seen {}, {with}, said {said}: {}", case.id, bare.words(), case.statement)
    })
}

/// What a server did.
#[derive(Debug)]
struct Seen {
    algorithm: Option<&'static str>,
    lock: &'static str,
    rebuilt: bool,
    copied: bool,
}

impl Seen {
    fn words(&self) -> String {
        let rebuilt = if self.rebuilt { " rebuilt" } else { "" };
        let copied = if self.copied { " copied" } else { "" };
        format!("{} {}{rebuilt}{copied}", self.algorithm.unwrap_or("runs"), self.lock)
    }

    /// All that can be seen of a statement that takes no clause.
    fn could_be(&self, said: &str) -> bool {
        let (rebuilds, copies) = (said.starts_with("REBUILD"), said.starts_with("COPY"));
        said != "refused" && self.copied == copies && self.rebuilt == (rebuilds || copies)
    }

    /// In the words of [`said`]. A metadata lock that keeps everybody out is short when nothing else is done under it.
    fn normal(&self) -> String {
        let lock = match self.lock {
            "EXCLUSIVE" if !self.rebuilt && !self.copied => "NONE",
            lock => lock,
        };
        match self.algorithm {
            // It says INSTANT and copies all the same.
            _ if self.copied && self.algorithm != Some("COPY") => format!("COPY {lock}"),
            Some("INPLACE") if self.rebuilt => format!("REBUILD {lock}"),
            Some(algorithm) => format!("{algorithm} {lock}"),
            None => "runs".to_string(),
        }
    }
}

/// A statement on fresh tables.
struct Asked<'a> {
    conn: Conn,
    mariadb: bool,
    case: &'a Case,
    table: String,
}

impl<'a> Asked<'a> {
    /// None where the version does not have what is given.
    fn of(server: &MySql, tables: &Tables, case: &'a Case) -> Option<Asked<'a>> {
        let conn = tables.make(server, "facts", case)?;
        let words: Vec<&str> = case.statement.split_whitespace().collect();
        let after = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1));
        let table = after("table").or_else(|| after("on")).map(|word| word.to_string()).unwrap_or_default();
        Some(Asked { conn, mariadb: server.is_mariadb(), case, table })
    }

    /// The quickest algorithm with the weakest lock that the server takes: what is refused changes nothing, so that one
    /// set of tables is enough.
    fn best(mut self) -> Result<Seen, String> {
        for algorithm in ["INSTANT", "NOCOPY", "INPLACE", "COPY"] {
            for lock in ["NONE", "SHARED", "EXCLUSIVE"] {
                // MySQL takes no LOCK beside INSTANT.
                let clause = match (algorithm, self.mariadb) {
                    ("NOCOPY", false) => continue,
                    ("INSTANT", false) if lock == "NONE" => "ALGORITHM=INSTANT".to_string(),
                    ("INSTANT", false) => continue,
                    _ => format!("ALGORITHM={algorithm}, LOCK={lock}"),
                };
                if let Some(sql) = with_clause(&self.case.statement, &clause)
                    && let Ok((rebuilt, copied)) = self.run(&sql)
                {
                    return Ok(Seen { algorithm: Some(algorithm), lock, rebuilt, copied });
                }
            }
        }
        Err("no clause is taken".to_string())
    }

    fn bare(mut self) -> Result<Seen, String> {
        let (rebuilt, copied) = self.run(&self.case.statement.clone())?;
        Ok(Seen { algorithm: None, lock: "NONE", rebuilt, copied })
    }

    /// Was the table built anew, were its rows copied one by one?
    fn run(&mut self, sql: &str) -> Result<(bool, bool), String> {
        let before = self.ids();
        let result = self.conn.query_iter(sql).map_err(|error| mysql_words(&error))?;
        let copied = result.affected_rows() > 0;
        drop(result);
        let after = self.ids();
        let rebuilt = before.iter().any(|(name, id)| after.iter().any(|(other, new)| name == other && id != new));
        Ok((rebuilt, copied))
    }

    /// What InnoDB calls the table and its partitions, and the numbers it knows them by.
    fn ids(&mut self) -> Vec<(String, String)> {
        let view = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'information_schema' AND table_name = 'INNODB_TABLES'";
        let newer = mysql_rows(&mut self.conn, view).is_ok_and(|rows| rows.concat() == ["1"]);
        let list = if newer { "innodb_tables" } else { "innodb_sys_tables" };
        let query = format!(
            "SELECT name, CONCAT(table_id, ' ', space) FROM information_schema.{list} WHERE name LIKE 'facts/%'"
        );
        let rows = mysql_rows(&mut self.conn, &query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let own = rows.into_iter().map(|row| (row[0].replacen("facts/", "", 1).to_lowercase(), row[1].clone()));
        own.filter(|(name, _)| *name == self.table || name.starts_with(&format!("{}#", self.table))).collect()
    }
}

/// The statement with a clause where its kind takes one; none for statements that take none or have one.
fn with_clause(statement: &str, clause: &str) -> Option<String> {
    let lower = statement.to_lowercase();
    if lower.contains("algorithm=") || lower.contains("lock=") {
        return None;
    }
    if lower.starts_with("create ") && lower.contains(" index ") || lower.starts_with("drop index ") {
        return Some(format!("{statement} {}", clause.replace(',', "")));
    }
    let rest = lower.strip_prefix("alter table ")?;
    let (table, actions) = rest.split_once(' ')?;
    let comma =
        if actions.starts_with("partition by") || actions.starts_with("remove partitioning") { "" } else { "," };
    let at = statement.len() - actions.len();
    Some(format!("ALTER TABLE {table} {clause}{comma} {}", &statement[at..]))
}
