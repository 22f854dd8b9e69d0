//! What a name stands for: values, and the words that may stand opposite one.

use super::data::Persona;
use super::events::{self, dotted};
use super::value::{Ratio, Value};
use super::{Scope, Trait, is_condition};
use segue::Type;
use segue::schema::Field;
use segue::syntax::{CompareOp, Expr, ExprKind, Literal, Name};

impl Scope<'_> {
    /// What a name stands for: within a row or an event its own properties, the innermost first, then the steps of a
    /// sequence, then the profile.
    pub(super) fn path(&self, names: &[Name]) -> Option<Value> {
        let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
        if let Some(found) = self.of_row(&names, true) {
            return found;
        }
        if let Some((event, kinds)) = &self.event
            && (events::is_part(names[0])
                || (1..=names.len()).any(|n| self.declared(kinds, &names[..n]).is_some()))
        {
            return self.property(event, kinds, &names);
        }
        if let Some(found) = self.of_row(&names, false) {
            return found;
        }
        if let Some((_, event)) = self.steps.iter().rev().find(|(step, _)| step == names[0]) {
            return self.property(event, std::slice::from_ref(&event.kind), &names[1..]);
        }
        for split in (1..=names.len()).rev() {
            let name = dotted(&names[..split]);
            let of_entry = self.entry.filter(|_| self.world.attribute(&name).is_none());
            let value = if let (Some(entry), "entered") = (of_entry, &*name) {
                Some(Value::Instant(entry.entered))
            } else if let (Some(entry), "subject") = (of_entry, &*name) {
                entry.subject.map(|subject| Value::Text(subject.to_owned()))
            } else if name == "id" {
                Some(Value::Text(self.profile.id.clone()))
            } else if let Some(field) = self.world.attribute(&name) {
                if field.tracked {
                    self.at(&name, self.now)
                } else {
                    self.profile.attributes.get(&*name).cloned()
                }
            } else if let Some(of_trait) = self.world.traits.get(&*name) {
                self.trait_value(of_trait)
            } else {
                continue;
            };
            return names[split..]
                .iter()
                .try_fold(value?, |value, name| self.part(&value, name));
        }
        panic!("`{}` is no name of the schema", names.join("."))
    }

    /// Section 6: "the first case that holds of an ordered list".
    fn trait_value(&self, of: &Trait) -> Option<Value> {
        let scope = Scope {
            event: None,
            row: None,
            steps: Vec::new(),
            subject: None,
            ..self.clone()
        };
        match of {
            // "A trait whose expression is a condition is true or false, never missing."
            Trait::Computed(expr) if is_condition(expr) => Some(Value::Bool(scope.holds(expr))),
            // "In further arithmetic, and as a trait, [an average] is a float."
            Trait::Computed(expr) => match scope.value(expr)? {
                Value::Average(r) => Some(Value::Float(r.float())),
                value => Some(value),
            },
            Trait::Fit(persona) => Some(Value::Exact(Ratio::whole(scope.fit(persona)))),
            Trait::Persona(all) => scope.nearest(all),
            Trait::Cases { cases, otherwise } => match cases
                .iter()
                .position(|(_, condition)| scope.holds(condition))
            {
                Some(i) => Some(Value::Name(cases[i].0.clone(), i)),
                None => otherwise
                    .as_ref()
                    .map(|name| Value::Name(name.clone(), cases.len())),
            },
        }
    }

    /// Section 15: "how much the weights add whose conditions hold".
    fn fit(&self, persona: &Persona) -> i128 {
        let weights = persona.weights.iter();
        let held = weights.filter(|(when, _)| self.holds(when));
        held.map(|(_, adds)| i128::from(*adds)).sum()
    }

    /// Section 15: "the one with the greatest share of what its weights add at most; nobody is one below its least".
    fn nearest(&self, all: &[Persona]) -> Option<Value> {
        let mut best: Option<(usize, i128, i128)> = None;
        for (i, persona) in all.iter().enumerate() {
            let adds = persona.weights.iter().map(|(_, adds)| i128::from(*adds));
            let (fit, most) = (
                self.fit(persona),
                adds.filter(|adds| *adds > 0).sum::<i128>(),
            );
            let is_better = best.is_none_or(|(_, of, of_most)| fit * of_most > of * most);
            if fit >= i128::from(persona.least) && is_better {
                best = Some((i, fit, most));
            }
        }
        best.map(|(i, ..)| Value::Name(all[i].name.clone(), i))
    }

    /// The value of one side of a comparison. Section 2: "A bare word opposite an enum is one of its values; opposite
    /// anything else it is a name".
    pub(super) fn opposite(&self, expr: &Expr, other: &Expr) -> Option<Value> {
        let word = match &expr.kind {
            ExprKind::Literal(Literal::String(text)) => Some(text.as_str()),
            _ => single(expr),
        };
        let words = if word.is_some() {
            self.words(other)
        } else {
            Vec::new()
        };
        match words
            .into_iter()
            .find(|(name, _)| Some(name.as_str()) == word)
        {
            Some((_, value)) => Some(value),
            None => self.value(expr),
        }
    }

    /// The bare words that may stand opposite an expression, and what they mean there.
    fn words(&self, expr: &Expr) -> Vec<(String, Value)> {
        if let Some((name, _)) = self.stage_of(expr) {
            let names: Vec<&String> = self.world.lifecycles[name]
                .stages
                .iter()
                .map(|s| &s.name)
                .collect();
            return words_of(&names);
        }
        let declared = match &expr.kind {
            ExprKind::AsOf { of, .. } => return self.words(of),
            ExprKind::Path(names) => {
                let names: Vec<&str> = names.iter().map(|n| n.text.as_str()).collect();
                if let Some(Trait::Cases { cases, otherwise }) =
                    self.world.traits.get(&*dotted(&names))
                {
                    let all = cases.iter().map(|(name, _)| name).chain(otherwise);
                    return all
                        .enumerate()
                        .map(|(i, name)| (name.clone(), Value::Name(name.clone(), i)))
                        .collect();
                }
                if let Some(Trait::Persona(all)) = self.world.traits.get(&*dotted(&names)) {
                    let names: Vec<&String> = all.iter().map(|persona| &persona.name).collect();
                    return words_of(&names);
                }
                let of_row = self.row_type(&names, true);
                let of_event = self
                    .event
                    .as_ref()
                    .and_then(|(_, kinds)| self.declared(kinds, &names));
                let of_step = || {
                    let (_, event) = self.steps.iter().rev().find(|(step, _)| step == names[0])?;
                    self.declared(std::slice::from_ref(&event.kind), &names[1..])
                };
                of_row
                    .or(of_event)
                    .or_else(|| self.row_type(&names, false))
                    .or_else(of_step)
                    .or_else(|| self.world.attribute(&dotted(&names)).map(|f| f.ty.clone()))
            }
            ExprKind::Aggregate { argument, .. } if self.rows(argument).is_some() => {
                self.rows(argument).and_then(|rows| self.rows_type(&rows))
            }
            ExprKind::Aggregate { argument, .. } => {
                let term = self.term_of(argument);
                term.property
                    .as_ref()
                    .and_then(|p| self.declared(&term.kinds, &p.split('.').collect::<Vec<_>>()))
            }
            ExprKind::Property { of, name } => match &of.kind {
                ExprKind::Aggregate { argument, .. } if self.rows(argument).is_none() => {
                    self.declared(&self.term_of(argument).kinds, &[&name.text])
                }
                _ => None,
            },
            _ => None,
        };
        match declared {
            Some(Type::Enum(e)) => words_of(&e.values),
            Some(Type::List(of)) => {
                if let Type::Enum(e) = *of {
                    words_of(&e.values)
                } else {
                    Vec::new()
                }
            }
            Some(_) => Vec::new(),
            // Calendar parts: "`weekday` monday…sunday", "`month_of_year` 1-12 (or january…december)"
            None => {
                let names: &[&str] = match last_name(expr) {
                    Some("weekday") => &events::WEEKDAYS,
                    Some("month_of_year") => &events::MONTHS,
                    _ => &[],
                };
                (1_i64..)
                    .zip(names)
                    .map(|(n, name)| ((*name).to_owned(), Value::Exact(Ratio::whole(n))))
                    .collect()
            }
        }
    }

    /// One of the conditions in the parentheses of the present event. Section 2: "one property of a kind may be its *subject*,
    /// which is what `viewed("anti-aging")` compares": a constant alone, or a value of the subject's enum, is compared with it.
    pub(super) fn event_holds(&self, expr: &Expr) -> bool {
        let (event, _) = self.event.as_ref().expect("within an event's parentheses");
        let kind = self.world.kind(&event.kind).expect("a kind of the schema");
        let subject = kind.subject.map(|s| &kind.properties[s]);
        self.subject_holds(
            expr,
            subject,
            subject.and_then(|s| event.props.get(&s.name).cloned()),
        )
    }

    /// The same of a row as of an event: the declared subject, and the value that it has.
    pub(super) fn subject_holds(
        &self,
        expr: &Expr,
        subject: Option<&Field>,
        has: Option<Value>,
    ) -> bool {
        let (is_bool, words) = match subject.map(|s| &s.ty) {
            Some(Type::Bool) => (true, Vec::new()),
            Some(Type::Enum(e)) => (false, words_of(&e.values)),
            _ => (false, Vec::new()),
        };
        let word = single(expr).and_then(|word| words.into_iter().find(|(name, _)| name == word));
        let wanted = match &expr.kind {
            ExprKind::Literal(Literal::Bool(_)) if !is_bool => return self.holds(expr),
            ExprKind::Literal(_) | ExprKind::Negate(_) => self.value(expr),
            _ => match word {
                Some((_, value)) => Some(value),
                None => return self.holds(expr),
            },
        };
        self.compare(CompareOp::Eq, has, wanted, false)
    }
}

fn words_of<S: AsRef<str>>(names: &[S]) -> Vec<(String, Value)> {
    let word = |(rank, name): (usize, &S)| {
        (
            name.as_ref().to_owned(),
            Value::Name(name.as_ref().to_owned(), rank),
        )
    };
    names.iter().enumerate().map(word).collect()
}

fn single(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(names) if names.len() == 1 => Some(&names[0].text),
        _ => None,
    }
}

/// The last name of `a.b.c`, also within a function: `top(purchased.weekday)`.
fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Path(names) => names.last().map(|n| n.text.as_str()),
        ExprKind::Property { name, .. } => Some(&name.text),
        ExprKind::Windowed { subject, .. } => last_name(subject),
        ExprKind::Between { value, .. } => last_name(value),
        ExprKind::Aggregate { argument, .. } => last_name(argument),
        ExprKind::AsOf { of, .. } => last_name(of),
        _ => None,
    }
}
