//! What is taken away: the plan as Markdown and as migration files, made by the planner while it is looked at.

use super::Followed;
use super::desk::Desk;
use crate::browser::{files, page};
use lockstep_core::report::File;
use lockstep_protocol::{Content, Framework, Question};

/// The newest exports.
#[derive(Clone, Copy)]
pub struct Exports {
    /// The plan as Markdown.
    pub markdown: Followed<String>,
    /// The migration files.
    pub files: Followed<Vec<File>>,
    /// Which file is looked at.
    pub open: Followed<usize>,
}

impl Exports {
    /// Nothing yet.
    pub fn new() -> Exports {
        Exports { markdown: Followed::new(String::new()), files: Followed::new(Vec::new()), open: Followed::new(0) }
    }

    /// Asks for what is looked at; to be followed.
    pub fn refresh(self, desk: Desk) {
        desk.planner.report.track();
        desk.planner.ready.track();
        desk.settings.track();
        let request = desk.inputs().request(&page::today());
        desk.planner.ask(Question::Markdown(request), move |content| {
            if let Ok(Content::Text(text)) = content {
                self.markdown.set(text);
            }
        });
        desk.planner.ask(files_question(desk, Question::Files), move |content| {
            if let Ok(Content::Files(files)) = content {
                self.files.set(files);
            }
        });
    }
}

/// The frameworks that speak the engine, and the one that is written for. Follows nothing by itself.
pub fn frameworks(desk: Desk) -> (Vec<Framework>, String) {
    let (engine, wanted) =
        desk.settings.with_untracked(|settings| (settings.engine().id(), settings.options.framework.clone()));
    let speaks =
        |framework: &&Framework| framework.engines.is_empty() || framework.engines.iter().any(|id| id == engine);
    let offered: Vec<Framework> =
        desk.planner.ready.with_untracked(|ready| ready.frameworks.iter().filter(speaks).cloned().collect());
    let known = offered.iter().find(|framework| framework.id == wanted).or(offered.first());
    let chosen = known.map(|framework| framework.id.clone()).unwrap_or_default();
    (offered, chosen)
}

fn files_question(desk: Desk, question: fn(lockstep_core::Request) -> Question) -> Question {
    let mut request = desk.inputs().request(&page::today());
    request.options.framework = frameworks(desk).1;
    question(request)
}

/// Saves one of the exports: `md`, `json` or `zip`.
pub fn save(desk: Desk, kind: &str) {
    let name = [&file_stem(&desk.report().map(|report| report.title.clone()).unwrap_or_default()), ".", kind].concat();
    match kind {
        "md" => desk.exports.markdown.with_untracked(|text| files::download(&name, "text/markdown", text.as_bytes())),
        "json" => desk.planner.ask(Question::Json(desk.inputs().request(&page::today())), move |content| {
            if let Ok(Content::Text(json)) = content {
                files::download(&name, "application/json", json.as_bytes());
            }
        }),
        _ => desk.planner.ask(files_question(desk, Question::Zip), move |content| {
            if let Ok(Content::Bytes(bytes)) = content {
                files::download(&name, "application/zip", &bytes.0);
            }
        }),
    }
}

/// A name for downloads, from the plan's title.
fn file_stem(title: &str) -> String {
    let mut stem = String::new();
    for c in title.chars() {
        match c.is_ascii_alphanumeric() {
            true => stem.push(c.to_ascii_lowercase()),
            false if !stem.ends_with('-') && !stem.is_empty() => stem.push('-'),
            false => {}
        }
    }
    let stem: String = stem.chars().take(60).collect();
    match stem.trim_matches('-') {
        "" => "migration-plan".to_string(),
        stem => stem.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn file_names_are_safe() {
        assert_eq!(super::file_stem("Rename users.name to users.full_name"), "rename-users-name-to-users-full-name");
        assert_eq!(super::file_stem("../../etc"), "etc");
        assert_eq!(super::file_stem("…"), "migration-plan");
    }
}
