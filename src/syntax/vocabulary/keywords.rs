//! Keywords. Only the reserved ones are never names; the others are keywords where the grammar looks for them.

/// Never a name without backticks.
pub(super) const RESERVED: u8 = 1;
/// Means something else where an operand may begin, whatever follows.
pub(super) const LEADING: u8 = 2;
/// Means something else where an operand begins and `(` follows.
pub(super) const CALLED: u8 = 4;
/// May follow a value or an event term.
const SUFFIX: u8 = 8;
/// Authors are likely to write it in capital letters.
const SHOUTED: u8 = 16;

/// A keyword.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeywordRow {
    /// How it is written.
    pub word: &'static str,
    roles: u8,
}

impl KeywordRow {
    /// Whether it is never a name without backticks.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        self.roles & RESERVED != 0
    }
}

const fn row(word: &'static str, roles: u8) -> KeywordRow {
    KeywordRow { word, roles }
}

/// In alphabetical order.
static KEYWORDS: &[KeywordRow] = &[
    row("after", SUFFIX | SHOUTED),
    row("ago", SHOUTED),
    row("all", CALLED | SHOUTED),
    row("and", RESERVED | SUFFIX | SHOUTED),
    row("anniversary", 0),
    row("any", CALLED | SHOUTED),
    row("as", SUFFIX | SHOUTED),
    row("at", 0),
    row("before", SUFFIX | SHOUTED),
    row("between", SUFFIX | SHOUTED),
    row("case", 0),
    row("changed", SUFFIX | SHOUTED),
    row("contains", SUFFIX | SHOUTED),
    row("day", 0),
    row("during", SUFFIX | SHOUTED),
    row("earned", 0),
    row("empty", SHOUTED),
    row("ends", SUFFIX | SHOUTED),
    row("enter", 0),
    row("entered", 0),
    row("event", 0),
    row("ever", 0),
    row("every", 0),
    row("exactly", SUFFIX),
    row("exists", SUFFIX | SHOUTED),
    row("expiring", 0),
    row("false", RESERVED | SHOUTED),
    row("fewer", SUFFIX),
    row("fit", 0),
    row("for", SUFFIX | SHOUTED),
    row("from", 0),
    row("goal", 0),
    row("ignoring", 0),
    row("in", CALLED | SUFFIX | SHOUTED),
    row("is", SUFFIX | SHOUTED),
    row("journey", 0),
    row("last", 0),
    row("lead", 0),
    row("least", 0),
    row("leave", 0),
    row("left", 0),
    row("less", 0),
    row("level", 0),
    row("like", SUFFIX | SHOUTED),
    row("matches", SUFFIX | SHOUTED),
    row("missing", SHOUTED),
    row("month", 0),
    row("more", 0),
    row("most", 0),
    row("move", 0),
    row("next", 0),
    row("no", LEADING | SHOUTED),
    row("none", CALLED | SHOUTED),
    row("not", RESERVED | SUFFIX | SHOUTED),
    row("now", RESERVED | SHOUTED),
    row("of", SHOUTED),
    row("on", SUFFIX | SHOUTED),
    row("once", 0),
    row("or", RESERVED | SUFFIX | SHOUTED),
    row("per", 0),
    row("periods", 0),
    row("reached", 0),
    row("sample", CALLED),
    row("segment", SHOUTED),
    row("since", SUFFIX | SHOUTED),
    row("stage", 0),
    row("starts", SUFFIX | SHOUTED),
    row("step", 0),
    row("tagged", LEADING | SHOUTED),
    row("than", 0),
    row("then", SUFFIX | SHOUTED),
    row("this", 0),
    row("times", SHOUTED),
    row("to", 0),
    row("today", LEADING | SHOUTED),
    row("tomorrow", LEADING),
    row("true", RESERVED | SHOUTED),
    row("twice", 0),
    row("until", 0),
    row("was", SUFFIX | SHOUTED),
    row("with", SHOUTED),
    row("within", SUFFIX | SHOUTED),
    row("yesterday", LEADING),
];

/// Every keyword of the grammar.
#[must_use]
pub fn keywords() -> &'static [KeywordRow] {
    KEYWORDS
}

/// Whether a word is a keyword with one of these roles.
pub(super) fn has(word: &str, roles: u8) -> bool {
    KEYWORDS
        .binary_search_by(|row| row.word.cmp(word))
        .ok()
        .and_then(|at| KEYWORDS.get(at))
        .is_some_and(|row| row.roles & roles != 0)
}

/// Whether a word is never a name without backticks.
pub(in crate::syntax) fn is_reserved(word: &str) -> bool {
    has(word, RESERVED)
}

/// Whether a word may follow a value or an event term.
pub(in crate::syntax) fn is_suffix(word: &str) -> bool {
    has(word, SUFFIX)
}

/// Whether authors are likely to write a word in capital letters.
pub(in crate::syntax) fn is_shouted(word: &str) -> bool {
    has(word, SHOUTED) || word == "days"
}

/// The words that may follow a value or an event term.
pub(in crate::syntax) fn suffixes() -> impl Iterator<Item = &'static str> {
    let rows = KEYWORDS.iter().filter(|row| row.roles & SUFFIX != 0);
    rows.map(|row| row.word)
}

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    #[test]
    fn the_table_is_in_order() {
        assert!(KEYWORDS.is_sorted_by(|a, b| a.word < b.word));
    }
}
