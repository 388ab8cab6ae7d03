//! What statements do to rows, and to running code: who waits for the rows that a query reads, and what is no longer as it was.

use crate::engine::Engine;
use crate::forms::FORMS;
use lockstep_core::facts::{Blocking, RunningCode, WorkKind};
use lockstep_core::plan;
use lockstep_core::report::Severity;
use lockstep_tests::rule_cases::findings;
use lockstep_tests::servers::{MySql, mysql_rows, mysql_words};
use lockstep_tests::written;
use mysql::prelude::Queryable;

/// Where the server and the core differ.
pub fn faults(server: &MySql) -> Vec<String> {
    [reads(server), beside(server), after(server), taken(server)].concat()
}

const TABLES: &str = "create table s (id int primary key, a int, name varchar(20)) engine=innodb default charset=utf8mb4; \
                      create table d (id int primary key, a int, name varchar(20)) engine=innodb default charset=utf8mb4";

/// Statements that read `s`. A writer of a row far from where a batch ends waits for all of them that read the whole table.
const READS: &[&str] = &[
    "insert into d select * from s",
    "insert into d select * from s where id between 1 and 2",
    "insert into d select * from s where id = 1",
    "insert into d select s.* from s join s as other on other.id = s.id where s.id = 1",
    "replace into d select * from s",
    "insert into d select 7, 7, 'x' from dual",
    "insert into d select * from s where a = 95 limit 1",
    "insert into d select * from s order by a limit 1",
    "insert into d select * from s where id > 5 limit 1",
    "insert into d select * from s limit 1",
    "create temporary table c as select * from s",
];

fn reads(server: &MySql) -> Vec<String> {
    let engine = Engine::of(&server.target(), TABLES);
    let mut faults = Vec::new();
    for statement in READS {
        let effects = engine.effects("", statement);
        let work = effects.iter().flat_map(|e| &e.work);
        let said = work.clone().any(|w| w.kind == WorkKind::StoreQuery && w.blocking == Blocking::Writes);
        let mut conn = fresh(server);
        let mut other = server.connect("rows");
        other.query_drop("set innodb_lock_wait_timeout = 1").expect("a setting");
        for sql in ["begin", statement] {
            conn.query_drop(sql).unwrap_or_else(|error| panic!("{sql}: {}", mysql_words(&error)));
        }
        let seen = other.query_drop("update s set a = 9 where id = 90");
        let waits = seen.as_ref().is_err_and(|error| mysql_words(error).starts_with("1205"));
        if waits != said {
            faults.push(format!("a writer of s waits: seen {seen:?}, said {said}: {statement}"));
        }
    }
    faults
}

/// Statements whose queries in brackets, or whose triggers, read `s`, and settings before them: the same question, asked of
/// the findings on a table of a million rows.
const BESIDE: &[&str] = &[
    "set @n = (select count(*) from s)",
    "set @n = (select max(id) from s)",
    "set @n = (select coalesce(max(id), 0) from s)",
    "do (select max(a) from s)",
    "do (select max(a) from s where id = 5)",
    "select max(a) into @n from s",
    "update d set a = (select count(*) from s) where id = 1000",
    "update d set a = (select s.a from s where s.id = d.id) where id = 1000",
    "delete from d where id = 1000 and exists (select 1 from s where a = 100)",
    "delete from d where id = 1000 and not exists (select 1 from s where s.id = d.a)",
    "insert into d values (7, (select count(*) from s), 'x')",
    "insert into d values (1000, 1, 'x') on duplicate key update a = (select count(*) from s)",
    "select id from s where a = 95 limit 1 for update",
    "select id from s where a = 95 limit 1 lock in share mode",
    "select id from s where id > 5 and a = 95 limit 1 for update",
    "select id from s where id > 5 order by id limit 1 for update",
    "select id from s order by a limit 1 for update",
    "select id from s order by id limit 1 for update",
    "select id from s limit 1 for update",
    "update s set name = 'x' where a = 95 limit 1",
    "update s set name = 'x' where name is null limit 1",
    "update s set name = 'x' where id < 95 limit 1",
    "delete from s where a = 95 limit 1",
    "delete from s where id < 95 and a = 94 limit 1",
    "delete from s limit 1",
    "select exists (select 1 from s where a = 95 for update)",
    "set session transaction isolation level read committed; delete from s where a = 95 limit 1",
    "set session transaction isolation level read committed; select id from s where a = 95 limit 1 for update",
    "set session transaction isolation level serializable; start transaction; select count(*) from s",
    "set session transaction isolation level serializable; start transaction; select a from s where id = 7",
    "set session transaction isolation level read committed; insert into d select * from s",
    "set session transaction isolation level read committed; set @n = (select count(*) from s)",
    "set session transaction isolation level read committed; do (select max(a) from s)",
    "set session transaction isolation level read committed; update d set a = (select count(*) from s) where id = 1000",
    "set session transaction isolation level read committed; insert into d values (7, (select count(*) from s), 'x')",
    "set session transaction isolation level read committed; insert into d set id = 7, a = (select count(*) from s)",
    "set session transaction isolation level read committed; insert into d select 7, (select count(*) from s), 'x'",
    "set session transaction isolation level read committed; delete from d where id = 1000 and exists (select 1 from s where a = 100)",
    "set session transaction isolation level read committed; create temporary table c as select * from s",
    "set transaction isolation level read committed; insert into d select * from s",
    "create trigger t after insert on d for each row update s set a = 1 where id = new.id; insert into d values (7, 1, 'x')",
    "create trigger t after insert on d for each row update s set a = 1 where name = new.name; insert into d values (7, 1, 'x')",
    "create trigger t before insert on d for each row set new.a = (select count(*) from s); insert into d values (7, 1, 'x')",
];

