use crate::text::Html;
use lockstep_core::picture::strip::Lane;
use lockstep_core::picture::{Strip, strip};
use lockstep_core::report::{Duration, EffectsReport, Traffic};

const WIDTH: f64 = 92.0;

/// What reads and writes feel: two lanes with words beside them.
pub fn impact_strip(effects: &EffectsReport, duration: &Duration) -> Html {
    let Strip { reads, writes, title } = strip(effects, duration);
    let mut html = Html::of("<div class='strip' role='img' aria-label='{}' title='{}'>", &[&title, &title]);
    for (name, traffic) in [("reads", &reads), ("writes", &writes)] {
        html.put("<span aria-hidden='true'>{}</span>", &[name]);
        lane(&mut html, traffic);
    }
    html.put("</div>", &[]);
    html
}

fn lane(html: &mut Html, lane: &Lane) {
    let (line, mark) = match lane.traffic {
        Traffic::Flows | Traffic::WaitsBriefly => ("lane-flows", "pic-brief"),
        Traffic::Waits => ("lane-waits", "pic-waits"),
        Traffic::Fails => ("lane-waits", "pic-fails"),
        Traffic::Unknown => ("lane-unknown", "pic-unknown"),
    };
    html.put(
        "<svg class='lane' viewBox='0 0 92 10' width='92' height='10' aria-hidden='true'>\
         <rect class='{}-bg' x='0' y='1' width='92' height='8' rx='1.5'/><line class='{}' x1='3' x2='89' y1='5' y2='5'/>",
        &[line, line],
    );
    if let Some((from, share)) = lane.mark {
        html.put(
            "<rect class='{}' x='{}' y='0' width='{}' height='10' rx='1'/>",
            &[mark, &pixels(from * WIDTH), &pixels(share * WIDTH)],
        );
    }
    html.put("</svg>", &[]);
}

/// A length as an attribute; a tenth of a pixel is fine enough.
pub fn pixels(length: f64) -> String {
    let tenths = (length * 10.0).round() as i64;
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        _ => {
            let sign = if tenths < 0 { "-" } else { "" };
            let tenths = tenths.abs();
            [sign, &(tenths / 10).to_string(), ".", &(tenths % 10).to_string()].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::pixels;

    #[test]
    fn tenths_of_pixels() {
        for (length, expected) in [(0.0, "0"), (12.04, "12"), (12.05, "12.1"), (-0.55, "-0.6"), (-3.2, "-3.2")] {
            assert_eq!(pixels(length), expected);
        }
    }
}
