//! Ready-made lifecycles: a template and its parameters become ordinary stages.
//!
//! What a template writes is what an author could have written: its conditions are parsed and checked like any others.

use super::document::{FromDocument, LifecycleDocument, StageDocument};
use super::lifecycles::{LifecycleFindings, named};
use crate::check::listed;
use crate::diagnostic::Diagnostic;
use crate::schema::Schema;
use crate::span::Span;
use crate::syntax::{self, ExprKind, KindPattern, KindSelector, Literal};

/// The template whose stages follow from the values of two traits.
pub(super) const MATRIX: &str = "matrix";

/// A lifecycle with its stages still to be filled in.
struct Template {
    name: &'static str,
    parameters: &'static [Parameter],
    /// From where a stage may be entered that says nothing itself: `any`, or forward.
    any: bool,
    /// Names and conditions; parameters stand in braces.
    stages: &'static [(&'static str, &'static str)],
}

/// Something that an author may choose.
struct Parameter {
    name: &'static str,
    kind: ParameterKind,
    /// What it is if nothing is said.
    default: &'static str,
}

#[derive(Clone, Copy)]
enum ParameterKind {
    /// A kind of events, or an event term: `purchased`, `purchased(amount > 0)`.
    Event,
    /// A length of time: `90 days`.
    Length,
    /// How many times.
    Times,
}

const fn event(name: &'static str, default: &'static str) -> Parameter {
    Parameter {
        name,
        kind: ParameterKind::Event,
        default,
    }
}

const fn length(name: &'static str, default: &'static str) -> Parameter {
    Parameter {
        name,
        kind: ParameterKind::Length,
        default,
    }
}

const fn times(name: &'static str, default: &'static str) -> Parameter {
    Parameter {
        name,
        kind: ParameterKind::Times,
        default,
    }
}

const TEMPLATES: &[Template] = &[
    // From the first contact to recommending: forward only.
    Template {
        name: "visitor-to-advocate",
        parameters: &[
            event("contact", "any event"),
            event("event", "purchased"),
            event("interest", "viewed"),
            event("recommendation", "recommended"),
            times("consideration_times", "2"),
            times("decision_times", "3"),
            times("loyalty_times", "3"),
            length("decision_within", "30 days"),
            length("loyalty_within", "365 days"),
        ],
        any: false,
        stages: &[
            ("awareness", "{contact}"),
            (
                "consideration",
                "{interest} at least {consideration_times} times",
            ),
            (
                "decision",
                "{interest} at least {decision_times} times within {decision_within}",
            ),
            ("evaluation", "{event}"),
            (
                "loyalty",
                "{event} at least {loyalty_times} times within {loyalty_within}",
            ),
            ("advocacy", "{event} at least 2 times and {recommendation}"),
        ],
    },
    // By the time since the last purchase, to and fro.
    Template {
        name: "active-sleeping-lost",
        parameters: &[
            event("event", "purchased"),
            length("sleeping_after", "90 days"),
            length("lost_after", "365 days"),
        ],
        any: true,
        stages: &[
            ("active", "{event} within {sleeping_after}"),
            ("sleeping", "{event} within {lost_after}"),
            ("lost", "{event}"),
        ],
    },
    // The same, with those who came lately apart.
    Template {
        name: "new-active-at-risk-lost",
        parameters: &[
            event("event", "purchased"),
            length("new_for", "30 days"),
            length("at_risk_after", "60 days"),
            length("lost_after", "180 days"),
        ],
        any: true,
        stages: &[
            ("new", "first({event}).at within {new_for}"),
            ("active", "{event} within {at_risk_after}"),
            ("at_risk", "{event} within {lost_after}"),
            ("lost", "{event}"),
        ],
    },
];

/// The parameters of a template that are events, and what each is if nothing is said.
pub(super) fn default_events(template: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let template = TEMPLATES.iter().filter(move |t| t.name == template);
    template
        .flat_map(|template| template.parameters)
        .filter(|parameter| matches!(parameter.kind, ParameterKind::Event))
        .map(|parameter| (parameter.name, parameter.default))
}

