use crate::text::Html;

/// An assumption that is edited in place.
pub struct Chip<'a> {
    /// What it is, as `Settings::take_typed` knows it.
    pub what: &'a str,
    /// `users`, `lock timeout`.
    pub name: &'a str,
    /// As a person would write it.
    pub value: &'a str,
    /// Behind the value: ` rows · 2.1 GiB`.
    pub after: &'a str,
    /// Was not given, is assumed.
    pub assumed: bool,
}

impl Chip<'_> {
    /// A button, or the field that it becomes.
    pub fn html(&self, editing: bool) -> Html {
        match editing {
            true => Html::of(
                "<li class='chip'><label class='chip-face'><span>{}</span>\
                 <input type='text' size='8' id='chip-{}' data-set='chip' data-to='{}' value='{}'></label></li>",
                &[self.name, self.what, self.what, self.value],
            ),
            false => Html::of(
                "<li class='chip{}'><button type='button' class='chip-face' id='chip-{}' data-do='edit' data-to='{}'>\
                 <span>{}</span> <b>{}</b><span class='chip-after'>{}</span><span class='visually-hidden'>, change</span>\
                 </button></li>",
                &[if self.assumed { " assumed" } else { "" }, self.what, self.what, self.name, self.value, self.after],
            ),
        }
    }
}
