//! Membership: tags, segments, random shares.

use super::checker::Checker;
use super::history::moved;
use super::suggest::suggest_whole;
use crate::diagnostic::Diagnostic;
use crate::ir::{Cond, CondKind, Lit, StateOf, is_under};
use crate::span::Span;
use crate::syntax::{Expr, ExprKind, Literal, Name, Quantifier, TimeSpan};
use crate::value::Decimal;
use std::sync::Arc;

impl Checker<'_> {
    pub(super) fn tagged(
        &mut self,
        quantifier: Quantifier,
        paths: &[Literal],
        span: Span,
    ) -> Option<CondKind> {
        let mut parts = Vec::new();
        for path in paths {
            let Literal::String(path) = path else {
                continue;
            };
            if path.split('/').any(str::is_empty) {
                return self.report(
                    Diagnostic::error("E0129", span, format!("`{path}` is not a tag path")).help(
                        "write the parts with single slashes between them: \"interest/skincare\"",
                    ),
                );
            }
            parts.push(self.tag(Some(path), span));
        }
        if paths.is_empty() {
            return Some(self.tag(None, span).kind);
        }
        Some(match (quantifier, parts.len()) {
            (Quantifier::None, _) => CondKind::Not(Box::new(Cond::new(CondKind::Any(parts), span))),
            (_, 1) => parts.pop()?.kind,
            (Quantifier::All, _) => CondKind::All(parts),
            (Quantifier::Any, _) => CondKind::Any(parts),
        })
    }

    /// A tag given to the profile, or by a rule.
    pub(super) fn tag(&self, path: Option<&str>, span: Span) -> Cond {
        let mut ways = vec![Cond::new(CondKind::Tagged(path.map(Arc::from)), span)];
        for (given, rule) in &self.context.tags {
            if path.is_none_or(|p| is_under(given, p)) {
                ways.push(Cond::new(CondKind::Segment(rule.clone()), span));
            }
        }
        if ways.len() == 1 {
            ways.remove(0)
        } else {
            Cond::new(CondKind::Any(ways), span)
        }
    }

    pub(super) fn segment(&mut self, name: &Name) -> Option<Arc<crate::ir::Segment>> {
        if let Some(segment) = self.context.segments.get(&name.text) {
            return Some(segment.clone());
        }
        if self.context.declared_segments.contains(&name.text) {
            // What is wrong with it is said where it is declared.
            return None;
        }
        let declared = self.context.declared_segments.iter();
        let mut known: Vec<&str> = self
            .context
            .segments
            .keys()
            .chain(declared)
            .filter(|name| self.context.defining.as_ref() != Some(*name))
            .map(String::as_str)
            .collect();
        known.sort_unstable();
        known.dedup();
        let diagnostic = Diagnostic::error(
            "E0117",
            name.span,
            format!("there is no segment `{}`", name.text),
        );
        let diagnostic = if known.is_empty() {
            diagnostic.help("segments are declared in a rulebook")
        } else {
            diagnostic
        };
        self.report(suggest_whole(diagnostic, name.span, &name.text, &known))
    }

    /// `entered segment vip within 7 days`
    pub(super) fn segment_move(
        &mut self,
        entered: bool,
        segment: &Name,
        within: TimeSpan,
        span: Span,
    ) -> Option<CondKind> {
        let segment = self.segment(segment)?;
        let within = self.calendar_span(within, span)?;
        let inside = vec![Some(Lit::Whole(1))];
        Some(moved(StateOf::Segment(segment), entered, inside, within))
    }

    pub(super) fn in_segment(
        &mut self,
        quantifier: Quantifier,
        names: &[Name],
        span: Span,
    ) -> Option<Cond> {
        let found: Vec<Option<_>> = names.iter().map(|n| self.segment(n)).collect();
        let mut segments = found.into_iter().collect::<Option<Vec<_>>>()?;
        if names.is_empty() {
            segments = self.context.segments.values().cloned().collect();
        }
        let mut parts: Vec<Cond> = segments
            .into_iter()
            .map(|s| Cond::new(CondKind::Segment(s), span))
            .collect();
        let kind = match (quantifier, parts.len()) {
            (Quantifier::Any | Quantifier::All, 1) => return parts.pop(),
            (Quantifier::Any, _) => CondKind::Any(parts),
            (Quantifier::All, _) => CondKind::All(parts),
            (Quantifier::None, _) => CondKind::Not(Box::new(Cond::new(CondKind::Any(parts), span))),
        };
        Some(Cond::new(kind, span))
    }

    pub(super) fn sample(&mut self, percent: &Expr, salt: &Literal) -> Option<CondKind> {
        let share = if let ExprKind::Literal(Literal::Percent {
            mantissa: share,
            scale,
        }) = &percent.kind
        {
            let whole = 100 * 10_i128.pow(u32::from(*scale));
            let percent = Decimal::new(*share, *scale).normalized();
            (0..=whole).contains(&i128::from(*share)).then_some(percent)
        } else {
            None
        };
        let (Some(percent), Literal::String(salt)) = (share, salt) else {
            let message = if matches!(percent.kind, ExprKind::Literal(Literal::Percent { .. })) {
                "a share lies between 0% and 100%".to_owned()
            } else {
                format!(
                    "`{}` is not a constant percentage",
                    self.source(percent.span)
                )
            };
            let diagnostic = Diagnostic::error("E0118", percent.span, message);
            return self.report(diagnostic.help("write `in sample(10%, \"spring-test\")`"));
        };
        Some(CondKind::Sample {
            percent,
            salt: salt.as_str().into(),
        })
    }
}
