//! Explanations as an indented tree.

use super::report::{
    Evidence, Explanation, ExplanationNode, PartKind, ReadValue, RowEvidence, RowWitness, Witness,
};
use super::value::instant;
use crate::diagnostic::Printable;
use crate::time::{Instant, Zone};
use std::fmt::{self, Write as _};

/// The most parts of one `and` or `or` that are printed.
const MAX_PARTS: usize = 20;
/// Words longer than this are shortened where they stand above already.
const LONG: usize = 24;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = |t: Instant| instant(t.micros(), self.zone);
        let state = if self.holds { "in" } else { "out" };
        let of = if self.holds { "" } else { "of " };
        let what = self
            .name
            .as_ref()
            .map_or_else(String::new, |name| format!(" {of}`{name}`"));
        let f = &mut Printable(f);
        write!(
            f,
            "{} {} is {state}{what} at {}, ",
            sign(self.holds),
            self.profile,
            at(self.now)
        )?;
        match self.until {
            Some(until) if self.is_exact => writeln!(f, "until {} if nothing happens", at(until))?,
            Some(until) => writeln!(f, "at least until {} if nothing happens", at(until))?,
            None => writeln!(f, "and stays so unless something happens")?,
        }
        self.rule
            .lines()
            .try_for_each(|line| writeln!(f, "  {line}"))?;
        writeln!(f)?;
        Printer { f, zone: self.zone }.part(&self.root, 0, "")?;
        if !self.changes.is_empty() {
            writeln!(f, "\nto get {}:", if self.holds { "out" } else { "in" })?;
            for change in &self.changes {
                writeln!(f, "  - {}", change.text)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ExplanationNode {
    /// The part as a tree, its instants in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let f = &mut Printable(f);
        Printer { f, zone: Zone::UTC }.part(self, 0, "")
    }
}

fn sign(holds: bool) -> char {
    if holds { '✓' } else { '✗' }
}

struct Printer<'f> {
    f: &'f mut dyn fmt::Write,
    zone: Zone,
}

