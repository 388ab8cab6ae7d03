//! Django: a migration per unit, its statements as `RunSQL` lists.

use super::header;
use super::names::slugs;
use super::python::string;
use super::units::{Down, Unit};
use super::{Export, Exporter, Placed};
use crate::render::script::comment;

/// Django.
pub static EXPORTER: Exporter = Exporter {
    id: "django",
    title: "Django",
    engines: &[],
    notes: &[
        "Apply: `manage.py migrate APP`; look first: `manage.py sqlmigrate APP NNNN`. Go back: `manage.py migrate APP PREVIOUS`.",
        "The dependency of the first file is the previous migration that you named; without one it is empty, and Django refuses a second leaf until you set it.",
        "Change `models.py` with the files, and move the matching operations into `SeparateDatabaseAndState(state_operations=[…])` of the file, or `makemigrations --check` reports the difference.",
    ],
    write,
};

fn write(export: &Export<'_>) -> Vec<Placed> {
    let app = if export.options.app.is_empty() { "app" } else { &export.options.app };
    let first = first_number(export);
    let mut parent = export.options.previous.clone();
    let mut out = Vec::new();
    for ((at, unit), slug) in export.units.iter().enumerate().zip(slugs(&export.units)) {
        let name = format!("{:04}_{slug}", first + at);
        let dependency = match parent.is_empty() {
            true => "[]  # name the latest migration of the application here".to_string(),
            false => format!("[({}, {})]", string(app), string(&parent)),
        };
        let atomic = if unit.transactional() { "" } else { "    atomic = False\n\n" };
        let content = format!(
            "{}\n\n{}\n\nfrom django.db import migrations\n\n\nclass Migration(migrations.Migration):\n{atomic}    dependencies = {dependency}\n\n    operations = [\n        migrations.RunSQL(\n{}        ),\n    ]\n",
            string(&unit.step.title),
            comment("#", &header::words(export, unit)),
            arguments(unit),
        );
        let folder: String = app.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
        out.push(header::placed(unit, format!("{folder}/migrations/{name}.py"), content, unit.transactional()));
        parent = name;
    }
    out
}

/// The number after the previous migration's, or the short version given, or 1.
fn first_number(export: &Export<'_>) -> usize {
    let leading = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    match (leading(&export.options.previous).parse::<usize>(), export.options.version.parse::<usize>()) {
        (Ok(previous), _) if previous < 9_999 => previous + 1,
        (_, Ok(version)) if version < 9_999 => version,
        _ => 1,
    }
}

fn arguments(unit: &Unit<'_>) -> String {
    // A file that is not atomic opens its own transaction where one direction needs one.
    let way = |way: &super::units::Way<'_>| {
        let statements = if unit.transactional() { way.all() } else { way.with_block() };
        statements.iter().map(|sql| format!("                {},\n", string(sql))).collect::<String>()
    };
    let reverse = match &unit.down {
        Down::Sql(down) => format!("            reverse_sql=[\n{}            ],\n", way(down)),
        Down::Nothing(why) => {
            format!("{}\n            reverse_sql=migrations.RunSQL.noop,\n", comment("            #", why))
        }
        Down::Impossible(why) => format!("{}\n", comment("            #", &format!("No way back: {why}"))),
    };
    format!("            sql=[\n{}            ],\n{reverse}", way(&unit.up))
}
