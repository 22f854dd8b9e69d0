//! The past of attributes: `was`, `changed`.

use super::checker::Checker;
use super::types::Expected;
use super::window::from_now;
use crate::diagnostic::Diagnostic;
use crate::ir::{
    CalendarSpan, CondKind, FieldRef, Lit, StateOf, StateTest, StateValues, TermKind, Ty, Windows,
};
use crate::syntax::{Expr, Window};

impl Checker<'_> {
    /// `plan was "pro" within 90 days`
    pub(super) fn was(
        &mut self,
        whole: &Expr,
        value: &Expr,
        values: &[Expr],
        windows: &[Window],
    ) -> Option<CondKind> {
        self.needs_time(value, whole)?;
        let (field, ty) = self.tracked(value)?;
        let set: Vec<Option<Lit>> = values
            .iter()
            .map(|v| self.literal_of(v, Expected::at(&ty, value.span)))
            .collect();
        let windows = self.windows(windows, false)?;
        let set = set.into_iter().collect::<Option<Vec<_>>>()?;
        Some(CondKind::State {
            of: StateOf::Attribute(field),
            test: StateTest::Was {
                values: set.into_iter().map(Some).collect(),
                windows,
            },
        })
    }

    /// `plan changed from "free" to "pro"`
    pub(super) fn changed(
        &mut self,
        whole: &Expr,
        value: &Expr,
        (from, to): (Option<&Expr>, Option<&Expr>),
        windows: &[Window],
    ) -> Option<CondKind> {
        self.needs_time(value, whole)?;
        let (field, ty) = self.tracked(value)?;
        let mut end = |e: Option<&Expr>| match e {
            None => Some(None),
            Some(e) => {
                let value = self.literal_of(e, Expected::at(&ty, value.span))?;
                Some(Some(vec![Some(value)]))
            }
        };
        let (from, to) = (end(from)?, end(to)?);
        Some(CondKind::State {
            of: StateOf::Attribute(field),
            test: StateTest::Changed {
                from,
                to,
                windows: self.windows(windows, false)?,
            },
        })
    }

    /// The attribute whose history is asked about.
    fn tracked(&mut self, value: &Expr) -> Option<(FieldRef, Ty)> {
        if self.is_events(value) {
            let source = self.source(value.span);
            return self.report(
                Diagnostic::error(
                    "E0116",
                    value.span,
                    format!("`{source}` is an event kind; `was` and `changed` ask about the history of an attribute"),
                )
                .help(format!("for events use windows: `{source} within 90 days`")),
            );
        }
        let term = self.any_term(value)?;
        if let TermKind::Field(FieldRef::Attribute(i)) = &term.kind {
            let attribute = self.context.schema().attribute_of(*i)?;
            if attribute.tracked {
                return Some((FieldRef::Attribute(*i), term.ty));
            }
        }
        self.report(
            Diagnostic::error("E0116", value.span, format!("`{}` has no history", self.source(value.span)))
                .help("only an attribute with `tracked = true` in the schema (or a `History` field) has a history"),
        )
    }
}

/// `entered … within 7 days`, and the same of what is left.
pub(super) fn moved(
    of: StateOf,
    entered: bool,
    values: StateValues,
    within: CalendarSpan,
) -> CondKind {
    let (from, to) = if entered {
        (None, Some(values))
    } else {
        (Some(values), None)
    };
    let windows = Windows {
        lower: vec![from_now(within, -1, 0)],
        upper: Vec::new(),
    };
    CondKind::State {
        of,
        test: StateTest::Changed { from, to, windows },
    }
}