fn beside(server: &MySql) -> Vec<String> {
    let target = server.target();
    let (engine, version) = target.split_once(':').unwrap_or_default();
    let database = format!("@ version {version}\n@ rows s=1000000 d=1000000\n{TABLES};");
    let mut faults = Vec::new();
    for statements in BESIDE {
        let report = plan(&written::read(engine, &database, &format!("{statements};")).request);
        let rules = ["big-write-in-one-statement", "explicit-lock", "trigger-works-long"];
        let said = findings(&report).any(|(rule, severity)| rules.contains(&rule) && severity > Severity::Info);
        let mut conn = fresh(server);
        conn.query_drop("insert into d values (1000, 1, 'x')").expect("a row");
        let mut other = server.connect("rows");
        other.query_drop("set innodb_lock_wait_timeout = 1").expect("a setting");
        let (before, last) = statements.rsplit_once("; ").unwrap_or(("do 0", statements));
        for sql in before.split("; ").chain(["begin", last]) {
            conn.query_drop(sql).unwrap_or_else(|error| panic!("{sql}: {}", mysql_words(&error)));
        }
        let seen = other.query_drop("update s set a = 9 where id = 90");
        let waits = seen.as_ref().is_err_and(|error| mysql_words(error).starts_with("1205"));
        if waits != said {
            faults.push(format!("a writer of s waits: seen {seen:?}, said {said}: {statements}"));
        }
    }
    faults
}

/// What a statement does to code that runs on: the statement, what the code asks, what it gets. A server that does not know
/// it must be said to refuse it.
const AFTER: &[(&str, &str, &str)] = &[
    ("alter table s modify a int invisible", "select * from s where id = 1", "1|n1"),
    ("alter table s alter column a set invisible", "select * from s where id = 1", "1|n1"),
    ("alter table s modify name varchar(20) collate utf8mb4_bin", "select count(*) from s where name = 'N1'", "0"),
    ("create trigger t before update on s for each row signal sqlstate '45000'", "update s set a = 1", "1644"),
    (
        "create table k (id int primary key, at timestamp not null default current_timestamp on update current_timestamp); \
      insert into k values (1, '2020-01-01'); \
      alter table k modify at timestamp not null default current_timestamp; update k set id = 2",
        "select date(at) from k",
        "2020-01-01",
    ),
    (
        "create table k (id int primary key, a int not null default 7); alter table k modify a int not null",
        "insert into k (id) values (1)",
        "1364",
    ),
    (
        "create table k (id int primary key) partition by hash (id) partitions 2; alter table k discard partition p0 tablespace",
        "select * from k",
        "1814",
    ),
];

fn after(server: &MySql) -> Vec<String> {
    let engine = Engine::of(&server.target(), TABLES);
    let mut faults = Vec::new();
    for (statements, asks, gets) in AFTER {
        let mut conn = fresh(server);
        let mut given = String::new();
        let mut said = false;
        let mut taken_as_said = true;
        let mut refused = false;
        for statement in statements.split("; ") {
            let effects = engine.effects(&given, statement);
            said |= effects.iter().any(|e| matches!(e.running_code, RunningCode::Breaks(_)));
            let outcome = conn.query_drop(statement);
            let wanted = effects.iter().any(|e| e.refused.is_some());
            if outcome.is_err() != wanted {
                taken_as_said = false;
                faults.push(format!("said to be refused: {wanted}, seen {outcome:?}: {statement}"));
            }
            refused |= wanted;
            given += &format!("{statement};");
        }
        if refused || !taken_as_said {
            continue;
        }
        let seen = match mysql_rows(&mut conn, asks) {
            Ok(rows) => rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join(","),
            Err(error) => error.split(' ').next().unwrap_or_default().to_string(),
        };
        if seen != *gets || !said {
            faults.push(format!("{asks}: seen {seen}, expected {gets}, said that code breaks: {said}: {statements}"));
        }
    }
    faults
}

