//! Fields and lists.

use super::files;
use crate::browser::page::Acted;
use crate::state::Desk;

/// A field was filled in or a choice was made.
pub fn on_change(desk: Desk, event: &web_sys::Event) {
    let Some(acted) = Acted::of(event, "data-set") else { return };
    match acted.name.as_str() {
        "title" => desk.settings.update(|settings| settings.options.title = acted.value().trim().to_string()),
        "engine" => desk.settings.update(|settings| settings.engine = acted.value()),
        "framework" => desk.settings.update(|settings| settings.options.framework = acted.value()),
        "figure" => {
            let mut read = true;
            desk.settings.update(|settings| read = settings.take_typed(&acted.to, &acted.value()));
            acted.set_wrong(!read);
        }
        "files" => files::picked(desk, &acted.element),
        _ => {}
    }
}

/// Something is typed or pasted.
pub fn on_input(desk: Desk, event: &web_sys::Event) {
    if let Some(acted) = Acted::of(event, "data-set").filter(|acted| acted.name == "stats") {
        desk.read_sizes(&acted.value());
    }
}

/// A field is left: a chip takes what was typed.
pub fn on_leave(desk: Desk, event: &web_sys::Event) {
    if let Some(acted) = Acted::of(event, "data-set").filter(|acted| acted.name == "chip") {
        finish(desk, &acted, true);
    }
}

/// Takes what was typed in a chip, or not; what cannot be read stays to be corrected.
pub fn finish(desk: Desk, acted: &Acted, keep: bool) {
    let editing = desk.editing.with_untracked(|editing| editing.as_deref() == Some(&acted.to));
    if !editing {
        return;
    }
    let typed = acted.value();
    let unchanged = acted.element.get_attribute("value").as_deref() == Some(typed.trim());
    if keep && !unchanged {
        let mut read = true;
        desk.settings.update(|settings| read = !typed.trim().is_empty() && settings.take_typed(&acted.to, &typed));
        if !read {
            return acted.set_wrong(true);
        }
    }
    desk.editing.set(None);
}
