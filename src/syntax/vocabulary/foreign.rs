//! Words and signs of other languages, and what is written here. They are explained, not accepted.

/// A word or sign that is understood but not accepted.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ForeignWord {
    /// What authors write.
    pub theirs: &'static str,
    /// What is written here.
    pub ours: &'static str,
}

const fn row(theirs: &'static str, ours: &'static str) -> ForeignWord {
    ForeignWord { theirs, ours }
}

impl ForeignWord {
    /// What is written here for a word of a table.
    pub(in crate::syntax) fn ours_for(
        table: &'static [ForeignWord],
        theirs: &str,
    ) -> Option<&'static str> {
        let row = table.iter().find(|row| row.theirs == theirs)?;
        Some(row.ours)
    }
}

/// Words behind a value.
pub(in crate::syntax) static WORDS: &[ForeignWord] = &[
    row("equals", "="),
    row("equal", "="),
    row("eq", "="),
    row("ne", "!="),
    row("gt", ">"),
    row("gte", ">="),
    row("ge", ">="),
    row("lt", "<"),
    row("lte", "<="),
    row("le", "<="),
    row("has", "contains"),
    row("includes", "contains"),
    row("until", "before"),
    row("from", "since"),
    row("和", "and"),
    row("且", "and"),
    row("或", "or"),
    row("或者", "or"),
    row("и", "and"),
    row("или", "or"),
    row("و", "and"),
    row("أو", "or"),
];

/// Signs between values.
pub(in crate::syntax) static OPERATORS: &[ForeignWord] = &[
    row("==", "="),
    row("===", "="),
    row("!==", "!="),
    row("<>", "!="),
    row("=!", "!="),
    row("≠", "!="),
    row("=>", ">="),
    row("≥", ">="),
    row("=<", "<="),
    row("≤", "<="),
    row("=~", "matches"),
    row("&&", "and"),
    row("&", "and"),
    row("||", "or"),
    row("|", "or"),
    row("!", "not"),
];

/// Units of distance.
pub(in crate::syntax) static DISTANCES: &[ForeignWord] = &[
    row("kms", "km"),
    row("kilometer", "km"),
    row("kilometers", "km"),
    row("kilometre", "km"),
    row("kilometres", "km"),
    row("meter", "m"),
    row("meters", "m"),
    row("metre", "m"),
    row("metres", "m"),
    row("mi", "miles"),
    row("mls", "miles"),
];

/// Numbers in words.
pub(in crate::syntax) static NUMBERS: &[ForeignWord] = &[
    row("a", "1"),
    row("an", "1"),
    row("one", "1"),
    row("two", "2"),
    row("three", "3"),
    row("four", "4"),
    row("five", "5"),
    row("six", "6"),
    row("seven", "7"),
    row("eight", "8"),
    row("nine", "9"),
    row("ten", "10"),
    row("twelve", "12"),
    row("fourteen", "14"),
    row("thirty", "30"),
    row("sixty", "60"),
    row("ninety", "90"),
];
