use super::copy_button;
use crate::text::Html;

/// A statement longer than this is folded.
const FOLD_LINES: usize = 6;

/// How SQL gets its colours: the editor's parser in the browser, plain text in tests.
#[derive(Clone, Copy)]
pub struct Ink<'a> {
    /// `postgres:16`.
    pub engine: &'a str,
    /// From a text and its engine to HTML.
    pub colour: fn(&str, &str) -> Html,
}

/// Statements with copy in the corner; of long ones the first line is in sight, with a count of the others.
pub fn sql_block(statements: &[String], what: &str, ink: Ink<'_>) -> Html {
    let mut html = Html::of("<div class='sql'>", &[]);
    html.add(&copy_button(what)).put("<pre tabindex='0'><code>", &[]);
    for (i, statement) in statements.iter().enumerate() {
        let end = if i + 1 < statements.len() { "\n" } else { "" };
        let sql = terminated(statement);
        let lines = sql.lines().count();
        html.put("<span class='statement'>", &[]);
        match sql.split_once('\n').filter(|_| lines > FOLD_LINES) {
            Some((head, rest)) => {
                let more = (lines - 1).to_string();
                html.add(&(ink.colour)(head, ink.engine));
                html.put("<button type='button' class='link more' data-do='more'>… {} more lines</button>", &[&more]);
                html.put("<span class='rest'>\n", &[]).add(&(ink.colour)(rest, ink.engine)).put("{}</span>", &[end]);
            }
            None => {
                html.add(&(ink.colour)(&sql, ink.engine)).put("{}", &[end]);
            }
        }
        html.put("</span>", &[]);
    }
    html.put("</code></pre></div>", &[]);
    html
}

fn terminated(statement: &str) -> String {
    let statement = statement.trim_end();
    let last = statement.lines().last().unwrap_or_default().trim_start();
    // A client command (\copy) or a closing comment takes no semicolon.
    match statement.ends_with(';') || statement.starts_with('\\') || last.starts_with("--") {
        true => statement.to_string(),
        false => [statement, ";"].concat(),
    }
}

/// A command line or any other text.
pub fn code_block(text: &str, what: &str) -> Html {
    let mut html = Html::of("<div class='sql'>", &[]);
    html.add(&copy_button(what)).put("<pre tabindex='0'><code>{}</code></pre></div>", &[text]);
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_statements_are_folded_and_keep_their_text() {
        let ink = Ink { engine: "postgres:16", colour: |text, _| Html::of("{}", &[text]) };
        let long = (1..=9).map(|i| format!("line {i}")).collect::<Vec<_>>().join("\n");
        let html = sql_block(&[long, "SELECT 1".into()], "it", ink);
        let html = html.as_str();
        assert!(html.contains("line 1<button type='button' class='link more' data-do='more'>… 8 more lines</button>"));
        assert!(html.contains("<span class='rest'>\nline 2\nline 3"));
        assert!(html.contains("line 9;\n</span>"));
        assert!(html.contains("<span class='statement'>SELECT 1;</span>"));
    }
}
