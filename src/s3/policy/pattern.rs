//! Texts with `*` (any characters) and `?` (one character). Pure.

/// A text of a policy in which `*` and `?` stand for others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern(String);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        matches(&self.0, text)
    }

    /// Actions are the same in any case.
    pub(super) fn matches_any_case(&self, text: &str) -> bool {
        matches(&self.0.to_ascii_lowercase(), &text.to_ascii_lowercase())
    }

    /// With `${aws:username}` replaced.
    pub(super) fn with_user(&self, user: &str) -> std::borrow::Cow<'_, Self> {
        if self.0.contains("${") {
            let text = self.0.replace("${aws:username}", user).replace("${aws:userid}", user);
            std::borrow::Cow::Owned(Self(text))
        } else {
            std::borrow::Cow::Borrowed(self)
        }
    }
}

/// Walks both texts once; on a mismatch the last `*` takes one character more. So the time
/// is at most the product of the lengths, whatever the pattern.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&character) if character == '?' || character == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    (p, t) = (at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&character| character == '*')
}
