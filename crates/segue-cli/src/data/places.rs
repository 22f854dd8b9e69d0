//! From "the 17th event" to the file and the line in which it stands.

use crate::input::Source;

/// Where counted lines stand. Blank lines are not counted, and counting goes on from file to file.
#[derive(Debug, Default)]
pub(super) struct Places {
    counted: u64,
    /// From this count on: the source, and how far its line numbers are ahead of the count (or behind).
    breaks: Vec<(u64, usize, i64)>,
}

impl Places {
    /// Counts a line.
    pub(super) fn count(&mut self, source: usize, line: u64) {
        self.counted += 1;
        let ahead = line.cast_signed() - self.counted.cast_signed();
        if self
            .breaks
            .last()
            .is_none_or(|(_, s, a)| (*s, *a) != (source, ahead))
        {
            self.breaks.push((self.counted, source, ahead));
        }
    }

    /// How many lines were counted.
    pub(super) fn counted(&self) -> u64 {
        self.counted
    }

    fn place(&self, count: u64, sources: &[Source]) -> Option<String> {
        let at = self
            .breaks
            .partition_point(|(from, ..)| *from <= count)
            .checked_sub(1)?;
        let (_, source, ahead) = self.breaks.get(at)?;
        let line = count.checked_add_signed(*ahead)?;
        Some(format!("{}:{line}", sources.get(*source)?))
    }

    /// A message in which `what` and a count (`event line 17`) stand for places, with the places.
    pub(super) fn named(&self, message: &str, what: &str, sources: &[Source]) -> String {
        let mut out = String::new();
        let mut rest = message;
        while let Some((before, after)) = rest.split_once(what) {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = after.split_at(digits);
            out.push_str(before);
            match number
                .parse()
                .ok()
                .and_then(|count| self.place(count, sources))
            {
                Some(place) => out.push_str(&place),
                None => {
                    out.push_str(what);
                    out.push_str(number);
                }
            }
            rest = after;
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_places() {
        let sources = [Source::from("a.ndjson"), Source::from("b.ndjson")];
        let mut places = Places::default();
        for (source, line) in [(0, 1), (0, 2), (0, 4), (1, 1), (1, 2)] {
            places.count(source, line);
        }
        let message =
            "a number in event line 3 (`4`) and a string in event line 5 (`event line x`)";
        assert_eq!(
            places.named(message, "event line ", &sources),
            "a number in a.ndjson:4 (`4`) and a string in b.ndjson:2 (`event line x`)"
        );
    }
}
