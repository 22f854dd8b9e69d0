//! When two parts of a rule are the same: what of each counts for its fingerprint. Everything does but places in a text,
//! and names of definitions, which stand for what they say. Kinds of conditions and values derive [`Hash`], so that a new
//! one cannot be forgotten; the parts of a condition count by their own fingerprints, so that each is hashed once.

use super::area::{Circle, Rectangle};
use super::fingerprint::Fingerprint;
use super::form::{
    Case, Cond, Earning, Ledger, Lifecycle, Posting, Rows, Score, Segment, Select, Stage, Step,
    Term, Trait,
};
use super::op::Pattern;
use super::ty::{Lit, Ty};
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

impl Cond {
    /// What stands for its meaning.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl Term {
    /// What stands for its meaning.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl Lifecycle {
    /// What stands for its meaning and its name: histories are kept by it.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self)
    }
}

impl PartialEq for Cond {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Cond {}

impl Hash for Cond {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl PartialEq for Term {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Term {}

impl Hash for Term {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl Hash for Select {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Select {
            kinds,
            filter,
            windows,
            slot,
            span: _,
        } = self;
        (kinds, filter, windows, slot).hash(state);
    }
}

impl Hash for Rows {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Rows {
            relation,
            filter,
            span: _,
        } = self;
        (relation, filter).hash(state);
    }
}

impl Hash for Step {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Step {
            absent,
            select,
            least,
            most,
            span: _,
        } = self;
        (absent, select, least, most).hash(state);
    }
}

impl Hash for Case {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Case {
            cond,
            value,
            text: _,
        } = self;
        (cond, value).hash(state);
    }
}

impl Hash for Segment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Segment {
            cond,
            is_tag: _,
            name: _,
            text: _,
            weight: _,
        } = self;
        cond.hash(state);
    }
}

impl Hash for Trait {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Trait {
            term,
            name: _,
            text: _,
            weight: _,
        } = self;
        term.hash(state);
    }
}

impl Hash for Score {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Score {
            value,
            eras,
            name: _,
            text: _,
            weight: _,
        } = self;
        (value, eras).hash(state);
    }
}

impl Hash for Ledger {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Ledger {
            earn,
            take,
            name: _,
            weight: _,
        } = self;
        (earn, take).hash(state);
    }
}

impl Hash for Posting {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Posting {
            select,
            points,
            text: _,
            points_text: _,
        } = self;
        (select, points).hash(state);
    }
}

impl Hash for Earning {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Earning {
            posting,
            expires,
            at_most,
        } = self;
        (posting, expires, at_most).hash(state);
    }
}

impl Hash for Lifecycle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Lifecycle {
            name,
            per,
            stages,
            names,
            weight: _,
        } = self;
        (name, per, stages, names).hash(state);
    }
}

impl Hash for Stage {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Stage {
            cond,
            from,
            text: _,
        } = self;
        (cond, from).hash(state);
    }
}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Pattern::Literal(text) => text.hash(state),
            Pattern::Regex(regex) => regex.as_str().hash(state),
        }
    }
}

impl Hash for Lit {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Lit::Whole(v) => v.hash(state),
            Lit::Real(v) => v.to_bits().hash(state),
            Lit::Text(v) => v.hash(state),
        }
    }
}

/// The names of an enumeration may be many and follow from what else is read: its kind alone counts.
impl Hash for Ty {
    fn hash<H: Hasher>(&self, state: &mut H) {
        discriminant(self).hash(state);
        match self {
            Ty::Exact(scale) | Ty::Ratio(scale) => scale.hash(state),
            Ty::Period(unit) => unit.hash(state),
            Ty::Named(names) => names.len().hash(state),
            Ty::Enum(_)
            | Ty::Bool
            | Ty::Float
            | Ty::String
            | Ty::Version
            | Ty::Date
            | Ty::Instant
            | Ty::Duration
            | Ty::Place => {}
        }
    }
}

impl Hash for Circle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Circle { centre, metres } = self;
        [centre.lat, centre.lon, *metres]
            .map(f64::to_bits)
            .hash(state);
    }
}

impl Hash for Rectangle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let Rectangle {
            south,
            west,
            north,
            east,
        } = self;
        [south, west, north, east]
            .map(|edge| edge.to_bits())
            .hash(state);
    }
}

#[cfg(test)]
mod tests {
    use crate::rule::Rule;
    use crate::schema::{EventKind, Field, Schema};
    use crate::value::Type;

    fn fingerprints(texts: &[&str]) -> Vec<crate::ir::Fingerprint> {
        let schema = Schema::builder()
            .attribute(Field::new("age", Type::Int))
            .attribute(Field::new("city", Type::String))
            .attribute(Field::new("home", Type::Place))
            .kind(EventKind::new("viewed").property(Field::new("category", Type::String)))
            .kind(EventKind::new("bought").property(Field::new("category", Type::String)))
            .build()
            .unwrap();
        let rule =
            |text: &&str| Rule::check(text, &schema).unwrap_or_else(|e| panic!("{text}: {e}"));
        texts
            .iter()
            .map(|text| rule(text).root().fingerprint())
            .collect()
    }

    #[test]
    fn spelling_and_places_in_the_text_do_not_count() {
        let same = fingerprints(&[
            "age > 50 and viewed(category = \"tv\") within 30 days",
            "  age  >  50 and viewed( category = \"tv\" ) within 720 hours",
            "(age > 50) and (viewed(category = \"tv\") within 30 days)",
        ]);
        assert!(same.iter().all(|f| *f == same[0]), "{same:?}");
        let [within, since] =
            fingerprints(&["viewed within 30 days", "viewed since 30 days ago"])[..]
        else {
            unreachable!()
        };
        assert_eq!(within, since);
    }

    #[test]
    fn everything_else_counts() {
        let mut different = fingerprints(&[
            "age > 50",
            "age >= 50",
            "age > 51",
            "not age > 50",
            "age > 50 and city exists",
            "age > 50 or city exists",
            "city = \"ab\" and city = \"c\"",
            "city = \"a\" and city = \"bc\"",
            "city in (\"a\", \"b\")",
            "city in (\"a\", \"b\") ignoring case",
            "city in (\"ab\")",
            "city contains \"a\"",
            "city starts with \"a\"",
            "city matches \"a\"",
            "home within 5 km of (41.9, 12.5)",
            "home within 5 miles of (41.9, 12.5)",
            "home between (41, 12) and (42, 13)",
            "viewed",
            "bought",
            "viewed within 30 days",
            "viewed within 1 month",
            "viewed then bought",
            "bought then viewed",
            "viewed then bought within 1 day",
            "viewed then no bought within 1 day",
            "count(viewed) > 1",
            "count(viewed) > 2",
            "viewed as of 3 days ago",
            "viewed as of 4 days ago",
        ]);
        let written = different.len();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), written);
    }
}
