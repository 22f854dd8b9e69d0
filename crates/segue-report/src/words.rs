//! Words around numbers and names.

use crate::number::count;

/// A count with what is counted, in the plural unless it is one: `1 profile`, `2 profiles`.
pub(crate) fn counted(n: u64, one: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {one}{plural}", count(n))
}

/// The same of a number of things in memory.
pub(crate) fn several(n: usize, one: &str) -> String {
    counted(u64::try_from(n).unwrap_or(u64::MAX), one)
}

/// A name within a sentence.
pub(crate) fn named(name: &str) -> String {
    format!("“{name}”")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_in_the_plural_unless_it_is_one() {
        assert_eq!(counted(1, "profile"), "1 profile");
        assert_eq!(counted(1200, "profile"), "1,200 profiles");
        assert_eq!(several(0, "step"), "0 steps");
    }
}
