//! The CodeMirror editor, as bundled from `web/js/editor.js`.

use wasm_bindgen::prelude::*;

/// Fails with a hint when the bundle is missing (it is made, not committed).
const _: &str = include_str!("../generated/editor.js"); // missing? run: npm ci && npm run bundle (or: cargo xtask serve)

#[wasm_bindgen(module = "/generated/editor.js")]
extern "C" {
    /// Makes an editor inside `parent`; the closure must be kept as long as the editor lives.
    #[wasm_bindgen(js_name = createEditor)]
    pub fn create_editor(
        parent: &web_sys::HtmlElement,
        text: &str,
        engine: &str,
        label: &str,
        on_change: &Closure<dyn FnMut(String)>,
    ) -> JsValue;
}
