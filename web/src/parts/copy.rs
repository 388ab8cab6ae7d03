use crate::browser::page::{self, Acted};
use crate::state::spawn;
use crate::text::Html;
use gloo::timers::callback::Timeout;

/// A button that copies the `pre` beside it. `what` is for those who do not see the place.
pub fn copy_button(what: &str) -> Html {
    Html::of(
        "<button type='button' class='button small copy' data-do='copy' data-to='{}' aria-label='Copy {}'>Copy</button>",
        &[what, what],
    )
}

/// Copies and says so for a moment.
pub fn copy(acted: Acted) {
    spawn(async move {
        let said = if page::copy(&acted.text_beside()).await { "Copied" } else { "Refused" };
        label(&acted, said);
        Timeout::new(1_500, move || label(&acted, "Copy")).forget();
    });
}

fn label(acted: &Acted, word: &str) {
    acted.element.set_text_content(Some(word));
    let _ = acted.element.set_attribute("aria-label", &[word, " ", &acted.to].concat());
}
