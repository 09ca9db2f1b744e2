//! `Accept`, weighed as the original's `mimeparse` does: the closer match wins, then the larger q, then JSON.

/// How well a type fits a header: closeness, then q.
type Fit = (i32, f64);

/// Whether `text/javascript` fits better than `application/json`; `None` for a malformed header.
pub(super) fn prefers_javascript(header: &str) -> Option<bool> {
    if header == "*/*" {
        return Some(false);
    }
    let ranges = header
        .split(',')
        .filter(|part| !part.trim().is_empty())
        .map(Range::read)
        .collect::<Option<Vec<_>>>()?;
    let json = fit("application", "json", &ranges);
    let javascript = fit("text", "javascript", &ranges);
    // Of types that can not be had at all JSON is the default.
    Some(javascript > json && javascript.1 != 0.0)
}

struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    q: f64,
}

impl<'h> Range<'h> {
    fn read(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';');
        let name = parts.next()?.trim();
        let (kind, subtype) = if name == "*" { ("*", "*") } else { name.split_once('/')? };
        if subtype.contains('/') {
            return None;
        }
        let mut q = 1.0;
        for parameter in parts {
            let (name, value) = parameter.split_once('=')?;
            if name.trim() == "q" {
                q = weight(value.trim())?;
            }
        }
        Some(Self { kind: kind.trim(), subtype: subtype.trim(), q })
    }
}

/// A weight that is 0 or out of bounds counts as 1, in the original as here.
fn weight(text: &str) -> Option<f64> {
    if text.is_empty() {
        return Some(1.0);
    }
    let q: f64 = text.parse().ok()?;
    Some(if q == 0.0 || !(0.0..=1.0).contains(&q) { 1.0 } else { q })
}

fn fit(kind: &str, subtype: &str, ranges: &[Range<'_>]) -> Fit {
    let mut best = (-1, 0.0);
    for range in ranges {
        if (range.kind == kind || range.kind == "*") && (range.subtype == subtype || range.subtype == "*") {
            let closeness = i32::from(range.kind == kind) * 100 + i32::from(range.subtype == subtype) * 10;
            if closeness > best.0 {
                best = (closeness, range.q);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::prefers_javascript;

    #[test]
    fn the_better_type_wins_and_json_wins_a_draw() {
        for (header, javascript) in [
            ("", false),
            ("*", false),
            ("*/*;q=0.1", false),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false),
            ("application/json, text/javascript, */*; q=0.01", false),
            ("text/javascript", true),
            ("text/*", true),
            ("*/javascript", true),
            ("application/json;q=0.1, text/javascript;q=0.9", true),
            ("application/json;q=0", false),
            ("application/json;q=0, text/javascript;q=0.5", false),
            ("text/csv", false),
            ("text/javascript;q=0.1, */*", true),
        ] {
            assert_eq!(prefers_javascript(header), Some(javascript), "{header}");
        }
    }

    #[test]
    fn malformed_headers_are_seen() {
        for header in
            ["nonsense", "application/json, nonsense", "a/b/c", "text/html;", "text/html;q=x", "text/html;a"]
        {
            assert_eq!(prefers_javascript(header), None, "{header}");
        }
    }
}