/// Statements that a server takes or refuses for what its actions are together, or for the rows that are there; the last
/// one is looked at.
const TAKEN: &[&str] = &[
    "alter table s add column code varchar(40) default (uuid())",
    "create or replace table k (id int primary key)",
    "alter table s add partition (partition p1 values less than (5))",
    "alter table s remove partitioning",
    "create table k (id int primary key, a int, foreign key (a) references s (a)) engine=innodb",
    "create table k (id int primary key, a int, foreign key (a) references s (id)) engine=innodb",
    "alter table s add index (a); create table k (id int primary key, a int, foreign key (a) references s (a)) engine=innodb",
    "with x as (select 1) select * from x",
    "create table k (id int primary key, a varchar(769)) engine=innodb default charset=utf8mb4; create index i on k (a)",
    "create table k (id int primary key, a varchar(768)) engine=innodb default charset=utf8mb4; create index i on k (a)",
    "create table k (id int primary key, a varchar(500), b varchar(500)) engine=innodb default charset=utf8mb4; create index i on k (a, b)",
    "create or replace view k as select id from s",
    "insert into d values (7, 1, 'x') returning id",
    "delete from d where id = 7 returning id",
    "alter table s alter column name set default (uuid())",
    "alter table s modify name varchar(40) default (uuid())",
    "alter table s modify name varchar(40) default (uuid()); alter table s modify name varchar(50) not null default (uuid())",
    "alter table s change name nick varchar(40) default (uuid())",
    "alter table s modify a int default (floor(rand() * 9))",
    "create table k (id int auto_increment primary key, e int not null); alter table k drop primary key",
    "create table k (id int auto_increment primary key, e int not null); alter table k drop primary key, add primary key (id, e)",
    "create table k (id int auto_increment primary key, e int not null); alter table k drop primary key, add primary key (e, id)",
    "create table k (id int auto_increment primary key, e int not null); alter table k drop primary key, add unique (id)",
    "create table k (id int auto_increment primary key, e int not null); alter table k add unique (id), drop primary key",
    "create table k (id int auto_increment primary key, e int not null); alter table k modify id int, drop primary key",
    "create table k (id int, s_id int, key f (s_id), foreign key (s_id) references s (id)) engine=innodb; alter table k drop index f",
    "create table k (id int, s_id int, key f (s_id), foreign key (s_id) references s (id)) engine=innodb; \
     alter table k drop index f, add index g (s_id, id)",
    "create table k (id int, s_id int, key f (s_id), foreign key (s_id) references s (id)) engine=innodb; \
     alter table k drop index f, add index g (id, s_id)",
    "alter table s rename column a to name, rename column name to a",
    "alter table s rename column a to name",
    "alter table s rename column a to name, drop column name",
    "alter table s rename column a to name, change name nick varchar(20)",
    "alter table s rename column a to name, change name name varchar(20)",
];

fn taken(server: &MySql) -> Vec<String> {
    let engine = Engine::of(&server.target(), TABLES);
    let differs = |statements: &&&str| {
        let (before, last) = statements.rsplit_once("; ").unwrap_or(("", statements));
        let mut conn = fresh(server);
        let prepared = before.split("; ").filter(|sql| !sql.is_empty()).try_for_each(|sql| conn.query_drop(sql));
        let outcome = prepared.and_then(|()| conn.query_drop(last));
        let mut given = String::new();
        let said = statements.split("; ").any(|sql| {
            let refused = engine.refuses(&given, sql);
            given += &format!("{sql};");
            refused
        });
        (outcome.is_err() != said).then(|| format!("said to be refused: {said}, seen {outcome:?}: {statements}"))
    };
    TAKEN.iter().chain(FORMS).filter_map(|statements| differs(&statements)).collect()
}

/// A database with the tables, the one that is read with rows.
fn fresh(server: &MySql) -> mysql::Conn {
    let mut conn = server.create("rows");
    let rows: Vec<String> = (1..=100).map(|n| format!("({n}, {n}, 'n{n}')")).collect();
    let fill = format!("insert into s values {}", rows.join(", "));
    for sql in TABLES.split("; ").chain([fill.as_str()]) {
        conn.query_drop(sql).unwrap_or_else(|error| panic!("{sql:.80}: {}", mysql_words(&error)));
    }
    conn
}
