//! CodeMirror, as bundled from `web/js/editor.js`.

use crate::text::Html;
use lockstep_protocol::RuleDoc;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

// A plain import, resolved by the browser: the file is made by Trunk's pre_build hook and stands beside the page.
#[wasm_bindgen(raw_module = "./editor.js")]
extern "C" {
    type Editor;

    #[wasm_bindgen(constructor)]
    fn new(
        parent: &HtmlElement,
        text: &str,
        engine: &str,
        label: &str,
        hint: &str,
        on_change: &Closure<dyn FnMut(String)>,
        on_cursor: &Closure<dyn FnMut(usize)>,
        on_action: &Closure<dyn FnMut(String, usize, String)>,
    ) -> Editor;

    #[wasm_bindgen(method, js_name = setText)]
    fn set_text(this: &Editor, text: &str);
    #[wasm_bindgen(method, js_name = setEngine)]
    fn set_engine(this: &Editor, engine: &str);
    #[wasm_bindgen(method, js_name = setFindings)]
    fn set_findings(this: &Editor, findings: JsValue);
    #[wasm_bindgen(method)]
    fn light(this: &Editor, from: usize, to: usize);
    #[wasm_bindgen(method)]
    fn select(this: &Editor, from: usize, to: usize);
    #[wasm_bindgen(method)]
    fn refresh(this: &Editor);

    #[wasm_bindgen(js_name = rules, catch)]
    async fn rules_js() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = highlight)]
    fn highlight_js(text: &str, engine: &str) -> String;
}

/// The pages of the rules, read from beside the page; none when that fails.
pub async fn rules() -> Vec<RuleDoc> {
    let read = rules_js().await.ok().and_then(|rules| serde_wasm_bindgen::from_value(rules).ok());
    read.unwrap_or_default()
}

/// A finding as the editor shows it; offsets in UTF-16 units.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EditorFinding {
    /// First unit.
    pub from: usize,
    /// One past the last.
    pub to: usize,
    /// End of its statement.
    pub statement_to: usize,
    /// `info`, `warning`, `danger`.
    pub severity: &'static str,
    /// A few words.
    pub title: String,
    /// What happens.
    pub message: String,
    /// Number of the statement, from 0.
    pub statement: usize,
    /// Id of the rule.
    pub rule: String,
    /// Steps of the plan stand for the statement.
    pub planned: bool,
    /// The rule has a page.
    pub explained: bool,
}

/// An editor and the callbacks that it holds.
pub struct EditorHandle {
    editor: Editor,
    _on_change: Closure<dyn FnMut(String)>,
    _on_cursor: Closure<dyn FnMut(usize)>,
    _on_action: Closure<dyn FnMut(String, usize, String)>,
}

/// What an editor starts with.
pub struct EditorStart<'a> {
    /// The text.
    pub text: &'a str,
    /// The engine whose dialect is highlighted.
    pub engine: &'a str,
    /// What the field is, for those who do not see it.
    pub label: &'a str,
    /// Shown while it is empty.
    pub hint: &'a str,
}

impl EditorHandle {
    /// Makes an editor inside an element.
    pub fn new(
        parent: &HtmlElement,
        start: EditorStart<'_>,
        on_change: impl FnMut(String) + 'static,
        on_cursor: impl FnMut(usize) + 'static,
        on_action: impl FnMut(String, usize, String) + 'static,
    ) -> EditorHandle {
        let on_change = Closure::new(on_change);
        let on_cursor = Closure::new(on_cursor);
        let on_action = Closure::new(on_action);
        let editor =
            Editor::new(parent, start.text, start.engine, start.label, start.hint, &on_change, &on_cursor, &on_action);
        EditorHandle { editor, _on_change: on_change, _on_cursor: on_cursor, _on_action: on_action }
    }

    /// Replaces the text; Ctrl+Z takes it back.
    pub fn set_text(&self, text: &str) {
        self.editor.set_text(text);
    }

    /// Changes the dialect.
    pub fn set_engine(&self, engine: &str) {
        self.editor.set_engine(engine);
    }

    /// Shows findings.
    pub fn set_findings(&self, findings: &[EditorFinding]) {
        if let Ok(value) = findings.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) {
            self.editor.set_findings(value);
        }
    }

    /// Marks a range; an empty one clears the mark.
    pub fn light(&self, from: usize, to: usize) {
        self.editor.light(from, to);
    }

    /// Selects a range and takes the focus.
    pub fn select(&self, from: usize, to: usize) {
        self.editor.select(from, to);
    }

    /// Measures again after it was hidden.
    pub fn refresh(&self) {
        self.editor.refresh();
    }
}

/// SQL with its colours.
pub fn highlight(text: &str, engine: &str) -> Html {
    Html::highlighted(highlight_js(text, engine))
}
