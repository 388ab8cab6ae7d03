//! What is taken away: the plan as Markdown and as migration files, made by the planner while it is looked at.

use super::Followed;
use super::desk::Desk;
use crate::browser::{files, page};
use lockstep_protocol::{Content, Export, Files, Form, Question};

/// The newest exports.
#[derive(Clone, Copy)]
pub struct Exports {
    /// The plan as Markdown.
    pub markdown: Followed<String>,
    /// The migration files, once they are written.
    pub files: Followed<Option<Files>>,
    /// Which file is looked at.
    pub open: Followed<usize>,
    /// Why the newest export was not written; empty when it was.
    pub failed: Followed<String>,
}

impl Exports {
    /// Nothing yet.
    pub fn new() -> Exports {
        Exports {
            markdown: Followed::new(String::new()),
            files: Followed::new(None),
            open: Followed::new(0),
            failed: Followed::new(String::new()),
        }
    }

    /// Asks for what is looked at; to be followed.
    pub fn refresh(self, desk: Desk) {
        desk.planner.report.track();
        desk.planner.ready.track();
        desk.settings.track();
        self.ask(desk, Form::Markdown, move |content| {
            if let Content::Text(text) = content {
                self.markdown.set(text);
            }
        });
        self.ask(desk, Form::Files, move |content| {
            if let Content::Files(files) = content {
                self.files.set(Some(files));
            }
        });
    }

    /// Asks for the plan in a form; why it cannot be had is told.
    fn ask(self, desk: Desk, form: Form, then: impl FnOnce(Content) + 'static) {
        let request = desk.inputs().request(&page::today());
        desk.planner.ask(Question::Export(Export { request, form }), move |written| {
            self.failed.set(written.as_ref().err().cloned().unwrap_or_default());
            if let Ok(content) = written {
                then(content);
            }
        });
    }
}

/// Saves one of the exports: `md`, `json` or `zip`.
pub fn save(desk: Desk, kind: &str) {
    let name = [&file_stem(&desk.report().map(|report| report.title.clone()).unwrap_or_default()), ".", kind].concat();
    let exports = desk.exports;
    match kind {
        "md" => exports.markdown.with_untracked(|text| files::download(&name, "text/markdown", text.as_bytes())),
        "json" => exports.ask(desk, Form::Json, move |content| {
            if let Content::Text(json) = content {
                files::download(&name, "application/json", json.as_bytes());
            }
        }),
        _ => exports.ask(desk, Form::Zip, move |content| {
            if let Content::Bytes(bytes) = content {
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