impl Printer<'_> {
    fn at(&self, at: Instant) -> String {
        instant(at.micros(), self.zone)
    }

    fn line(&mut self, indent: usize, text: &str) -> fmt::Result {
        writeln!(self.f, "{:indent$}{text}", "")
    }

    /// `lead` stands before the words: what a case gives.
    fn part(&mut self, part: &ExplanationNode, indent: usize, lead: &str) -> fmt::Result {
        let sign = sign(part.holds);
        let until = part
            .until
            .map_or_else(String::new, |until| format!(" (until {})", self.at(until)));
        let (head, inner) = match &part.kind {
            PartKind::All => (format!("{sign} {lead}all of:{until}"), indent + 2),
            PartKind::Any => (format!("{sign} {lead}any of:{until}"), indent + 2),
            PartKind::Not => (format!("{sign} {lead}not:{until}"), indent + 2),
            PartKind::Segment { .. } | PartKind::Tag { .. } if part.parts.is_empty() => {
                return self.line(
                    indent,
                    &format!("{sign} {lead}{}{until}, see above", part.text),
                );
            }
            PartKind::Segment { .. } | PartKind::Tag { .. } => {
                (format!("{sign} {lead}{}{until}", part.text), indent + 2)
            }
            PartKind::Trait { name, value } => (
                format!("· {name} is {}, by:", value.as_deref().unwrap_or("missing")),
                indent + 2,
            ),
            PartKind::Case { value } => {
                let lead = format!("{value} when ");
                return part
                    .parts
                    .iter()
                    .try_for_each(|p| self.part(p, indent, &lead));
            }
            PartKind::Test | PartKind::Step { .. } => {
                return self.test(part, indent, &format!("{sign} {lead}"), &until);
            }
        };
        self.line(indent, &head)?;
        if matches!(part.kind, PartKind::Trait { .. }) {
            self.details(part, inner, true)?;
        }
        self.parts(part, inner)
    }

    /// The parts, at most so many; where there are more, those that decide come first.
    fn parts(&mut self, part: &ExplanationNode, indent: usize) -> fmt::Result {
        if part.parts.len() <= MAX_PARTS {
            return part.parts.iter().try_for_each(|p| self.part(p, indent, ""));
        }
        let decides = |p: &&ExplanationNode| match part.kind {
            PartKind::All => p.holds == part.holds && !part.holds,
            PartKind::Any => p.holds == part.holds && part.holds,
            PartKind::Not
            | PartKind::Test
            | PartKind::Segment { .. }
            | PartKind::Tag { .. }
            | PartKind::Trait { .. }
            | PartKind::Case { .. }
            | PartKind::Step { .. } => false,
        };
        let (mut first, rest): (Vec<&ExplanationNode>, Vec<&ExplanationNode>) =
            part.parts.iter().partition(decides);
        first.extend(rest);
        first
            .iter()
            .take(MAX_PARTS)
            .try_for_each(|p| self.part(p, indent, ""))?;
        let hidden: Vec<&&ExplanationNode> = first.iter().skip(MAX_PARTS).collect();
        let holding = hidden.iter().filter(|p| p.holds).count();
        self.line(
            indent,
            &format!("… and {} more, of which {holding} hold", hidden.len()),
        )
    }

    fn test(
        &mut self,
        part: &ExplanationNode,
        indent: usize,
        lead: &str,
        until: &str,
    ) -> fmt::Result {
        let readings: Vec<String> = part
            .readings
            .iter()
            .map(|r| reading(r, &part.text))
            .collect();
        // One value fits the line of the condition itself.
        match (
            &readings[..],
            part.evidence.is_empty() && part.rows.is_empty() && part.parts.is_empty(),
        ) {
            ([one], true) => self.line(indent, &format!("{lead}{}: {one}{until}", part.text)),
            _ => {
                self.line(indent, &format!("{lead}{}{until}", part.text))?;
                self.details(part, indent + 4, false)?;
                self.parts(part, indent + 4)
            }
        }
    }

    fn details(&mut self, part: &ExplanationNode, indent: usize, own_words: bool) -> fmt::Result {
        if own_words && part.parts.is_empty() {
            self.line(indent, &part.text)?;
        }
        for r in &part.readings {
            self.line(indent, &reading(r, &part.text))?;
        }
        let place = if matches!(part.kind, PartKind::Step { .. }) {
            "at its time"
        } else {
            "in the window"
        };
        part.evidence
            .iter()
            .try_for_each(|e| self.evidence(e, place, indent))?;
        part.rows.iter().try_for_each(|r| self.rows(r, indent))
    }

    fn rows(&mut self, evidence: &RowEvidence, indent: usize) -> fmt::Result {
        let RowEvidence {
            rows,
            seen,
            matching,
            witnesses,
            ..
        } = evidence;
        let relation = evidence.relation_words();
        let head = match (seen, matching) {
            (0, _) => return self.line(indent, &format!("no {relation} at all")),
            (_, 0) => format!("{seen} {relation}, none of them {rows}"),
            (_, n) if n == seen => format!("{n} {rows}"),
            (_, n) => format!("{n} of {seen} {rows}"),
        };
        self.line(indent, &format!("{head}:"))?;
        for witness in witnesses {
            let mut text = named_values(&witness.properties);
            if text.is_empty() {
                text = format!("row {}", witness.row + 1);
            }
            if let Some(why) = &witness.why_not {
                text += &format!(", {why}");
            }
            self.line(indent, &format!("- {text}"))?;
        }
        let all = match witnesses.first() {
            Some(RowWitness { counts: true, .. }) => *matching,
            _ => seen - matching,
        };
        if all > witnesses.len() {
            self.line(indent, &format!("- … {} more", all - witnesses.len()))?;
        }
        Ok(())
    }

    fn evidence(&mut self, evidence: &Evidence, place: &str, indent: usize) -> fmt::Result {
        let Evidence {
            events,
            seen,
            matching,
            inside,
            later,
            witnesses,
            ..
        } = evidence;
        let kind = evidence.kinds_words();
        let mut head = match (seen, matching, inside) {
            (0, ..) => format!("no {kind} at all"),
            (_, 0, _) => format!("{seen} {kind}, none of them {events}"),
            (_, _, 0) => format!("{matching} {events}, none {place}"),
            (_, _, n) if n == matching => format!("{n} {events}"),
            (_, _, n) => format!("{n} of {matching} {events}"),
        };
        if *later > 0 {
            head += &format!(" ({later} more dated later than now)");
        }
        if witnesses.is_empty() {
            return self.line(indent, &head);
        }
        self.line(indent, &format!("{head}:"))?;
        for witness in witnesses {
            let text = self.witness(witness, &evidence.kinds);
            self.line(indent, &format!("- {text}"))?;
        }
        let all = if *inside > 0 {
            *inside
        } else if *matching > 0 {
            *matching
        } else {
            *seen
        };
        if all > witnesses.len() {
            self.line(indent, &format!("- … {} more", all - witnesses.len()))?;
        }
        Ok(())
    }

    /// A kind that the head of the list names already is not said again.
    fn witness(&self, witness: &Witness, kinds: &[String]) -> String {
        let mut text = self.at(witness.at);
        if kinds != [witness.kind.as_str()] {
            text += &format!(" {}", witness.kind);
        }
        let properties = named_values(&witness.properties);
        if !properties.is_empty() {
            text += &format!(" {properties}");
        }
        if let Some(why) = &witness.why_not {
            text += &format!(", {why}");
        }
        text
    }
}

/// `category "tv", amount 499.90`
fn named_values(readings: &[ReadValue]) -> String {
    let named = readings
        .iter()
        .map(|p| format!("{} {}", p.called(), p.shown()));
    named.collect::<Vec<_>>().join(", ")
}

/// `age is 47, 4 short`. A long name that stands in the words of the condition anyway is shortened.
fn reading(reading: &ReadValue, words: &str) -> String {
    let mut text = format!("{} is {}", short(reading.called(), words), reading.shown());
    if let Some(margin) = &reading.margin {
        text += &format!(", {margin}");
    }
    text
}

/// `count(purchased within 30 days)` as `count(…)`.
pub(super) fn short(name: &str, words: &str) -> String {
    if name.chars().count() <= LONG || !words.contains(name) {
        return name.to_owned();
    }
    let (Some(open), Some(close)) = (name.find('('), name.rfind(')')) else {
        return name.to_owned();
    };
    let single = name.get(open + 1..close).is_some_and(balanced);
    match (single, name.get(..=open), name.get(close..)) {
        (true, Some(head), Some(tail)) => format!("{head}…{tail}"),
        _ => name.to_owned(),
    }
}

/// Whether no parenthesis is closed before it is opened.
fn balanced(text: &str) -> bool {
    let mut depth = 0_i32;
    text.chars().all(|c| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        depth >= 0
    })
}
