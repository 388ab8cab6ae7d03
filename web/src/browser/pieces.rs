//! A part of the page that is made of named pieces of HTML. Drawing it again touches only the pieces that changed.

use crate::text::Html;
use gloo::utils::document;
use std::collections::VecDeque;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlTemplateElement};

/// A piece of HTML with one root element.
pub struct Piece {
    /// Its name among its neighbours.
    pub name: String,
    /// What it is.
    pub html: Html,
    /// Whether its toggle says that it is open; changed without drawing the piece again.
    pub expanded: Option<bool>,
    /// Pieces inside its (first) element with the attribute `data-inside`.
    pub inside: Vec<Piece>,
}

impl Piece {
    /// A piece without others inside.
    #[inline(never)]
    pub fn new(name: &str, html: Html) -> Piece {
        Piece { name: name.to_string(), html, expanded: None, inside: Vec::new() }
    }

    /// A frame with pieces inside.
    #[inline(never)]
    pub fn frame(name: &str, html: &'static str, inside: Vec<Piece>) -> Piece {
        Piece { inside, ..Piece::new(name, Html::of(html, &[])) }
    }
}

/// A piece on the page.
struct Drawn {
    name: String,
    html: Html,
    node: Element,
    expanded: Option<bool>,
    inside: VecDeque<Drawn>,
}

/// The pieces of a place, as last drawn.
#[derive(Default)]
pub struct Pieces(VecDeque<Drawn>);

impl Pieces {
    /// Makes the place show these pieces. The element with the focus keeps it, by its id.
    /// While `more` are to come, pieces that are not named stay where they are.
    pub fn draw(&mut self, place: &Element, pieces: Vec<Piece>, more: bool) {
        let focused = document().active_element().filter(|active| place.contains(Some(active)));
        draw(place, &mut self.0, pieces, more);
        if let Some(lost) = focused.filter(|focused| !focused.is_connected())
            && let Some(again) = document().get_element_by_id(&lost.id())
        {
            let options = web_sys::FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = again.unchecked_ref::<HtmlElement>().focus_with_options(&options);
            // What was a button has become a field: typing replaces its value.
            if let Some(field) = again.dyn_ref::<HtmlInputElement>().filter(|_| lost.tag_name() == "BUTTON") {
                field.select();
            }
        }
    }
}

fn draw(place: &Element, drawn: &mut VecDeque<Drawn>, pieces: Vec<Piece>, more: bool) {
    let mut old = std::mem::take(drawn);
    // Everything before `next` is in place.
    let mut next = place.first_element_child();
    for piece in pieces {
        let known = old.iter().position(|known| known.name == piece.name).and_then(|at| old.remove(at));
        let mut shown = match known {
            Some(known) if known.html == piece.html => known,
            Some(known) => {
                let Some(fresh) = make(piece.name, piece.html) else { continue };
                let _ = known.node.replace_with_with_node_1(&fresh.node);
                if next.as_ref() == Some(&known.node) {
                    next = Some(fresh.node.clone());
                }
                fresh
            }
            None => {
                let Some(fresh) = make(piece.name, piece.html) else { continue };
                fresh
            }
        };
        if next.as_ref() == Some(&shown.node) {
            next = shown.node.next_element_sibling();
        } else {
            let _ = place.insert_before(&shown.node, next.as_deref());
        }
        if !(piece.inside.is_empty() && shown.inside.is_empty())
            && let Some(slot) = slot(&shown.node)
        {
            draw(&slot, &mut shown.inside, piece.inside, more);
        }
        if shown.expanded != piece.expanded {
            shown.expanded = piece.expanded;
            set_expanded(&shown.node, piece.expanded == Some(true));
        }
        drawn.push_back(shown);
    }
    if more {
        drawn.append(&mut old);
    }
    for gone in old {
        gone.node.remove();
    }
}

fn set_expanded(node: &Element, open: bool) {
    if let Ok(Some(toggle)) = node.query_selector("[aria-expanded]") {
        let _ = toggle.set_attribute("aria-expanded", if open { "true" } else { "false" });
    }
}

/// Where a piece has the pieces inside it.
fn slot(node: &Element) -> Option<Element> {
    match node.has_attribute("data-inside") {
        true => Some(node.clone()),
        false => node.query_selector("[data-inside]").ok().flatten(),
    }
}

fn make(name: String, html: Html) -> Option<Drawn> {
    let template: HtmlTemplateElement = document().create_element("template").ok()?.unchecked_into();
    template.set_inner_html(html.as_str());
    let node = template.content().first_element_child()?;
    Some(Drawn { name, html, node, expanded: None, inside: VecDeque::new() })
}
