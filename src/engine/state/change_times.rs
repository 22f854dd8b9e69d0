//! When the data of one profile that have no dates of their own last changed.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::cmp::Ordering;

/// The name under which all tags at once are recorded.
pub(crate) const ALL_TAGS: &str = "tags";

/// When attributes, relations and tags were last said to be what they are, so that older news does not replace newer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChangeTimes {
    /// The instant of the last row, which said everything.
    row: Option<i64>,
    /// By name.
    values: Vec<(SmolStr, i64)>,
    /// By path.
    tags: Vec<(SmolStr, i64)>,
}

impl ChangeTimes {
    pub(crate) const EMPTY: ChangeTimes = ChangeTimes {
        row: None,
        values: Vec::new(),
        tags: Vec::new(),
    };

    /// Whether a row at an instant is older than the last.
    pub(crate) fn is_stale_row(&self, at: i64) -> bool {
        self.row.is_some_and(|row| at < row)
    }

    /// Whether something newer than this instant is known of an attribute or a relation.
    pub(crate) fn is_stale(&self, name: &str, at: i64) -> bool {
        self.is_stale_row(at) || at < time_of(&self.values, name)
    }

    /// Whether something newer than this instant is known of a tag.
    pub(crate) fn is_stale_tag(&self, path: &str, at: i64) -> bool {
        self.is_stale(ALL_TAGS, at) || at < time_of(&self.tags, path)
    }

    /// Whether something newer than this instant is known of any tag.
    pub(crate) fn are_tags_stale(&self, at: i64) -> bool {
        self.is_stale(ALL_TAGS, at) || self.tags.iter().any(|(_, said)| at < *said)
    }

    /// Records that a row says everything. What the parts of it were said before does not matter any more.
    pub(crate) fn record_row(&mut self, at: i64) {
        self.row = Some(at);
        self.values.retain(|(_, said)| *said > at);
        self.tags.retain(|(_, said)| *said > at);
    }

    /// Whether a value was said later than that of another profile ([`Ordering::Less`]: the other's is older); `has` says which
    /// have one. Whoever has none has said so only by its name: a row that leaves it out says nothing.
    pub(crate) fn compare(&self, other: &Self, name: &str, has: [bool; 2]) -> Ordering {
        let said = |times: &Self, has: bool| {
            let named = time_of(&times.values, name);
            times
                .row
                .filter(|_| has)
                .map_or(named, |row| named.max(row))
        };
        let [ours, theirs] = has;
        said(other, theirs).cmp(&said(self, ours))
    }

    /// Whether the profile that is made of two has a tag. It does unless one of them has lost it later than the other got it.
    pub(crate) fn keep_tag(&self, other: &Self, path: &str, has: [bool; 2]) -> bool {
        let said = |times: &Self| time_of(&times.tags, path);
        match has {
            [true, true] => true,
            [false, false] => false,
            [true, false] => said(self) >= said(other),
            [false, true] => said(other) >= said(self),
        }
    }

    /// Takes in when the data of another profile were said, of all of these names.
    pub(crate) fn merge<'a>(&mut self, other: &Self, names: impl Iterator<Item = &'a str>) {
        let row = self.row.min(other.row);
        for name in names.chain([ALL_TAGS]) {
            let said =
                |times: &Self| time_of(&times.values, name).max(times.row.unwrap_or(i64::MIN));
            let last = said(self).max(said(other));
            if Some(last) > row && last > i64::MIN {
                self.record(name, last);
            }
        }
        self.row = row;
        for (path, at) in &other.tags {
            self.record_tag(path, *at);
        }
    }

    pub(crate) fn record(&mut self, name: &str, at: i64) {
        put(&mut self.values, name, at);
    }

    pub(crate) fn record_tag(&mut self, path: &str, at: i64) {
        put(&mut self.tags, path, at);
    }
}

fn time_of(times: &[(SmolStr, i64)], name: &str) -> i64 {
    let found = times.binary_search_by(|(known, _)| (**known).cmp(name));
    let time = found.ok().and_then(|i| times.get(i));
    time.map_or(i64::MIN, |(_, at)| *at)
}

fn put(times: &mut Vec<(SmolStr, i64)>, name: &str, at: i64) {
    match times.binary_search_by(|(known, _)| (**known).cmp(name)) {
        Ok(i) => {
            if let Some((_, time)) = times.get_mut(i) {
                *time = at.max(*time);
            }
        }
        Err(i) => times.insert(i, (name.into(), at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_counts_by_name_and_a_row_speaks_of_all_names() {
        let mut times = ChangeTimes::default();
        times.record("plan", 10);
        times.record("city", 5);
        times.record("plan", 8);
        assert!(times.is_stale("plan", 9) && !times.is_stale("plan", 10));
        assert!(times.is_stale("city", 4) && !times.is_stale("age", 4));
        times.record_tag("plan", 20);
        assert!(times.is_stale_tag("plan", 19) && !times.is_stale("plan", 19));
        assert!(times.are_tags_stale(19) && !times.are_tags_stale(20));
        times.record(ALL_TAGS, 25);
        assert!(times.is_stale_tag("vip", 24) && times.are_tags_stale(24));
        times.record_row(7);
        assert!(times.is_stale_row(6) && times.is_stale("age", 6) && times.is_stale_tag("vip", 6));
        assert!(times.is_stale("plan", 9) && !times.is_stale("city", 7));
    }
    #[test]
    fn of_two_profiles_the_newer_value_counts() {
        let (mut ours, mut theirs) = (ChangeTimes::default(), ChangeTimes::default());
        ours.record("plan", 10);
        theirs.record("plan", 12);
        theirs.record_row(8);
        assert_eq!(
            ours.compare(&theirs, "plan", [true, true]),
            Ordering::Greater
        );
        // A row says what it has, not what it leaves out.
        assert_eq!(
            ours.compare(&theirs, "city", [true, true]),
            Ordering::Greater
        );
        assert_eq!(
            ours.compare(&theirs, "city", [true, false]),
            Ordering::Equal
        );
        ours.record_tag("vip", 5);
        theirs.record_tag("vip", 6);
        assert!(
            !ours.keep_tag(&theirs, "vip", [true, false])
                && ours.keep_tag(&theirs, "vip", [false, true])
        );
        assert!(
            ours.keep_tag(&theirs, "tv", [false, true])
                && ours.keep_tag(&theirs, "tv", [true, false])
        );
        ours.merge(&theirs, ["plan", "city"].into_iter());
        assert!(ours.is_stale("plan", 11) && ours.is_stale("city", 7) && !ours.is_stale("city", 8));
        assert!(ours.is_stale_tag("vip", 5) && !ours.is_stale_row(7));
    }
}
