//! Golden files: every case of a file, and what is said of it.
//!
//! A case is a line `==== ` with the case itself, followed by what is said. Where the case begins with a backslash, the
//! rest knows `\n`, `\r`, `\t` and `\\`. To add cases add lines, then run with `UPDATE_GOLDEN=1`.

use std::fmt::Write as _;

/// A case without its escapes.
pub fn unescape(line: &str) -> String {
    let Some(escaped) = line.strip_prefix('\\') else {
        return line.to_owned();
    };
    let mut text = String::new();
    let mut rest = escaped.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' => match rest.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            c => text.push(c),
        }
    }
    text
}

/// The cases of a file, as they stand there.
pub fn cases(file: &str) -> Vec<String> {
    let golden = std::fs::read_to_string(file).unwrap();
    let lines = golden.lines().filter_map(|line| line.strip_prefix("===="));
    lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned())
        .collect()
}

/// Compares a file with what `say` says of its cases, or writes it anew where `UPDATE_GOLDEN` is set.
pub fn compare(file: &str, say: impl Fn(&str) -> String) {
    let golden = std::fs::read_to_string(file).unwrap();
    let mut actual = String::new();
    for case in cases(file) {
        let _ = writeln!(actual, "{}", format!("==== {case}").trim_end());
        actual.push_str(&say(&unescape(&case)));
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(file, &actual).unwrap();
        return;
    }
    for (expected, actual) in golden.split("==== ").zip(actual.split("==== ")) {
        assert_eq!(expected, actual);
    }
    assert_eq!(golden, actual);
}
