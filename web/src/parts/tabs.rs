use crate::text::Html;

/// One tab: what it chooses, the id of its panel, words, remark.
pub type Tab<'a> = (&'a str, &'a str, &'a str, &'a str);

/// A row of tabs: arrows move between them, Tab goes on to the panel. The ids are `{class}-{what}`.
pub fn tabs(class: &'static str, label: &str, chosen: &str, list: &[Tab<'_>]) -> Html {
    let mut html = Html::of("<div class='{}s' role='tablist' aria-label='{}'>", &[class, label]);
    for (what, panel, words, remark) in list {
        let (selected, index) = if *what == chosen { ("true", "0") } else { ("false", "-1") };
        html.put(
            "<button type='button' role='tab' id='{}-{}' aria-controls='{}' aria-selected='{}' tabindex='{}' \
             data-do='{}' data-to='{}'>{}",
            &[class, what, panel, selected, index, class, what, words],
        );
        html.put_some(" <span class='tab-remark'>{}</span>", &[remark]).put("</button>", &[]);
    }
    html.put("</div>", &[]);
    html
}
