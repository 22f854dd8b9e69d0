//! Makes a failing case smaller: drops events, attributes, properties and parts of the expression while it still fails.

use super::Case;
use super::search::smallest;
use crate::corpus::{Book, LifecycleText};
use segue::syntax::{Expr, ExprKind, parse};
use serde_json::{Value as Json, json};

/// The smallest case found that still fails, and what is wrong with it.
pub fn shrink(case: &Case, fails: impl Fn(&Case) -> Option<String>) -> (Case, String) {
    smallest(case, 2000, candidates, fails)
}

fn candidates(case: &Case) -> Vec<Case> {
    let mut all = Vec::new();
    if let Ok(expr) = parse(&case.expression) {
        all.extend(smaller(&expr).into_iter().map(|e| Case {
            expression: e.to_string(),
            ..case.clone()
        }));
    }
    let with = |profile: Json| Case {
        profile,
        ..case.clone()
    };
    for (key, value) in case.profile.as_object().into_iter().flatten() {
        match value {
            Json::Array(items)
                if key == "events" || key == "tags" || items.iter().any(Json::is_object) =>
            {
                for i in 0..items.len() {
                    let mut profile = case.profile.clone();
                    if let Some(list) = profile[key].as_array_mut() {
                        list.remove(i);
                    }
                    all.push(with(profile));
                }
            }
            Json::Object(histories) if key == "history" => {
                for (name, changes) in histories {
                    for i in 0..changes.as_array().map_or(0, Vec::len) {
                        let mut profile = case.profile.clone();
                        if let Some(list) = profile["history"][name].as_array_mut() {
                            list.remove(i);
                        }
                        if profile["history"][name] == json!([]) {
                            remove(&mut profile["history"], name);
                        }
                        all.push(with(profile));
                    }
                }
            }
            _ if key != "id" => {
                let mut profile = case.profile.clone();
                remove(&mut profile, key);
                all.push(with(profile));
            }
            _ => {}
        }
    }
    for (i, event) in case.profile["events"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        for name in event["props"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            let mut profile = case.profile.clone();
            remove(&mut profile["events"][i]["props"], name);
            all.push(with(profile));
        }
        if !event["id"].is_null() {
            let mut profile = case.profile.clone();
            remove(&mut profile["events"][i], "id");
            all.push(with(profile));
        }
    }
    let mut with_book = |change: &dyn Fn(&mut Book)| {
        let mut smaller = case.clone();
        change(&mut smaller.book);
        all.push(smaller);
    };
    if case.book.zone != "UTC" {
        with_book(&|book| book.zone = "UTC".into());
    }
    for (name, rule) in &case.book.segments {
        with_book(&|book| drop(book.segments.remove(name)));
        for less in parse(rule).iter().flat_map(smaller) {
            with_book(&|book| drop(book.segments.insert(name.clone(), less.to_string())));
        }
    }
    for name in case.book.traits.keys() {
        with_book(&|book| drop(book.traits.remove(name)));
    }
    for name in case.book.priorities.keys() {
        with_book(&|book| _ = book.priorities.remove(name));
    }
    for name in case.book.personas.keys() {
        with_book(&|book| drop(book.personas.remove(name)));
    }
    for path in case.book.tags.keys() {
        with_book(&|book| drop(book.tags.remove(path)));
    }
    for (name, of) in &case.book.lifecycles {
        for (i, stage) in of.stages.iter().enumerate() {
            let change = |change: &dyn Fn(&mut LifecycleText)| {
                let mut smaller = case.clone();
                smaller
                    .book
                    .lifecycles
                    .get_mut(name)
                    .into_iter()
                    .for_each(change);
                smaller
            };
            all.push(change(&|of| drop(of.stages.remove(i))));
            all.extend(
                stage
                    .from
                    .as_ref()
                    .map(|_| change(&|of| of.stages[i].from = None)),
            );
            for less in parse(&stage.when).iter().flat_map(smaller) {
                all.push(change(&|of| of.stages[i].when = less.to_string()));
            }
        }
    }
    all
}

fn remove(object: &mut Json, key: &str) {
    if let Some(object) = object.as_object_mut() {
        object.remove(key);
    }
}

