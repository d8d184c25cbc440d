//! Text broken at words.

/// Lines of at most `width` characters; a word that is longer stands alone.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let fits = line.chars().count() + 1 + word.chars().count() <= width;
        if !line.is_empty() && !fits {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn lines_end_at_words() {
        assert_eq!(wrap("a broker on localhost", 10), ["a broker", "on", "localhost"]);
        assert_eq!(wrap("advertised.listeners is long", 8), ["advertised.listeners", "is long"]);
        assert_eq!(wrap("", 8), [""]);
    }
}
