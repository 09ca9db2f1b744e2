//! Braces: `a{b,c}d` stands for `abd` and `acd`.

use super::PatternError;

const MOST: usize = 256;

/// All texts that a text with braces stands for, in the order they are written. Escapes are left as they are.
pub(super) fn expand(text: &str) -> Result<Vec<String>, PatternError> {
    let mut done = vec![String::new()];
    let mut group: Option<Vec<String>> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, &mut group) {
            ('\\', _) => {
                let sign = chars.next().ok_or(PatternError::LoneBackslash)?;
                push(&mut done, &mut group, &['\\', sign]);
            }
            ('{', None) => group = Some(vec![String::new()]),
            ('{', Some(_)) => return Err(PatternError::Nested),
            ('}', None) => return Err(PatternError::Brace),
            ('}', Some(_)) => {
                let choices = group.take().unwrap_or_default();
                if done.len() * choices.len() > MOST {
                    return Err(PatternError::TooMany(MOST));
                }
                done = done.iter().flat_map(|d| choices.iter().map(move |c| format!("{d}{c}"))).collect();
            }
            (',', Some(choices)) => choices.push(String::new()),
            (other, _) => push(&mut done, &mut group, &[other]),
        }
    }
    if group.is_some() { Err(PatternError::Brace) } else { Ok(done) }
}

fn push(done: &mut [String], group: &mut Option<Vec<String>>, signs: &[char]) {
    match group {
        Some(choices) => {
            if let Some(last) = choices.last_mut() {
                last.extend(signs);
            }
        }
        None => done.iter_mut().for_each(|d| d.extend(signs)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_combination_in_order() {
        assert_eq!(expand("a{b,c}d{e,f}").unwrap(), ["abde", "abdf", "acde", "acdf"]);
        assert_eq!(expand("plain").unwrap(), ["plain"]);
        assert_eq!(expand("{,x}y").unwrap(), ["y", "xy"]);
    }

    #[test]
    fn escaped_signs_are_no_braces() {
        assert_eq!(expand("a\\{b,c\\}{d\\,e,f}").unwrap(), ["a\\{b,c\\}d\\,e", "a\\{b,c\\}f"]);
    }

    #[test]
    fn bad_braces_are_named() {
        assert_eq!(expand("{a"), Err(PatternError::Brace));
        assert_eq!(expand("a}"), Err(PatternError::Brace));
        assert_eq!(expand("{a{b}}"), Err(PatternError::Nested));
        assert_eq!(expand(&"{a,b}".repeat(9)), Err(PatternError::TooMany(MOST)));
    }
}
