//! Alembic: a revision per unit, chained by `down_revision`.

use super::header;
use super::names::{content_id, slugs, version};
use super::python::string;
use super::units::{Down, Way};
use super::{Export, Exporter, Placed};
use crate::render::script::comment;

/// Alembic.
pub static EXPORTER: Exporter = Exporter {
    id: "alembic",
    title: "Alembic",
    engines: &[],
    notes: &[
        "Apply: `alembic upgrade head`; look first: `alembic upgrade head --sql`. Go back one revision: `alembic downgrade -1`.",
        "The first `down_revision` is the previous revision that you named; without one it is `None`, and Alembic refuses a second root until you set it.",
        "By default all pending revisions share one transaction. Pass `transaction_per_migration=True` to `context.configure` in `env.py`, so that a failure does not undo the revisions before it.",
        "Change the models together with the revisions, or the next `--autogenerate` proposes the difference again.",
    ],
    write,
};

fn write(export: &Export<'_>) -> Vec<Placed> {
    let mut out = Vec::new();
    let mut parent = export.options.previous.clone();
    for ((at, unit), slug) in export.units.iter().enumerate().zip(slugs(&export.units)) {
        let statements = unit.up.all().join("\n");
        let revision = content_id(&[&version(export.options, at), &export.report.title, &unit.step.id, &statements]);
        let down_revision = if parent.is_empty() { "None".to_string() } else { string(&parent) };
        let content = format!(
            "{}\n\n{}\n\nfrom alembic import op\n\nrevision = {}\ndown_revision = {down_revision}\nbranch_labels = None\ndepends_on = None\n\n\ndef upgrade():\n{}\n\ndef downgrade():\n{}",
            string(&unit.step.title),
            comment("#", &header::words(export, unit)),
            string(&revision),
            body(&unit.up),
            downgrade(&unit.down),
        );
        let path = format!("alembic/versions/{revision}_{slug}.py");
        out.push(header::placed(unit, path, content, unit.transactional()));
        parent = revision;
    }
    out
}

fn body(way: &Way<'_>) -> String {
    let (block, indent) = match way.transactional {
        true => ("", "    "),
        false => ("    with op.get_context().autocommit_block():\n", "        "),
    };
    let calls: String =
        way.all().iter().map(|sql| format!("{indent}op.execute({})\n", string(&without_binds(sql)))).collect();
    format!("{block}{calls}")
}

fn downgrade(down: &Down<'_>) -> String {
    match down {
        Down::Sql(way) => body(way),
        Down::Nothing(why) => format!("{}\n    pass\n", comment("    #", why)),
        Down::Impossible(why) => format!("    raise RuntimeError({})\n", string(&format!("No way back: {why}"))),
    }
}

/// Alembic hands a string to SQLAlchemy's `text()`, which takes `:word` for a parameter and `\:` for a colon.
/// This mirrors its two patterns: `(?<![:\w$\\]):([\w$]+)(?![:\w$])` and `\\(:[\w$]*)(?![:\w$])`.
fn without_binds(sql: &str) -> String {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut out = String::with_capacity(sql.len());
    let mut before = None;
    for (at, c) in sql.char_indices() {
        if c == ':' {
            let rest = sql.get(at + 1..).unwrap_or("");
            let after = rest.trim_start_matches(word);
            let closed = !after.starts_with(':');
            let named = after.len() < rest.len();
            let parameter = named && closed && !before.is_some_and(|b| b == ':' || b == '\\' || word(b));
            let escape = closed && before == Some('\\');
            if parameter || escape {
                out.push('\\');
            }
        }
        out.push(c);
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_mean_themselves() {
        for (sql, wanted) in [
            ("a::int", "a::int"),
            ("'HH24:MI'", "'HH24:MI'"),
            ("':name'", "'\\:name'"),
            ("':name:'", "':name:'"),
            ("x := 1", "x := 1"),
            ("'\\:name'", "'\\\\:name'"),
            ("'a\\: b'", "'a\\\\: b'"),
        ] {
            assert_eq!(without_binds(sql), wanted);
        }
    }
}
