//! Finds the name that somebody probably meant.

/// Returns the candidate that is closest to `name`, if one is close enough to
/// be a slip of the finger.
pub fn suggest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return None;
    }
    let lower: Vec<char> = simplified(name).collect();
    let allowed = (lower.len() / 3).max(1);
    candidates
        .into_iter()
        .take(MAX_CANDIDATES)
        .filter(|candidate| !candidate.is_empty() && candidate.len() <= MAX_NAME_BYTES)
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= MAX_LENGTH_DIFFERENCE)
        .map(|candidate| {
            let other: Vec<char> = simplified(candidate).collect();
            (distance(&lower, &other), candidate)
        })
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Writes the suggestion as a help line, or `otherwise` if there is none.
pub fn did_you_mean<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    match suggest(name, candidates) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => otherwise(),
    }
}

/// Lists names for a sentence: `a`, `b` and `c`; long lists are cut.
pub fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let shown = names.len().min(MAX_LISTED);
    let mut text = String::new();
    for (index, name) in names[..shown].iter().enumerate() {
        if index > 0 {
            text.push_str(if index + 1 == names.len() {
                " and "
            } else {
                ", "
            });
        }
        text.push('`');
        text.push_str(name);
        text.push('`');
    }
    if names.len() > shown {
        text.push_str(&format!(" and {} more", names.len() - shown));
    }
    text
}

/// Longer names are not compared; the effort grows with the square.
const MAX_NAME_BYTES: usize = 64;

/// Candidates beyond these are not looked at.
const MAX_CANDIDATES: usize = 500;

const MAX_LENGTH_DIFFERENCE: usize = 12;

const MAX_LISTED: usize = 12;

/// Spells a name so that `first_name`, `first-name` and `FirstName` are equal.
fn simplified(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
}

/// Counts the letters to type, drop, change or swap to come from one to the
/// other.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    let mut before = vec![0; right.len() + 1];
    let mut last = vec![0; right.len() + 1];
    for (i, a) in left.iter().enumerate() {
        std::mem::swap(&mut last, &mut before);
        std::mem::swap(&mut before, &mut row);
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let mut cost = (before[j] + usize::from(a != b))
                .min(before[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                cost = cost.min(last[j - 1] + 1);
            }
            row[j + 1] = cost;
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let names = ["helper-text", "label", "required", "visible"];
        assert_eq!(suggest("helperText", names), Some("helper-text"));
        assert_eq!(suggest("lable", names), Some("label"));
        assert_eq!(suggest("requierd", names), Some("required"));
        assert_eq!(suggest("placeholder", names), None);
        assert_eq!(suggest("", names), None);
    }

    #[test]
    fn distances_count_letters() {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        for (left, right, expected) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("kitten", "sitting", 3),
            ("label", "lable", 1),
        ] {
            assert_eq!(distance(&letters(left), &letters(right)), expected);
        }
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(list([]), "");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
