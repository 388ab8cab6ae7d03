use crate::text::Html;
use lockstep_core::report::Verdict;

/// The verdict: a shape, a colour and its words.
pub fn badge(verdict: Verdict) -> Html {
    let (class, shape) = match verdict {
        Verdict::Safe => ("badge-safe", "M7 1.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 7 1.2ZM4.4 7.2l1.9 1.9 3.4-4"),
        Verdict::NeedsMultiStep => ("badge-steps", "M7 .9 13.1 7 7 13.1.9 7ZM7 5.2 8.8 7 7 8.8 5.2 7Z"),
        Verdict::RequiresApproval => {
            ("badge-approval", "M4.3 1h5.4L13 4.3v5.4L9.7 13H4.3L1 9.7V4.3ZM7 3.9v3.8M7 9.7v.4")
        }
    };
    Html::of(
        "<span class='badge {}'><svg viewBox='0 0 14 14' width='14' height='14' aria-hidden='true'><path d='{}'/></svg>\
         {}</span>",
        &[class, shape, verdict.label()],
    )
}
