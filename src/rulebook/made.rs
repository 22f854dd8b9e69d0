//! Values that a rule file has without declaring them: which segment goes first, personas, and the levels of ledgers. They are traits, made of what stands in
//! other places of the file, so that conditions, values, explanations and portraits know them as such.

use super::document::{
    CaseDocument, CaseValue, CasesDocument, LedgerDocument, PersonaDocument, RulebookDocument,
    SegmentDocument, TraitDocument,
};
use super::finding::Findings;
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::vocabulary::{
    LEAD_SEGMENT, PERSONA, fit_of, fitted_persona, level_of, levelled_ledger,
};
use crate::syntax::{quoted_name, quoted_path};
use std::cmp::Reverse;

/// More than this is no weight.
const MAX_WEIGHT: i64 = 1_000_000;

/// A trait that a file has without declaring it.
pub(super) struct MadeTrait {
    pub(super) name: String,
    pub(super) document: TraitDocument,
    /// Where each of its expressions stands.
    pub(super) paths: Vec<Vec<String>>,
}

/// Whether a name is one of those that a rulebook shows among its traits.
pub(super) fn is_shown(name: &str) -> bool {
    name == LEAD_SEGMENT
        || name == PERSONA
        || fitted_persona(name).is_some()
        || levelled_ledger(name).is_some()
}

/// All of them; what is wrong with personas is noted.
pub(super) fn traits(document: &RulebookDocument, findings: &mut Findings) -> Vec<MadeTrait> {
    let mut made: Vec<MadeTrait> = lead_segment(document).into_iter().collect();
    let all = document.personas.iter();
    let personas: Vec<Persona<'_>> = all
        .filter_map(|(name, persona)| Persona::of(name, persona, findings))
        .collect();
    for persona in &personas {
        for weight in persona.weights() {
            let same = made.iter().find(|other| other.name == weight.name);
            match same.map(|same| same.document == weight.document) {
                None => made.push(weight),
                Some(true) => {}
                Some(false) => {
                    let message = "another weight reads like this one but for its blanks";
                    let diagnostic = Diagnostic::error("E0370", Span::default(), message);
                    let path = weight.paths.first().map_or(&[][..], Vec::as_slice);
                    findings.about_key(path, diagnostic.help("write one of the two otherwise"));
                }
            }
        }
        made.push(persona.fit());
    }
    made.extend(nearest(&personas));
    for (name, ledger) in &document.ledgers {
        made.extend(level(name, ledger, findings));
    }
    made
}

/// The highest level of a ledger that its points reach.
fn level(name: &str, ledger: &LedgerDocument, findings: &mut Findings) -> Option<MadeTrait> {
    let levels = &ledger.levels;
    if levels.is_empty() {
        return None;
    }
    let is_twice = |i: usize| {
        let before = levels.get(..i).unwrap_or_default();
        let level = levels.get(i);
        before
            .iter()
            .any(|other| Some(&other.name) == level.map(|level| &level.name))
    };
    let complaint = if !levels.is_sorted_by(|low, high| low.from < high.from) {
        Some((
            "each level needs more points than the one before it",
            "write the lowest first",
        ))
    } else if levels.iter().any(|level| level.name.trim().is_empty()) {
        Some(("a level has a name", "write `name = \"silver\"`"))
    } else if (0..levels.len()).any(is_twice) {
        Some((
            "two levels have the same name",
            "give each level a name of its own",
        ))
    } else {
        None
    };
    if let Some((message, help)) = complaint {
        let diagnostic = Diagnostic::error("E0380", Span::default(), message).help(help);
        findings.about_key(&["ledgers", name, "levels"], diagnostic);
        return None;
    }
    let highest_first = levels.iter().enumerate().rev();
    let (cases, paths) = highest_first
        .map(|(i, level)| {
            let case = CaseDocument {
                is: CaseValue::Name(level.name.clone()),
                when: format!("{} >= {}", quoted_path(name), level.from),
            };
            (case, path(&["ledgers", name, "levels", &i.to_string()]))
        })
        .unzip();
    Some(MadeTrait {
        name: level_of(name),
        document: TraitDocument::Cases(CasesDocument {
            description: None,
            cases,
            otherwise: None,
            order: levels.iter().map(|level| level.name.clone()).collect(),
        }),
        paths,
    })
}

fn path(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// The names of segments with a priority, the highest first; what is alike by name.
fn lead_segment(document: &RulebookDocument) -> Option<MadeTrait> {
    let priority = |segment: &SegmentDocument| match segment {
        SegmentDocument::When(_) => None,
        SegmentDocument::Table(table) => table.priority,
    };
    let all = document.segments.iter();
    let mut first: Vec<(Reverse<i64>, &String)> = all
        .filter_map(|(name, segment)| Some((Reverse(priority(segment)?), name)))
        .collect();
    first.sort();
    if first.is_empty() {
        return None;
    }
    let cases = first.iter().map(|(_, name)| CaseDocument {
        is: CaseValue::Name((*name).clone()),
        when: format!("in segment {}", quoted_name(name)),
    });
    let paths = first
        .iter()
        .map(|(_, name)| path(&["segments", name, "priority"]));
    Some(MadeTrait {
        name: LEAD_SEGMENT.to_owned(),
        paths: paths.collect(),
        document: cases_of(cases.collect(), None),
    })
}

fn cases_of(cases: Vec<CaseDocument>, otherwise: Option<CaseValue>) -> TraitDocument {
    TraitDocument::Cases(CasesDocument {
        description: None,
        cases,
        otherwise,
        order: Vec::new(),
    })
}

/// A persona that can be reached.
struct Persona<'d> {
    name: &'d str,
    document: &'d PersonaDocument,
    /// How much its weights add at most; more than nothing.
    most: i64,
    least: i64,
}

