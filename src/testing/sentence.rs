//! Events told in a sentence: `viewed("anti-aging", stay = 5 minutes) 3 days ago`.

use super::moment::Moment;
use crate::check::{nearest, normal};
use crate::ir::CalendarSpan;
use crate::profile::{RecordEvent, Value};
use crate::rule::Rule;
use crate::schema::{EventKind, Field};
use crate::syntax::{CompareOp, Expr, ExprKind, KindSelector, Literal, Name, Quantifier, parse};
use crate::time::Duration;
use crate::value::{Decimal, Type};

impl Moment {
    /// An event as a sentence tells it: an event term whose conditions are all equalities, and when.
    pub(super) fn sentence(&self, sentence: &str) -> Result<RecordEvent, String> {
        self.told(sentence).map_err(|problem| {
            let space = if problem.starts_with('\n') { "" } else { " " };
            format!("event `{}`:{space}{problem}", sentence.trim())
        })
    }

    fn told(&self, sentence: &str) -> Result<RecordEvent, String> {
        let (term, when) = split(sentence);
        let when = when.trim_start().trim_start_matches(',').trim_start();
        let when = when
            .strip_prefix("at ")
            .or_else(|| when.strip_prefix("on "))
            .unwrap_or(when)
            .trim();
        if when.is_empty() {
            let term = term.trim();
            return Err(format!(
                "it does not say when; write `{term} 3 days ago` or `{term} at 2026-01-31T12:00:00Z`"
            ));
        }
        // The language itself says what is wrong with a name or a type.
        Rule::check_in(term, &self.context).map_err(|error| format!("\n{error}"))?;
        let expr = parse(term).map_err(|_| "it is no event".to_owned())?;
        let (kind, conditions) = match &expr.kind {
            ExprKind::Event {
                kinds: KindSelector::One(name),
                conditions,
            } => (name.text.clone(), conditions.as_slice()),
            ExprKind::Path(names) => (joined(names), &[][..]),
            _ => {
                return Err(
                    "it is no single event; write it as `viewed(\"tv\", stay = 5 minutes) 3 days ago`".to_owned()
                );
            }
        };
        let known = self
            .schema()
            .kind(&kind)
            .ok_or_else(|| self.unknown_kind(&kind))?;
        let mut properties = Vec::new();
        for condition in conditions {
            self.property(condition, known, &mut properties)?;
        }
        let at = self.instant(&Value::from(when))?;
        let properties = properties
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()));
        RecordEvent::new(self.schema(), &kind, at, properties).map_err(|e| e.to_string())
    }

    pub(super) fn unknown_kind(&self, kind: &str) -> String {
        let known = self.schema().kinds().iter().map(|k| k.name.as_str());
        match nearest(kind, known) {
            Some(meant) => format!("there is no kind of events `{kind}`; did you mean `{meant}`?"),
            None => format!("there is no kind of events `{kind}`; declare it in the schema"),
        }
    }

    fn property(
        &self,
        condition: &Expr,
        kind: &EventKind,
        out: &mut Vec<(String, Value)>,
    ) -> Result<(), String> {
        let exact = || {
            format!(
                "`{condition}` leaves open what happened; an event that happened has exact values: `amount = 20`"
            )
        };
        let field = |name: &str| {
            kind.properties
                .iter()
                .find(|p| p.name == name)
                .ok_or_else(exact)
        };
        let (name, value) = match &condition.kind {
            ExprKind::And(parts) => {
                return parts
                    .iter()
                    .try_for_each(|part| self.property(part, kind, out));
            }
            ExprKind::Compare {
                op: CompareOp::Eq,
                left,
                right,
                ignoring_case: false,
            } => {
                let ExprKind::Path(names) = &left.kind else {
                    return Err(exact());
                };
                let field = field(&joined(names))?;
                (field, self.constant(right, &field.ty).ok_or_else(exact)?)
            }
            ExprKind::Contains {
                negated: false,
                quantifier: Quantifier::Any | Quantifier::All,
                value,
                items,
                ..
            } => {
                let ExprKind::Path(names) = &value.kind else {
                    return Err(exact());
                };
                let field = field(&joined(names))?;
                let Type::List(of) = &field.ty else {
                    return Err(exact());
                };
                let items = items
                    .iter()
                    .map(|item| self.constant(item, of))
                    .collect::<Option<Vec<_>>>();
                (field, Value::List(items.ok_or_else(exact)?))
            }
            ExprKind::Presence {
                missing: true,
                value,
            } => {
                let ExprKind::Path(names) = &value.kind else {
                    return Err(exact());
                };
                (field(&joined(names))?, Value::Missing)
            }
            ExprKind::Not(of) => match &of.kind {
                ExprKind::Path(names) => (field(&joined(names))?, Value::Bool(false)),
                _ => return Err(exact()),
            },
            ExprKind::Path(names) if field(&joined(names)).is_ok_and(|f| f.ty == Type::Bool) => {
                (field(&joined(names))?, Value::Bool(true))
            }
            _ => {
                let subject = kind
                    .subject
                    .and_then(|i| kind.properties.get(i))
                    .ok_or_else(exact)?;
                (
                    subject,
                    self.constant(condition, &subject.ty).ok_or_else(exact)?,
                )
            }
        };
        self.put(name, value, out)
    }

    fn put(
        &self,
        field: &Field,
        value: Value,
        out: &mut Vec<(String, Value)>,
    ) -> Result<(), String> {
        if out.iter().any(|(name, _)| *name == field.name) {
            return Err(format!("`{}` is given twice", field.name));
        }
        out.push((field.name.clone(), value));
        Ok(())
    }

    /// A value that is written out.
    fn constant(&self, expr: &Expr, ty: &Type) -> Option<Value> {
        Some(match &expr.kind {
            ExprKind::Literal(Literal::Bool(b)) => Value::Bool(*b),
            ExprKind::Literal(Literal::Number { mantissa, scale: 0 }) => Value::whole(*mantissa)?,
            ExprKind::Literal(Literal::Number { mantissa, scale }) => {
                Value::Decimal(Decimal::new(i64::try_from(*mantissa).ok()?, *scale))
            }
            ExprKind::Literal(Literal::Percent { mantissa, scale }) => {
                Value::Decimal(Decimal::new(*mantissa, scale.checked_add(2)?))
            }
            ExprKind::Literal(Literal::String(text)) => Value::Text(text.clone()),
            ExprKind::Literal(Literal::Date(days)) => {
                Value::Date(crate::time::Date::from_days(*days))
            }
            ExprKind::Literal(Literal::Instant(micros)) => {
                Value::Instant(crate::time::Instant::from_micros(*micros))
            }
            ExprKind::Literal(Literal::Duration(span)) => match normal(*span)? {
                CalendarSpan::Micros(n) => Value::Duration(Duration::from_micros(n)),
                CalendarSpan::Months(_) => return None,
            },
            ExprKind::Literal(Literal::Now | Literal::Today(_))
            | ExprKind::Relative { .. }
            | ExprKind::Arithmetic { .. } => self.value(ty, Value::Text(expr.to_string())).ok()?,
            ExprKind::Negate(of) => match self.constant(of, ty)? {
                Value::Int(v) => Value::whole(-i128::from(v))?,
                Value::Unsigned(v) => Value::whole(-i128::from(v))?,
                Value::Decimal(d) => {
                    Value::Decimal(Decimal::new(d.mantissa().checked_neg()?, d.scale()))
                }
                Value::Duration(d) => {
                    Value::Duration(Duration::from_micros(d.micros().checked_neg()?))
                }
                _ => return None,
            },
            ExprKind::Path(names) if matches!(ty, Type::Enum(_)) => Value::Text(joined(names)),
            _ => return None,
        })
    }
}

