//! The page itself: title, theme, width, scrolling, clipboard, print, the date.

use gloo::utils::{document, document_element, window};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlDialogElement, HtmlElement, ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

/// Sets the tab's title.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// `light`, `dark`, or empty for the system's choice.
pub fn set_theme(theme: &str) {
    let root = document_element();
    let _ = match theme {
        "" => root.remove_attribute("data-theme"),
        theme => root.set_attribute("data-theme", theme),
    };
}

/// Sets a property of the style sheet on the whole page.
pub fn set_property(name: &str, value: &str) {
    let root: HtmlElement = document_element().unchecked_into();
    let _ = js_sys::Reflect::get(&root, &"style".into())
        .and_then(|style| js_sys::Reflect::get(&style, &"setProperty".into()).map(|set| (style, set)))
        .and_then(|(style, set)| set.unchecked_into::<js_sys::Function>().call2(&style, &name.into(), &value.into()));
}

/// Width of the window, CSS pixels.
pub fn window_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1_200.0)
}

/// Calls back whenever the width of an element changes; stops when dropped.
pub struct WidthWatch {
    observer: web_sys::ResizeObserver,
    _callback: Closure<dyn FnMut(js_sys::Array)>,
}

impl WidthWatch {
    /// Starts watching.
    pub fn new(element: &HtmlElement, mut on_width: impl FnMut(f64) + 'static) -> Option<WidthWatch> {
        let callback = Closure::new(move |entries: js_sys::Array| {
            let entry: web_sys::ResizeObserverEntry = entries.get(entries.length().saturating_sub(1)).unchecked_into();
            on_width(entry.content_rect().width());
        });
        let observer = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(WidthWatch { observer, _callback: callback })
    }
}

impl Drop for WidthWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Brings an element into view and gives it the focus. Jumps where motion is unwanted.
pub fn show(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    let calm = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|m| m.matches());
    let options = ScrollIntoViewOptions::new();
    options.set_behavior(if calm { ScrollBehavior::Instant } else { ScrollBehavior::Smooth });
    options.set_block(ScrollLogicalPosition::Start);
    element.scroll_into_view_with_scroll_into_view_options(&options);
    focus(id);
}

/// Gives an element the focus without scrolling to it.
pub fn focus(id: &str) {
    if let Some(element) = document().get_element_by_id(id).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Opens a dialog over the page.
pub fn open_dialog(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}

/// Is the reader typing somewhere?
pub fn is_typing() -> bool {
    let Some(active) = document().active_element() else { return false };
    let field = matches!(active.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT");
    field || active.closest("[contenteditable=true]").ok().flatten().is_some()
}

/// Is a dialog open?
pub fn dialog_is_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Puts text on the clipboard.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    if clipboard.is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Opens the print dialog.
pub fn print() {
    let _ = window().print();
}

/// Today as `YYYY-MM-DD`, where the reader is.
pub fn today() -> String {
    let now = js_sys::Date::new_0();
    format!("{:04}-{:02}-{:02}", now.get_full_year(), now.get_month() + 1, now.get_date())
}

/// Milliseconds for measuring a span.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Id of the element that has the focus; empty when it has none.
pub fn focused_id() -> String {
    document().active_element().map(|element| element.id()).unwrap_or_default()
}
