use crate::text::Html;
use lockstep_core::report::EffectsReport;

/// All that is known of what something does to the running system, folded.
pub fn facts(e: &EffectsReport) -> Html {
    let locks: Vec<String> = e
        .locks
        .iter()
        .map(|l| [&l.mode, " on `", &l.object, "`", who(l.blocks_reads, l.blocks_writes)].concat())
        .collect();
    let transactional = match &*e.transactional {
        "yes" => "may run in a transaction",
        "refused" => "refused in a transaction block",
        "implicit_commit" => "commits what is open before it",
        _ => "not known",
    };
    let reversible = match &*e.reversible {
        "yes" => "yes, nothing is lost",
        "lossy" => "the structure comes back, some data does not",
        "no" => "no",
        _ => "not known",
    };
    let certainty = match &*e.certainty {
        "proved" => "observed on a real server of this version",
        "documented" => "said by the manual",
        "assumed" => "depends on what was not given; the careful case is shown",
        _ => "not known",
    };
    let mut html = Html::of("<details><summary>What it does to the running system</summary><dl class='facts'>", &[]);
    for (term, words) in [
        ("Locks", locks.join("; ").as_str()),
        ("Rewrites", &names(&e.rewrites)),
        ("Reads in full", &names(&e.scans)),
        ("Builds indexes on", &names(&e.index_builds)),
        ("Algorithm", e.algorithm.as_deref().unwrap_or_default()),
        ("Form that does not block", &names(e.online_form.as_slice())),
        ("Transaction", transactional),
        ("Can be undone", reversible),
        ("How sure", certainty),
    ] {
        if !words.is_empty() {
            html.put("<div><dt>{}</dt><dd>{p}</dd></div>", &[term, words]);
        }
    }
    html.put("</dl>", &[]);
    if !e.notes.is_empty() {
        html.put("<ul class='notes'>", &[]);
        for note in &e.notes {
            html.put("<li>{p}</li>", &[note]);
        }
        html.put("</ul>", &[]);
    }
    if !e.evidence.is_empty() {
        html.put("<p class='evidence'>Known from ", &[]).add(&sources(&e.evidence)).put("</p>", &[]);
    }
    html.put("</details>", &[]);
    html
}

fn names(list: &[String]) -> String {
    match list {
        [] => String::new(),
        list => ["`", &list.join("`, `"), "`"].concat(),
    }
}

fn who(reads: bool, writes: bool) -> &'static str {
    match (reads, writes) {
        (true, true) => ", reads and writes wait",
        (true, false) => ", reads wait",
        (false, true) => ", writes wait",
        (false, false) => ", traffic flows",
    }
}

/// Sources, as links where they are addresses.
pub fn sources(list: &[String]) -> Html {
    let mut html = Html::new();
    for (i, source) in list.iter().enumerate() {
        if i > 0 {
            html.put(", ", &[]);
        }
        match source.strip_prefix("https://") {
            Some(rest) => {
                let words = rest.strip_prefix("www.").unwrap_or(rest);
                html.put("<a href='{}' target='_blank' rel='noreferrer'>{}</a>", &[source, words])
            }
            None => html.put("<span>{}</span>", &[source]),
        };
    }
    html
}

#[cfg(test)]
mod tests {
    use super::facts;
    use lockstep_core::report::EffectsReport;

    #[test]
    fn what_was_not_observed_on_the_version_says_so() {
        let said = |certainty: &'static str, source: &str| {
            let evidence = vec![source.to_string()];
            facts(&EffectsReport { certainty: certainty.into(), evidence, ..EffectsReport::default() })
                .as_str()
                .to_string()
        };
        let documented = said("documented", "observed on other versions: MySQL 5.7.22");
        assert!(documented.contains("said by the manual") && documented.contains("observed on other versions: MySQL"));
        assert!(said("proved", "observed on MySQL 9.7.4").contains("observed on a real server of this version"));
    }
}