fn joined(names: &[Name]) -> String {
    names
        .iter()
        .map(|n| n.text.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

/// The event term of a sentence, and what follows it.
fn split(sentence: &str) -> (&str, &str) {
    let (mut depth, mut quote) = (0_usize, None);
    let mut escaped = false;
    let mut begun = false;
    for (i, c) in sentence.char_indices() {
        match (quote, c) {
            (Some('"'), _) if escaped => escaped = false,
            (Some('"'), '\\') => escaped = true,
            (Some(q), c) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return sentence
                        .split_at_checked(i + c.len_utf8())
                        .unwrap_or((sentence, ""));
                }
            }
            (None, c) if begun && depth == 0 && (c.is_whitespace() || c == ',') => {
                let rest = sentence.get(i..).unwrap_or("");
                if !rest.trim_start().starts_with('(') {
                    return (sentence.get(..i).unwrap_or(sentence), rest);
                }
            }
            (None, _) => {}
        }
        begun |= !c.is_whitespace();
    }
    (sentence, "")
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_sentence_is_split_behind_the_event() {
        for (sentence, term, rest) in [
            (
                r#"viewed("a) b", stay = 5 minutes) 3 days ago"#,
                r#"viewed("a) b", stay = 5 minutes)"#,
                " 3 days ago",
            ),
            (
                r#"viewed("say \"hi\" (x)") yesterday"#,
                r#"viewed("say \"hi\" (x)")"#,
                " yesterday",
            ),
            ("visited 3 days ago", "visited", " 3 days ago"),
            ("visited, yesterday", "visited", ", yesterday"),
            (
                "`page view` (page = \"/\") now",
                "`page view` (page = \"/\")",
                " now",
            ),
            (
                "  浏览(\"抗衰老\") 2 hours ago",
                "  浏览(\"抗衰老\")",
                " 2 hours ago",
            ),
            ("visited", "visited", ""),
        ] {
            assert_eq!(split(sentence), (term, rest));
        }
    }
}
