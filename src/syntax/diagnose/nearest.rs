//! The word that was probably meant.

/// The candidate that a word comes nearest to, if it comes near at all.
pub(super) fn nearest<'c>(word: &str, candidates: &[&'c str]) -> Option<&'c str> {
    let limit = match word.chars().count() {
        0..=2 => return None,
        // Of three letters any one is too much, but two may have changed places.
        3 => {
            let letters = |word: &str| {
                let mut letters: Vec<char> = word.chars().collect();
                letters.sort_unstable();
                letters
            };
            return candidates
                .iter()
                .find(|candidate| letters(candidate) == letters(word))
                .copied();
        }
        4..=5 => 1,
        _ => 2,
    };
    candidates
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, candidate)| (*distance, candidate.len().abs_diff(word.len())))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    /// Long words may differ in two letters, short ones in one, and of three letters two may have changed places.
    #[test]
    fn the_longer_a_word_the_more_may_differ() {
        assert_eq!(
            nearest("containz", &["contains", "between"]),
            Some("contains")
        );
        assert_eq!(nearest("exits", &["exists", "ends"]), Some("exists"));
        assert_eq!(nearest("adn", &["and", "end"]), Some("and"));
        assert_eq!(nearest("ant", &["and", "any"]), None);
        assert_eq!(nearest("i", &["in"]), None);
    }
}