impl<'d> Persona<'d> {
    fn of(name: &'d str, document: &'d PersonaDocument, findings: &mut Findings) -> Option<Self> {
        let keys = ["personas", name];
        let mut complain = |message: String, help: &str| {
            let diagnostic = Diagnostic::error("E0370", Span::default(), message);
            findings.about_key(&keys, diagnostic.help(help));
        };
        let weights = document.weights.iter().map(|weight| weight.adds);
        if weights
            .clone()
            .any(|adds| !(-MAX_WEIGHT..=MAX_WEIGHT).contains(&adds))
        {
            let help =
                "weights are compared with one another: divide all of them by the same number";
            complain(
                format!("a weight lies between -{MAX_WEIGHT} and {MAX_WEIGHT}"),
                help,
            );
            return None;
        }
        let most = weights
            .filter(|adds| *adds > 0)
            .fold(0, i64::saturating_add);
        let least = document.least.unwrap_or(1);
        if most == 0 {
            let help = "say what speaks for it: `weights = [{ when = \"…\", adds = 2 }]`";
            complain("nothing speaks for this persona".to_owned(), help);
            return None;
        }
        if least > most {
            let help = "leave `least` out, or let the weights add more";
            complain(
                format!(
                    "nobody can be this persona: its weights add {most} at most, and its `least` is {least}"
                ),
                help,
            );
            return None;
        }
        Some(Persona {
            name,
            document,
            most,
            least,
        })
    }

    /// A trait for each weight, under what it says: so that explanations list them. Where two personas have the same, it is one.
    fn weights(&self) -> impl Iterator<Item = MadeTrait> {
        self.document.weights.iter().enumerate().map(|(i, weight)| {
            let case = CaseDocument {
                is: CaseValue::Number(weight.adds),
                when: weight.when.clone(),
            };
            let place = i.to_string();
            MadeTrait {
                name: weight_name(&weight.when, weight.adds),
                document: cases_of(vec![case], Some(CaseValue::Number(0))),
                paths: vec![path(&["personas", self.name, "weights", &place, "when"])],
            }
        })
    }

    fn fit(&self) -> MadeTrait {
        let weights = self.document.weights.iter();
        let names = weights.map(|weight| quoted_name(&weight_name(&weight.when, weight.adds)));
        MadeTrait {
            name: fit_of(self.name),
            document: TraitDocument::Value(names.collect::<Vec<_>>().join(" + ")),
            paths: vec![path(&["personas", self.name])],
        }
    }

    /// The fit, as an expression names it.
    fn fit_name(&self) -> String {
        quoted_name(&fit_of(self.name))
    }

    /// Whether a profile is at least as much like this persona as like another, each measured by its own most.
    fn is_no_less_than(&self, other: &Persona<'_>) -> String {
        let (fit, other_fit) = (self.fit_name(), other.fit_name());
        let (most, other_most, least) = (self.most, other.most, other.least);
        format!("({other_fit} < {least} or {fit} * {other_most} >= {other_fit} * {most})")
    }
}

fn weight_name(when: &str, adds: i64) -> String {
    let words: Vec<&str> = when.split_whitespace().collect();
    format!("{adds:+} if {}", words.join(" "))
}

/// The persona that a profile is most like. Of several that it is equally like the first is meant, which is the first case that holds.
fn nearest(personas: &[Persona<'_>]) -> Option<MadeTrait> {
    if personas.is_empty() {
        return None;
    }
    let cases = personas.iter().map(|persona| {
        let others = personas.iter().filter(|other| other.name != persona.name);
        let own = format!("{} >= {}", persona.fit_name(), persona.least);
        let parts = std::iter::once(own).chain(others.map(|other| persona.is_no_less_than(other)));
        CaseDocument {
            is: CaseValue::Name(persona.name.to_owned()),
            when: parts.collect::<Vec<_>>().join(" and "),
        }
    });
    Some(MadeTrait {
        name: PERSONA.to_owned(),
        document: cases_of(cases.collect(), None),
        paths: personas
            .iter()
            .map(|of| path(&["personas", of.name]))
            .collect(),
    })
}

/// What is to be said of a declared name that one of these has.
pub(super) fn clash(section: &str, name: &str) -> Diagnostic {
    let what = match fitted_persona(name) {
        Some(persona) => format!("the fit of the persona {}", quoted_path(persona)),
        None if name == LEAD_SEGMENT => "the first segment by priority".to_owned(),
        None if name == PERSONA => "what personas make".to_owned(),
        None => match levelled_ledger(name) {
            Some(ledger) => format!("the level of the ledger {}", quoted_path(ledger)),
            None => "a ledger".to_owned(),
        },
    };
    let message = format!("`{name}` is {what} already");
    let help = format!("choose another name under `{section}`");
    Diagnostic::error("E0204", Span::default(), message).help(help)
}
