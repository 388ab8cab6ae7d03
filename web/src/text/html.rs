//! HTML as text. Templates are literals of this program; whatever is filled in is escaped, so that no SQL can become
//! markup.

/// HTML in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Nothing yet.
    pub fn new() -> Html {
        Html::default()
    }

    /// A template with its values; see [`Html::put`].
    pub fn of(template: &'static str, values: &[&str]) -> Html {
        let mut html = Html::new();
        html.put(template, values);
        html
    }

    /// HTML that the editor's highlighter made: it escapes by itself.
    pub fn highlighted(html: String) -> Html {
        Html(html)
    }

    /// Appends a template. Each `{}` takes the next value as text, each `{p}` as prose: what stands between backticks
    /// becomes code. Attributes are written between single or double quotes.
    pub fn put(&mut self, template: &'static str, values: &[&str]) -> &mut Html {
        let mut values = values.iter();
        let mut rest = template;
        while let Some((plain, after)) = rest.split_once('{') {
            self.0.push_str(plain);
            let (kind, after) = after.split_once('}').unwrap_or((after, ""));
            let value = values.next();
            debug_assert!(value.is_some(), "too few values for {template}");
            let value = value.copied().unwrap_or_default();
            if kind == "p" {
                self.prose(value)
            } else {
                self.text(value)
            }
            rest = after;
        }
        debug_assert!(values.next().is_none(), "too many values for {template}");
        self.0.push_str(rest);
        self
    }

    /// The same where there is something to say; a template whose first value is empty is left out.
    pub fn put_some(&mut self, template: &'static str, values: &[&str]) -> &mut Html {
        if values.first().is_some_and(|value| !value.is_empty()) {
            self.put(template, values);
        }
        self
    }

    /// Appends other HTML.
    pub fn add(&mut self, other: &Html) -> &mut Html {
        self.0.push_str(&other.0);
        self
    }

    /// As the browser reads it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, special) = rest.split_at(at);
            self.0.push_str(plain);
            self.0.push_str(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            });
            rest = special.get(1..).unwrap_or_default();
        }
        self.0.push_str(rest);
    }

    fn prose(&mut self, text: &str) {
        for (i, part) in text.split('`').enumerate() {
            match (i % 2, part.is_empty()) {
                (_, true) => {}
                (0, false) => self.text(part),
                (_, false) => {
                    self.0.push_str("<code>");
                    self.text(part);
                    self.0.push_str("</code>");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Html;

    #[test]
    fn what_is_filled_in_is_text() {
        let mut html = Html::new();
        html.put("<p title='{}'>{}</p>", &["it's", "<script>alert(\"x\")</script> & é"]);
        assert_eq!(html.as_str(), "<p title='it&#39;s'>&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; é</p>");
    }

    #[test]
    fn names_in_prose_are_code() {
        let html = Html::of("<p>{p}</p>", &["Drop `a<b` and `c`."]);
        assert_eq!(html.as_str(), "<p>Drop <code>a&lt;b</code> and <code>c</code>.</p>");
    }

    #[test]
    fn braces_of_a_value_are_not_a_template() {
        assert_eq!(Html::of("{}{}", &["{}", "{p}"]).as_str(), "{}{p}");
    }

    #[test]
    fn nothing_to_say_leaves_nothing() {
        assert_eq!(Html::new().put_some("<p>{}</p>", &[""]).as_str(), "");
    }
}
