use crate::browser::pieces::{Piece, Pieces};
use crate::state::Desk;
use crate::state::desk::desk;
use crate::state::follow;
use leptos::html::Div;
use leptos::prelude::*;

/// A place whose content is a function of the store: drawn again when something that it reads changes.
#[component]
pub fn Drawn(pieces: fn(Desk) -> Vec<Piece>) -> impl IntoView {
    let desk = desk();
    let place = NodeRef::<Div>::new();
    let mut drawn = Pieces::default();
    follow(move || {
        let list = pieces(desk);
        if let Some(place) = place.get() {
            drawn.draw(&place, list, false);
        }
    });
    view! { <div class="drawn" node_ref=place></div> }
}