/// The stages of a lifecycle: those of its template, or its own. `None` where the template cannot be filled in.
pub(super) fn stages(
    document: &LifecycleDocument,
    schema: &Schema,
    findings: &mut LifecycleFindings<'_>,
) -> Option<Vec<StageDocument>> {
    let Some(wanted) = &document.template else {
        if let Some(name) = document.with.keys().next() {
            let diagnostic =
                error("`with` gives the parameters of a template, and none is named".to_owned());
            findings.at(
                &["with", name],
                diagnostic.help("such as `template = \"active-sleeping-lost\"`"),
            );
        }
        return Some(document.stages.clone());
    };
    let Some(template) = TEMPLATES.iter().find(|t| t.name == *wanted) else {
        let names: Vec<&str> = TEMPLATES.iter().map(|t| t.name).chain([MATRIX]).collect();
        let diagnostic = error(format!("there is no template `{wanted}`"));
        findings.at(&["template"], named(diagnostic, wanted, &names));
        return None;
    };
    let before = findings.len();
    if !document.stages.is_empty() {
        let diagnostic = error("a lifecycle has either a template or stages of its own".to_owned());
        findings.at(
            &["stages"],
            diagnostic.help("leave out `template`, or `stages`"),
        );
    }
    let known: Vec<&str> = template.parameters.iter().map(|p| p.name).collect();
    for name in document
        .with
        .keys()
        .filter(|name| !known.contains(&name.as_str()))
    {
        let diagnostic = error(format!("`{wanted}` has no parameter `{name}`"));
        findings.at(&["with", name], named(diagnostic, name, &known));
    }
    let mut values = Vec::with_capacity(template.parameters.len());
    for parameter in template.parameters {
        let given = document.with.get(parameter.name);
        let text = given.map_or_else(|| parameter.default.to_owned(), ToString::to_string);
        if let Err(diagnostic) = fits(parameter, given.is_some(), &text, schema) {
            match given {
                Some(_) => findings.at(&["with", parameter.name], *diagnostic),
                None => findings.at(&["template"], *diagnostic),
            }
        }
        values.push((format!("{{{}}}", parameter.name), text));
    }
    let fill = |pattern: &str| {
        values
            .iter()
            .fold(pattern.to_owned(), |text, (name, value)| {
                text.replace(name, value)
            })
    };
    let from = template.any.then(|| FromDocument::Word("any".to_owned()));
    (findings.len() == before).then(|| {
        let stages = template.stages.iter().map(|(name, when)| StageDocument {
            goal: None,
            name: (*name).to_owned(),
            description: None,
            when: fill(when),
            from: from.clone().filter(|_| document.from.is_none()),
        });
        stages.collect()
    })
}

pub(super) fn error(message: String) -> Diagnostic {
    Diagnostic::error("E0224", Span::default(), message)
}

/// Whether a value is what its parameter wants.
fn fits(
    parameter: &Parameter,
    given: bool,
    text: &str,
    schema: &Schema,
) -> Result<(), Box<Diagnostic>> {
    let name = parameter.name;
    let wrong = |wanted: &str, help: &str| {
        Err(Box::new(
            error(format!("`{name}` is {wanted}, not `{text}`"))
                .help(format!("write `{name} = {help}`")),
        ))
    };
    match parameter.kind {
        ParameterKind::Times => match text.parse::<u32>() {
            Ok(1..) => Ok(()),
            _ => wrong(
                "how many times, a whole number from 1 on",
                parameter.default,
            ),
        },
        ParameterKind::Length => match syntax::parse(text).map(|e| e.kind) {
            Ok(ExprKind::Literal(Literal::Duration(_))) => Ok(()),
            _ => wrong("a duration", &format!("\"{}\"", parameter.default)),
        },
        ParameterKind::Event => {
            let kinds = match syntax::parse(text).map(|e| e.kind) {
                Ok(ExprKind::Path(names)) => vec![
                    names
                        .iter()
                        .map(|n| n.text.as_str())
                        .collect::<Vec<_>>()
                        .join("."),
                ],
                Ok(ExprKind::Event {
                    kinds: KindSelector::One(kind),
                    ..
                }) => vec![kind.text],
                Ok(ExprKind::Event {
                    kinds: KindSelector::AnyOf(kinds),
                    ..
                }) => {
                    let is_met = |p: &KindPattern| {
                        p.prefix && schema.kinds().iter().any(|kind| p.matches(&kind.name))
                    };
                    let unmet = kinds.into_iter().filter(|p| !is_met(p));
                    unmet
                        .map(|p| {
                            if p.prefix {
                                format!("{}*", p.name.text)
                            } else {
                                p.name.text
                            }
                        })
                        .collect()
                }
                Ok(ExprKind::Event {
                    kinds: KindSelector::Any(_),
                    ..
                }) => return Ok(()),
                _ => {
                    return wrong(
                        "a kind of events, perhaps with conditions",
                        "\"purchased\"`, `\"purchased(amount > 20)\"",
                    );
                }
            };
            let Some(unknown) = kinds.iter().find(|k| schema.kind(k).is_none()) else {
                return Ok(());
            };
            let known: Vec<&str> = schema.kinds().iter().map(|k| k.name.as_str()).collect();
            let message = if given {
                format!("there is no kind of events `{unknown}`")
            } else {
                format!("there is no kind of events `{unknown}`, which `{name}` means by default")
            };
            let diagnostic = if given {
                named(error(message), unknown, &known)
            } else {
                error(message).help(format!(
                    "say which events are meant: `with = {{ {name} = \"…\" }}`; known: {}",
                    listed(&known)
                ))
            };
            Err(Box::new(diagnostic))
        }
    }
}
