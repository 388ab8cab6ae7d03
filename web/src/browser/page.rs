//! The page itself: title, theme, width, scrolling, clipboard, print, the date.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::utils::{document, document_element, window};
use wasm_bindgen::prelude::*;
use web_sys::{
    Element, HtmlDialogElement, HtmlElement, HtmlInputElement, ScrollBehavior, ScrollIntoViewOptions,
    ScrollLogicalPosition,
};

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

/// Calls back with the width of an element, now and whenever its size changes; for elements that stay.
pub fn watch_width(element: &HtmlElement, mut on_width: impl FnMut(f64) + 'static) {
    on_width(f64::from(element.client_width()));
    let callback = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let entry: web_sys::ResizeObserverEntry = entries.get(entries.length().saturating_sub(1)).unchecked_into();
        on_width(entry.content_rect().width().floor());
    });
    if let Ok(observer) = web_sys::ResizeObserver::new(callback.as_ref().unchecked_ref()) {
        observer.observe(element);
        callback.forget();
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

/// Opens a dialog over the page, or closes it.
pub fn show_dialog(dialog: &HtmlDialogElement, open: bool) {
    match (open, dialog.open()) {
        (true, false) => dialog.show_modal().unwrap_or_default(),
        (false, true) => dialog.close(),
        _ => {}
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

/// Handles an event anywhere on the page; it may prevent what the browser would do.
pub fn listen(name: &'static str, then: impl FnMut(&web_sys::Event) + 'static) {
    // Boxed, so that there is one kind of listener.
    fn boxed(name: &'static str, then: Box<dyn FnMut(&web_sys::Event)>) {
        let options = EventListenerOptions::enable_prevent_default();
        EventListener::new_with_options(&window(), name, options, then).forget();
    }
    boxed(name, Box::new(then));
}

/// Something that was clicked and says by `data-do` what it does, by `data-to` to what.
#[derive(Clone)]
pub struct Acted {
    /// What to do.
    pub name: String,
    /// To what.
    pub to: String,
    /// The element itself.
    pub element: Element,
}

impl Acted {
    /// What an event asks for by an attribute (`data-do` for clicks, `data-set` for fields), if anything.
    pub fn of(event: &web_sys::Event, attribute: &str) -> Option<Acted> {
        let element = around(event, &["[", attribute, "]"].concat())?;
        let read = |name: &str| element.get_attribute(name).unwrap_or_default();
        Some(Acted { name: read(attribute), to: read("data-to"), element: element.clone() })
    }

    /// The value of a field.
    pub fn value(&self) -> String {
        js_sys::Reflect::get(&self.element, &"value".into())
            .ok()
            .and_then(|value| value.as_string())
            .unwrap_or_default()
    }

    /// Marks what was typed as not readable.
    pub fn set_wrong(&self, wrong: bool) {
        let _ = self.element.set_attribute("aria-invalid", if wrong { "true" } else { "false" });
    }

    /// Is the box ticked?
    pub fn is_checked(&self) -> bool {
        self.element.dyn_ref::<HtmlInputElement>().is_some_and(HtmlInputElement::checked)
    }

    /// The text of the `pre` in the same block, without the words of buttons in it.
    pub fn text_beside(&self) -> String {
        let find = || {
            let block = self.element.closest(".sql, section").ok()??;
            let copy: Element = block.query_selector("pre").ok()??.clone_node_with_deep(true).ok()?.unchecked_into();
            while let Some(button) = copy.query_selector("button").ok().flatten() {
                button.remove();
            }
            copy.text_content()
        };
        find().unwrap_or_default()
    }
}

/// Gives a class to the nearest element around one that a selector finds.
pub fn add_class(inside: &Element, selector: &str, class: &str) {
    if let Ok(Some(element)) = inside.closest(selector) {
        let _ = element.class_list().add_1(class);
    }
}

/// Shows or hides an element.
pub fn set_hidden(id: &str, hidden: bool) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.toggle_attribute_with_force("hidden", hidden);
    }
}

/// Sets an attribute of an element.
pub fn note(id: &str, name: &str, value: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        let _ = element.set_attribute(name, value);
    }
}

/// Elements that have a class for a while.
#[derive(Default)]
pub struct Marked(Vec<Element>);

impl Marked {
    /// Takes the class from the elements that had it and gives it to those with these ids.
    pub fn mark(&mut self, class: &str, ids: impl Iterator<Item = String>) {
        for element in self.0.drain(..) {
            let _ = element.class_list().remove_1(class);
        }
        self.0.extend(ids.filter_map(|id| document().get_element_by_id(&id)));
        for element in &self.0 {
            let _ = element.class_list().add_1(class);
        }
    }
}

/// The nearest element around the place of an event that a selector finds.
pub fn around(event: &web_sys::Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

/// The tab before or after one, by its id.
pub fn tab_beside(tab: &Element, by: i32) -> Option<Element> {
    let row = tab.parent_element()?;
    let first = || row.first_element_child();
    let last = || row.last_element_child();
    match by {
        1 => tab.next_element_sibling().or_else(first),
        _ => tab.previous_element_sibling().or_else(last),
    }
}

/// Calls back after what was changed has been painted.
pub fn after_paint(then: impl FnOnce() + 'static) {
    leptos::prelude::request_animation_frame(move || {
        gloo::timers::callback::Timeout::new(0, then).forget();
    });
}

/// Today as `YYYY-MM-DD`, where the reader is.
pub fn today() -> String {
    let now = js_sys::Date::new_0();
    let two = |number: u32| [if number < 10 { "-0" } else { "-" }, &number.to_string()].concat();
    [&now.get_full_year().to_string(), two(now.get_month() + 1).as_str(), &two(now.get_date())].concat()
}

/// Milliseconds for measuring a span.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Id of the element that has the focus; empty when it has none.
pub fn focused_id() -> String {
    document().active_element().map(|element| element.id()).unwrap_or_default()
}