/// Expressions with something left out.
fn smaller(expr: &Expr) -> Vec<Expr> {
    let of = |kind: ExprKind| Expr {
        kind,
        span: expr.span,
    };
    let mut all = Vec::new();
    match &expr.kind {
        ExprKind::And(parts) | ExprKind::Or(parts) => {
            all.extend(parts.iter().cloned());
            for (i, part) in parts.iter().enumerate() {
                for less in smaller(part) {
                    let mut parts = parts.clone();
                    parts[i] = less;
                    all.push(of(if matches!(expr.kind, ExprKind::And(_)) {
                        ExprKind::And(parts)
                    } else {
                        ExprKind::Or(parts)
                    }));
                }
            }
        }
        ExprKind::Not(inner) => {
            all.push((**inner).clone());
            all.extend(
                smaller(inner)
                    .into_iter()
                    .map(|e| of(ExprKind::Not(Box::new(e)))),
            );
        }
        ExprKind::Windowed { subject, windows } => {
            all.push((**subject).clone());
            if windows.len() > 1 {
                for i in 0..windows.len() {
                    let mut windows = windows.clone();
                    windows.remove(i);
                    all.push(of(ExprKind::Windowed {
                        subject: subject.clone(),
                        windows,
                    }));
                }
            }
            all.extend(smaller(subject).into_iter().map(|s| {
                of(ExprKind::Windowed {
                    subject: Box::new(s),
                    windows: windows.clone(),
                })
            }));
        }
        ExprKind::Between {
            negated,
            value,
            low,
            high,
        } => {
            for less in smaller(value) {
                all.push(of(ExprKind::Between {
                    negated: *negated,
                    value: Box::new(less),
                    low: low.clone(),
                    high: high.clone(),
                }));
            }
        }
        ExprKind::Event { kinds, conditions } => {
            for i in 0..conditions.len() {
                let mut conditions = conditions.clone();
                conditions.remove(i);
                if !conditions.is_empty() {
                    all.push(of(ExprKind::Event {
                        kinds: kinds.clone(),
                        conditions,
                    }));
                } else if let segue::syntax::KindSelector::One(name) = kinds {
                    all.push(of(ExprKind::Path(vec![name.clone()])));
                } else {
                    all.push(of(ExprKind::Event {
                        kinds: kinds.clone(),
                        conditions,
                    }));
                }
            }
        }
        ExprKind::AllRows {
            relation,
            conditions,
        } => {
            for i in 0..conditions.len() {
                let mut conditions = conditions.clone();
                conditions.remove(i);
                if !conditions.is_empty() {
                    all.push(of(ExprKind::AllRows {
                        relation: relation.clone(),
                        conditions,
                    }));
                }
            }
        }
        ExprKind::Times { count, events } => {
            all.extend(smaller(events).into_iter().map(|e| {
                of(ExprKind::Times {
                    count: count.clone(),
                    events: Box::new(e),
                })
            }));
        }
        ExprKind::Sequence(sequence) => {
            for i in 1..sequence.steps.len() {
                let mut less = sequence.clone();
                less.steps.remove(i);
                if less.steps.len() > 1 {
                    all.push(of(ExprKind::Sequence(less)));
                } else {
                    all.push(less.steps.remove(0).events);
                }
            }
            for (i, step) in sequence.steps.iter().enumerate() {
                for events in smaller(&step.events) {
                    let mut less = sequence.clone();
                    less.steps[i].events = events;
                    all.push(of(ExprKind::Sequence(less)));
                }
            }
            for events in sequence.none_between.iter().flat_map(|e| smaller(e)) {
                let mut less = sequence.clone();
                less.none_between = Some(Box::new(events));
                all.push(of(ExprKind::Sequence(less)));
            }
            if sequence.none_between.is_some() || sequence.within.is_some() {
                let mut less = sequence.clone();
                (less.none_between, less.within) = (None, None);
                all.push(of(ExprKind::Sequence(less)));
            }
        }
        ExprKind::As { events, .. } => all.push((**events).clone()),
        ExprKind::Compare {
            op,
            left,
            right,
            ignoring_case,
        } => {
            for less in smaller(left) {
                all.push(of(ExprKind::Compare {
                    op: *op,
                    left: Box::new(less),
                    right: right.clone(),
                    ignoring_case: *ignoring_case,
                }));
            }
            for less in smaller(right) {
                all.push(of(ExprKind::Compare {
                    op: *op,
                    left: left.clone(),
                    right: Box::new(less),
                    ignoring_case: *ignoring_case,
                }));
            }
        }
        ExprKind::Arithmetic { left, right, .. } => {
            all.extend([(**left).clone(), (**right).clone()])
        }
        ExprKind::Aggregate { function, argument } => {
            all.extend(smaller(argument).into_iter().map(|e| {
                of(ExprKind::Aggregate {
                    function: *function,
                    argument: Box::new(e),
                })
            }));
        }
        ExprKind::Property { of: inner, name } => {
            all.extend(smaller(inner).into_iter().map(|e| {
                of(ExprKind::Property {
                    of: Box::new(e),
                    name: name.clone(),
                })
            }));
        }
        _ => {}
    }
    all
}
