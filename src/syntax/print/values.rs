//! The spelling of values and of tests of one value, of names, stages, segments and tags.

use super::events::has_keyword_prefix;
use super::words::{
    print_date, print_instant, print_number, print_span, print_string, quantifier_word,
};
use super::{Level, Printer, level_of, tighter};
use crate::syntax::tree::{
    ArithmeticOp, CompareOp, DistanceUnit, Expr, ExprKind, KindSelector, Literal, Name, OfJourney,
    OfLifecycle, Quantifier, Rectangle, TextOp,
};
use crate::syntax::vocabulary::{LEAD_SEGMENT, fitted_persona, is_plain, levelled_ledger};

impl Printer<'_> {
    /// Tests of one value, and scalars.
    pub(super) fn test(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => {
                self.expr(left, Level::Sum);
                self.put(match op {
                    CompareOp::Eq => " = ",
                    CompareOp::Ne => " != ",
                    CompareOp::Lt => " < ",
                    CompareOp::Le => " <= ",
                    CompareOp::Gt => " > ",
                    CompareOp::Ge => " >= ",
                });
                self.expr(right, Level::Sum);
                self.ignoring(*ignoring_case);
            }
            ExprKind::Between {
                negated,
                value,
                low,
                high,
            } => {
                self.expr(value, Level::Sum);
                self.put(if *negated {
                    " not between "
                } else {
                    " between "
                });
                self.expr(low, Level::Sum);
                self.put(" and ");
                self.expr(high, Level::Sum);
            }
            ExprKind::In {
                negated,
                value,
                list,
                ignoring_case,
            } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " not in " } else { " in " });
                self.list(list, |printer, item| printer.expr(item, Level::Sum));
                self.ignoring(*ignoring_case);
            }
            ExprKind::Contains {
                negated,
                quantifier,
                value,
                items,
                ignoring_case,
            } => {
                self.expr(value, Level::Sum);
                self.put(if *negated {
                    " not contains "
                } else {
                    " contains "
                });
                if let (Quantifier::Any, [item]) = (quantifier, &items[..]) {
                    self.guarded(item, Level::Sum, &["any of ("]);
                } else {
                    self.put(quantifier_word(*quantifier));
                    self.put(" of ");
                    self.list(items, |printer, item| printer.expr(item, Level::Sum));
                }
                self.ignoring(*ignoring_case);
            }
            ExprKind::Text {
                negated,
                op,
                value,
                pattern,
                ignoring_case,
            } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " not " } else { " " });
                self.put(match op {
                    TextOp::StartsWith => "starts with ",
                    TextOp::EndsWith => "ends with ",
                    TextOp::Like => "like ",
                    TextOp::Matches => "matches ",
                });
                self.expr(pattern, Level::Sum);
                self.ignoring(*ignoring_case);
            }
            ExprKind::Presence { missing, value } => {
                self.expr(value, Level::Sum);
                self.put(if *missing { " is missing" } else { " exists" });
            }
            ExprKind::Empty { negated, value } => {
                self.expr(value, Level::Sum);
                self.put(if *negated {
                    " is not empty"
                } else {
                    " is empty"
                });
            }
            ExprKind::Near {
                value,
                radius,
                unit,
                latitude,
                longitude,
            } => {
                self.expr(value, Level::Sum);
                self.put(" within ");
                // A length of time would be read as a window, whatever stands behind its dots.
                let mut first = &**radius;
                while let ExprKind::Property { of, .. } = &first.kind {
                    first = of;
                }
                let time = matches!(
                    first.kind,
                    ExprKind::Literal(Literal::Duration(_)) | ExprKind::Relative { .. }
                );
                self.maybe_grouped(radius, time || level_of(radius) < Level::Postfix);
                self.put(match unit {
                    DistanceUnit::Metre => " m of (",
                    DistanceUnit::Kilometre => " km of (",
                    DistanceUnit::Mile => " miles of (",
                });
                self.expr(latitude, Level::Sum);
                self.put(", ");
                self.expr(longitude, Level::Sum);
                self.put(")");
            }
            ExprKind::InRectangle {
                negated,
                value,
                rectangle,
            } => {
                let Rectangle {
                    south,
                    west,
                    north,
                    east,
                } = &**rectangle;
                let [south, west, north, east] =
                    [south, west, north, east].map(|c| print_number(c.mantissa, c.scale));
                self.expr(value, Level::Sum);
                self.put(if *negated { " not" } else { "" });
                self.put(&format!(" between ({south}, {west}) and ({north}, {east})"));
            }
            ExprKind::Was {
                negated,
                value,
                values,
                windows,
            } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " was not " } else { " was " });
                if let [one] = &values[..] {
                    self.expr(one, Level::Sum);
                } else {
                    self.put("in ");
                    self.list(values, |printer, item| printer.expr(item, Level::Sum));
                }
                self.windows(windows, false);
            }
            ExprKind::Changed {
                value,
                from,
                to,
                windows,
            } => {
                self.expr(value, Level::Sum);
                self.put(" changed");
                for (word, end) in [(" from ", from), (" to ", to)] {
                    if let Some(end) = end {
                        self.put(word);
                        self.expr(end, Level::Sum);
                    }
                }
                self.windows(windows, false);
            }
            _ => self.scalar(expr),
        }
    }

    fn scalar(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Arithmetic { op, left, right } => {
                let level = level_of(expr);
                self.expr(left, level);
                self.put(match op {
                    ArithmeticOp::Add => " + ",
                    ArithmeticOp::Subtract => " - ",
                    ArithmeticOp::Multiply => " * ",
                    ArithmeticOp::Divide => " / ",
                });
                self.expr(right, tighter(level));
            }
            ExprKind::Negate(inner) => {
                // `--` would begin a comment.
                self.put(if level_of(inner) == Level::Unary {
                    "- "
                } else {
                    "-"
                });
                self.expr(inner, Level::Unary);
            }
            ExprKind::AsOf { of, ago } => {
                self.expr(
                    of,
                    if has_keyword_prefix(of) {
                        Level::Predicate
                    } else {
                        Level::Postfix
                    },
                );
                self.put(" as of ");
                self.put(&print_span(ago));
                self.put(" ago");
            }
            ExprKind::Relative { duration, past } => {
                self.put(&print_span(duration));
                self.put(if *past { " ago" } else { " from now" });
            }
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Aggregate { function, argument } => {
                self.put(function.name());
                self.put("(");
                self.expr(argument, Level::Or);
                if let Some(percent) = function.percent() {
                    self.put(&format!(", {percent}"));
                }
                self.put(")");
            }
            ExprKind::Call {
                function,
                arguments,
            } => {
                self.put(&function.text);
                self.list(arguments, |printer, argument| {
                    printer.expr(argument, Level::Or)
                });
            }
            ExprKind::Event { kinds, conditions } => {
                match kinds {
                    KindSelector::One(name) => self.called(name, true),
                    KindSelector::AnyOf(kinds) => {
                        self.put("any of ");
                        self.list(kinds, |printer, kind| {
                            printer.name(&kind.name, false);
                            printer.put(if kind.prefix { "*" } else { "" });
                        });
                    }
                    KindSelector::Any(_) => self.put("any event"),
                }
                if !conditions.is_empty() {
                    self.list(conditions, |printer, condition| {
                        printer.expr(condition, Level::Or)
                    });
                }
            }
            ExprKind::Property { of, name } => {
                // Names behind a bare name would join it.
                let joins = matches!(of.kind, ExprKind::Path(_));
                self.maybe_grouped(of, joins || level_of(of) < Level::Postfix);
                self.put(".");
                self.name(name, false);
            }
            ExprKind::Stage(of) => {
                self.put("stage");
                self.of_lifecycle(of);
            }
            ExprKind::Points {
                ledger,
                earned,
                within,
            } => {
                if *earned {
                    self.put("earned ");
                }
                self.name(ledger, false);
                self.put(if *earned {
                    " within "
                } else {
                    " expiring within "
                });
                self.put(&print_span(within));
            }
            ExprKind::Path(names) => {
                if let [name] = names.as_slice()
                    && self.made_name(name)
                {
                    return;
                }
                for (at, name) in names.iter().enumerate() {
                    if at > 0 {
                        self.put(".");
                    }
                    self.name(name, false);
                }
            }
            // INVARIANT: `kind`, `test` and `scalar` between them know every kind; the others have been printed.
            _ => {}
        }
    }

    pub(super) fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Bool(true) => self.put("true"),
            Literal::Bool(false) => self.put("false"),
            Literal::Number { mantissa, scale } => self.put(&print_number(*mantissa, *scale)),
            Literal::Percent { mantissa, scale } => {
                self.put(&print_number(*mantissa, *scale));
                self.put("%");
            }
            Literal::String(text) => self.put(&print_string(text)),
            Literal::Date(days) => self.put(&print_date(*days)),
            Literal::Instant(micros) => self.put(&print_instant(*micros)),
            Literal::Duration(span) => self.put(&print_span(span)),
            Literal::Now => self.put("now"),
            Literal::Today(-1) => self.put("yesterday"),
            Literal::Today(1) => self.put("tomorrow"),
            Literal::Today(_) => self.put("today"),
        }
    }

    /// A name of several words that needs no backticks; whether it is one.
    fn made_name(&mut self, name: &Name) -> bool {
        if name.text == LEAD_SEGMENT {
            self.put(LEAD_SEGMENT);
            return true;
        }
        let (words, of) = if let Some(persona) = fitted_persona(&name.text) {
            ("fit of ", persona)
        } else if let Some(ledger) = levelled_ledger(&name.text) {
            ("level of ", ledger)
        } else {
            return false;
        };
        if of.is_empty() {
            return false;
        }
        self.put(words);
        let of = Name {
            text: of.to_owned(),
            span: name.span,
        };
        self.name(&of, false);
        true
    }

    pub(super) fn name(&mut self, name: &Name, called: bool) {
        if is_plain(&name.text, called) {
            self.put(&name.text);
        } else {
            self.put("`");
            self.put(&name.text.replace('`', "``"));
            self.put("`");
        }
    }

    /// A name before parentheses; dots in it stand as such where its parts read as names.
    pub(super) fn called(&mut self, name: &Name, called: bool) {
        let mut parts = name.text.split('.');
        let dotted = name.text.contains('.') && parts.all(|part| is_plain(part, false));
        if dotted {
            self.put(&name.text)
        } else {
            self.name(name, called)
        }
    }

    fn ignoring(&mut self, ignoring_case: bool) {
        if ignoring_case {
            self.put(" ignoring case");
        }
    }

    pub(super) fn between(&mut self, low: &Expr, high: &Expr) {
        self.put(" between ");
        self.expr(low, Level::Sum);
        self.put(" and ");
        self.expr(high, Level::Sum);
    }

    pub(super) fn stage(&mut self, stage: &Name, of: Option<&OfLifecycle>) {
        if matches!(stage.text.as_str(), "of" | "for" | "within") {
            self.put(&format!("`{}`", stage.text));
        } else {
            self.name(stage, false);
        }
        if let Some(of) = of {
            self.of_lifecycle(of);
        }
    }

    pub(super) fn of_journey(&mut self, of: &OfJourney) {
        if matches!(of.journey.text.as_str(), "for" | "within") {
            self.put(&format!("`{}`", of.journey.text));
        } else {
            self.name(&of.journey, false);
        }
        if let Some(run) = &of.run {
            self.put(" for ");
            self.literal(run);
        }
    }

    pub(super) fn of_lifecycle(&mut self, of: &OfLifecycle) {
        self.put(" of ");
        self.name(&of.lifecycle, false);
        if let Some(subject) = &of.subject {
            self.put(" for ");
            self.literal(subject);
        }
    }

    pub(super) fn in_segment(&mut self, negated: bool, quantifier: Quantifier, segments: &[Name]) {
        self.put(if negated { "not in " } else { "in " });
        if let (Quantifier::Any, [segment]) = (quantifier, segments) {
            self.put("segment ");
            self.name(segment, false);
            return;
        }
        self.put(match quantifier {
            Quantifier::Any => "any segment",
            Quantifier::All => "every segment",
            Quantifier::None => "no segment",
        });
        if !segments.is_empty() {
            self.put(" of ");
            self.list(segments, |printer, name| printer.name(name, false));
        }
    }

    pub(super) fn tagged(&mut self, quantifier: Quantifier, paths: &[Literal]) {
        self.put("tagged");
        match (quantifier, paths) {
            (Quantifier::Any, []) => {}
            (Quantifier::Any, [path]) => {
                self.put(" ");
                self.literal(path);
            }
            _ => {
                self.put(" ");
                self.put(quantifier_word(quantifier));
                self.put(" of ");
                self.list(paths, |printer, path| printer.literal(path));
            }
        }
    }
}
