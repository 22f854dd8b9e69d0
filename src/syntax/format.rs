//! The canonical spelling of a tree.
//!
//! Every node is first printed on one line. A line that is longer than [`WIDTH`] is broken before its `and`s and `or`s,
//! the outermost ones first, then those in parentheses.

use super::spelling::{
    aggregate_word, calendar_word, period_words, print_date, print_instant, print_number, print_span, print_string,
    quantifier_word, times,
};
use super::tree::{
    ArithmeticOp, CompareOp, DistanceUnit, Expr, ExprKind, Gap, HeldOp, Kinds, Literal, Name, OfLifecycle, Quantifier,
    Rectangle, Step, TextOp, Times, Window, WindowKind,
};
use super::words;
use std::fmt;

/// The columns that a line should keep within.
const WIDTH: usize = 100;

/// How tightly a node binds. A node that binds less tightly than its place asks for stands in parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Or,
    And,
    Not,
    Sequence,
    Predicate,
    Sum,
    Product,
    Unary,
    Postfix,
}

/// Prints an expression in its canonical spelling.
///
/// It stands on one line where it fits 100 columns, and is broken at `and` and `or` otherwise. What is printed parses to
/// the same tree again.
///
/// # Examples
///
/// ```
/// use segue::syntax::{format, parse};
///
/// let rule = parse(r#"((age>50))and viewed( "anti" )"#).unwrap();
/// assert_eq!(format(&rule), r#"age > 50 and viewed("anti")"#);
/// ```
#[must_use]
pub fn format(expr: &Expr) -> String {
    broken(expr, Level::Or, 0, 0)
}

impl fmt::Display for Expr {
    /// Prints the canonical spelling on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = String::new();
        Printer { out: &mut line }.expr(self, Level::Or);
        f.write_str(&line)
    }
}

/// Prints on several lines what does not fit one. `used` columns are taken on the first line.
pub(super) fn broken(expr: &Expr, place: Level, indent: usize, used: usize) -> String {
    let mut line = String::new();
    Printer { out: &mut line }.expr(expr, place);
    let fits = used + columns(&line) <= WIDTH;
    let (parts, word, level) = match &expr.kind {
        _ if fits => return line,
        ExprKind::And(parts) => (parts, "and ", Level::And),
        ExprKind::Or(parts) => (parts, "or ", Level::Or),
        ExprKind::Not(inner) if level_of(inner) < Level::Not => {
            return format!("not {}", broken(inner, Level::Not, indent, used + 4));
        }
        _ => return line,
    };
    // A group in parentheses stands two columns further in, and so do the operators of what has no parentheses.
    let grouped = level < place;
    let inner = indent + 2;
    let margin = format!("\n{}", " ".repeat(inner));
    let mut out = String::new();
    if grouped {
        out.push('(');
        out.push_str(&margin);
    }
    for (at, part) in parts.iter().enumerate() {
        let (indent, used) = match at {
            0 if grouped => (inner, inner),
            0 => (indent, used),
            _ => (inner, inner + word.len()),
        };
        if at > 0 {
            out.push_str(&margin);
            out.push_str(word);
        }
        out.push_str(&broken(part, tighter(level), indent, used));
    }
    if grouped {
        out.push_str(&margin[..margin.len() - 2]);
        out.push(')');
    }
    out
}

/// How many columns a line takes; wide characters take two.
fn columns(line: &str) -> usize {
    line.chars().map(crate::diagnostic::width).sum()
}

pub(super) fn tighter(level: Level) -> Level {
    match level {
        Level::Or => Level::And,
        Level::And => Level::Not,
        Level::Not => Level::Sequence,
        Level::Sequence => Level::Predicate,
        Level::Predicate => Level::Sum,
        Level::Sum => Level::Product,
        Level::Product => Level::Unary,
        Level::Unary | Level::Postfix => Level::Postfix,
    }
}

fn level_of(expr: &Expr) -> Level {
    match &expr.kind {
        ExprKind::Or(_) => Level::Or,
        ExprKind::And(_) => Level::And,
        ExprKind::Not(_) => Level::Not,
        ExprKind::Sequence(_) => Level::Sequence,
        ExprKind::Arithmetic { op: ArithmeticOp::Add | ArithmeticOp::Subtract, .. } => Level::Sum,
        ExprKind::Arithmetic { .. } => Level::Product,
        ExprKind::Negate(_) => Level::Unary,
        ExprKind::AsOf { of, .. } if !is_worded(of) => Level::Unary,
        ExprKind::Literal(Literal::Number { mantissa, .. }) if *mantissa < 0 => Level::Unary,
        ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Event { .. }
        | ExprKind::Property { .. }
        | ExprKind::Path(_)
        | ExprKind::Stage(_)
        | ExprKind::Relative { .. }
        | ExprKind::Literal(_) => Level::Postfix,
        _ => Level::Predicate,
    }
}

/// Prints on one line.
struct Printer<'o> {
    out: &'o mut String,
}

/// Beginnings that would be read as something else behind `not` or `contains`.
fn begins(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

const IN_SEGMENT: [&str; 5] = ["in segment ", "in any segment", "in every segment", "in no segment", "in sample("];

impl Printer<'_> {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Prints a node where at least `place` is asked for.
    fn expr(&mut self, expr: &Expr, place: Level) {
        self.maybe_grouped(expr, level_of(expr) < place);
    }

    fn maybe_grouped(&mut self, expr: &Expr, grouped: bool) {
        if grouped {
            self.put("(");
        }
        self.kind(expr);
        if grouped {
            self.put(")");
        }
    }

    /// Prints a node, in parentheses where its beginning would be read as something else.
    fn guarded(&mut self, expr: &Expr, place: Level, misread: &[&str]) {
        let start = self.out.len();
        self.expr(expr, place);
        if begins(&self.out[start..], misread) {
            self.out.insert(start, '(');
            self.put(")");
        }
    }

    fn list<T>(&mut self, items: &[T], mut print: impl FnMut(&mut Self, &T)) {
        self.put("(");
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.put(", ");
            }
            print(self, item);
        }
        self.put(")");
    }

    fn joined(&mut self, parts: &[Expr], word: &str, level: Level) {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.put(word);
            }
            self.expr(part, tighter(level));
        }
    }

    fn kind(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Or(parts) => self.joined(parts, " or ", Level::Or),
            ExprKind::And(parts) => self.joined(parts, " and ", Level::And),
            ExprKind::Not(inner) => {
                self.put("not ");
                self.guarded(inner, Level::Not, &IN_SEGMENT);
            }
            ExprKind::Sequence(steps) => self.sequence(steps),
            ExprKind::As { .. } | ExprKind::Windowed { .. } | ExprKind::Times { .. } | ExprKind::Regularly { .. } => {
                self.events(expr, false);
            }
            ExprKind::Between { negated: false, .. } => self.events(expr, false),
            ExprKind::Held { .. } => self.held(expr, false),
            ExprKind::InSegment { negated, quantifier, segments } => self.in_segment(*negated, *quantifier, segments),
            ExprKind::InSample { negated, percent, salt } => {
                self.put(if *negated { "not in sample(" } else { "in sample(" });
                self.expr(percent, Level::Sum);
                self.put(", ");
                self.literal(salt);
                self.put(")");
            }
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths),
            ExprKind::AllRows { relation, conditions } => {
                self.put("all ");
                let first = relation.text.split('.').next().unwrap_or_default();
                if words::TAILS.contains(&first) || first == "of" {
                    self.put(&format!("`{}`", relation.text));
                } else {
                    self.called(relation, false);
                }
                self.list(conditions, |printer, condition| printer.expr(condition, Level::Or));
            }
            ExprKind::SegmentMove { entered, segment, within } => {
                self.put(if *entered { "entered segment " } else { "left segment " });
                self.name(segment, false);
                self.put(" within ");
                self.put(&print_span(within));
            }
            ExprKind::InStage { ever, stage, of } => {
                self.put(if *ever { "ever in stage " } else { "in stage " });
                self.stage(stage, of.as_deref());
            }
            ExprKind::StageMove { entered, stage, of, within } => {
                self.put(if *entered { "entered stage " } else { "left stage " });
                self.stage(stage, of.as_deref());
                self.put(" within ");
                self.put(&print_span(within));
            }
            ExprKind::Upcoming { anniversary, value, next, within } => {
                if *anniversary {
                    self.put("anniversary of ");
                }
                self.expr(value, Level::Sum);
                self.put(if *next { " in next " } else { " in last " });
                self.put(&print_span(within));
            }
            _ => self.test(expr),
        }
    }

    /// Tests of one value, and scalars.
    fn test(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare { op, left, right, ignoring_case } => {
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
            ExprKind::Between { negated, value, low, high } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " not between " } else { " between " });
                self.expr(low, Level::Sum);
                self.put(" and ");
                self.expr(high, Level::Sum);
            }
            ExprKind::In { negated, value, list, ignoring_case } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " not in " } else { " in " });
                self.list(list, |printer, item| printer.expr(item, Level::Sum));
                self.ignoring(*ignoring_case);
            }
            ExprKind::Contains { negated, quantifier, value, items, ignoring_case } => {
                self.expr(value, Level::Sum);
                self.put(if *negated { " not contains " } else { " contains " });
                if let (Quantifier::Any, [item]) = (quantifier, &items[..]) {
                    self.guarded(item, Level::Sum, &["any of ("]);
                } else {
                    self.put(quantifier_word(*quantifier));
                    self.put(" of ");
                    self.list(items, |printer, item| printer.expr(item, Level::Sum));
                }
                self.ignoring(*ignoring_case);
            }
            ExprKind::Text { negated, op, value, pattern, ignoring_case } => {
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
                self.put(if *negated { " is not empty" } else { " is empty" });
            }
            ExprKind::Near { value, radius, unit, latitude, longitude } => {
                self.expr(value, Level::Sum);
                self.put(" within ");
                // A length of time would be read as a window, whatever stands behind its dots.
                let mut first = &**radius;
                while let ExprKind::Property { of, .. } = &first.kind {
                    first = of;
                }
                let time = matches!(first.kind, ExprKind::Literal(Literal::Duration(_)) | ExprKind::Relative { .. });
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
            ExprKind::InRectangle { negated, value, rectangle } => {
                let Rectangle { south, west, north, east } = &**rectangle;
                let [south, west, north, east] = [south, west, north, east].map(|c| print_number(c.mantissa, c.scale));
                self.expr(value, Level::Sum);
                self.put(if *negated { " not" } else { "" });
                self.put(&format!(" between ({south}, {west}) and ({north}, {east})"));
            }
            ExprKind::Was { negated, value, values, windows } => {
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
            ExprKind::Changed { value, from, to, windows } => {
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
                self.put(if level_of(inner) == Level::Unary { "- " } else { "-" });
                self.expr(inner, Level::Unary);
            }
            ExprKind::AsOf { of, ago } => {
                self.expr(of, if is_worded(of) { Level::Predicate } else { Level::Postfix });
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
                self.put(aggregate_word(*function));
                self.put("(");
                self.expr(argument, Level::Or);
                self.put(")");
            }
            ExprKind::Call { function, arguments } => {
                self.put(&function.text);
                self.list(arguments, |printer, argument| printer.expr(argument, Level::Or));
            }
            ExprKind::Event { kinds, conditions } => {
                match kinds {
                    Kinds::One(name) => self.called(name, true),
                    Kinds::AnyOf(kinds) => {
                        self.put("any of ");
                        self.list(kinds, |printer, kind| {
                            printer.name(&kind.name, false);
                            printer.put(if kind.prefix { "*" } else { "" });
                        });
                    }
                    Kinds::Any(_) => self.put("any event"),
                }
                if !conditions.is_empty() {
                    self.list(conditions, |printer, condition| printer.expr(condition, Level::Or));
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
            ExprKind::Path(names) => {
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

    fn literal(&mut self, literal: &Literal) {
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

    fn name(&mut self, name: &Name, called: bool) {
        if words::bare(&name.text, called) {
            self.put(&name.text);
        } else {
            self.put("`");
            self.put(&name.text.replace('`', "``"));
            self.put("`");
        }
    }

    /// A name before parentheses; dots in it stand as such where its parts read as names.
    fn called(&mut self, name: &Name, called: bool) {
        let mut parts = name.text.split('.');
        let dotted = name.text.contains('.') && parts.all(|part| words::bare(part, false));
        if dotted { self.put(&name.text) } else { self.name(name, called) }
    }

    fn ignoring(&mut self, ignoring_case: bool) {
        if ignoring_case {
            self.put(" ignoring case");
        }
    }

    /// `… for more than D`
    fn held(&mut self, expr: &Expr, later_step: bool) {
        let ExprKind::Held { condition, op, duration } = &expr.kind else { return };
        match &condition.kind {
            ExprKind::Path(names) if matches!(&names[..], [name] if name.text == "stage") => self.put("in stage"),
            ExprKind::Stage(of) => {
                self.put("in stage");
                self.of_lifecycle(of);
            }
            ExprKind::Held { .. } => self.maybe_grouped(condition, true),
            _ if later_step => self.step_events(condition),
            _ => self.expr(condition, Level::Predicate),
        }
        self.put(match op {
            HeldOp::MoreThan => " for more than ",
            HeldOp::AtLeast => " for at least ",
            HeldOp::LessThan => " for less than ",
        });
        self.put(&print_span(duration));
    }

    fn stage(&mut self, stage: &Name, of: Option<&OfLifecycle>) {
        if matches!(stage.text.as_str(), "of" | "for" | "within") {
            self.put(&format!("`{}`", stage.text));
        } else {
            self.name(stage, false);
        }
        if let Some(of) = of {
            self.of_lifecycle(of);
        }
    }

    fn of_lifecycle(&mut self, of: &OfLifecycle) {
        self.put(" of ");
        self.name(&of.lifecycle, false);
        if let Some(subject) = &of.subject {
            self.put(" for ");
            self.literal(subject);
        }
    }

    fn in_segment(&mut self, negated: bool, quantifier: Quantifier, segments: &[Name]) {
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

    fn tagged(&mut self, quantifier: Quantifier, paths: &[Literal]) {
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

    fn sequence(&mut self, steps: &[Step]) {
        for (at, step) in steps.iter().enumerate() {
            if at > 0 {
                self.put(if step.absent { " then no " } else { " then " });
            }
            let events = level_of(&step.events) >= Level::Sum || is_events(&step.events);
            if at == 0 {
                self.expr(&step.events, Level::Predicate);
            } else if step.gap.is_some() && !events {
                // Nothing can follow a test but in parentheses.
                self.maybe_grouped(&step.events, true);
            } else {
                self.step_events(&step.events);
            }
            match step.gap {
                Some(Gap::Within(span)) => {
                    self.put(" within ");
                    self.put(&print_span(&span));
                }
                Some(Gap::Between(low, high)) => {
                    self.put(" between ");
                    self.put(&print_span(&low));
                    self.put(" and ");
                    self.put(&print_span(&high));
                }
                None => {}
            }
        }
    }

    /// What is asked of a step behind `then`, where plain lengths of time would be read as the gap.
    fn step_events(&mut self, expr: &Expr) {
        let plain = |end: &Expr| matches!(end.kind, ExprKind::Literal(Literal::Duration(_)));
        let windowed = match &expr.kind {
            ExprKind::Times { events, .. } | ExprKind::Regularly { events, .. } => events,
            _ => expr,
        };
        let misread = match &windowed.kind {
            ExprKind::Between { negated: false, low, high, .. } => plain(low) && plain(high),
            ExprKind::Windowed { windows, .. } => windows
                .iter()
                .any(|window| matches!(&window.kind, WindowKind::Between(low, high) if plain(low) && plain(high))),
            _ => false,
        };
        if misread {
            self.maybe_grouped(expr, true);
        } else if is_events(expr) {
            self.events(expr, true);
        } else if matches!(expr.kind, ExprKind::Held { .. }) {
            self.held(expr, true);
        } else {
            self.expr(expr, Level::Predicate);
        }
    }

    /// An event term with what may follow it: `as`, a count, windows.
    fn events(&mut self, expr: &Expr, later_step: bool) {
        match &expr.kind {
            ExprKind::As { events, name } => {
                self.expr(events, Level::Sum);
                self.put(" as ");
                self.name(name, false);
            }
            ExprKind::Windowed { subject, windows } => {
                self.named(subject);
                self.windows(windows, later_step);
            }
            ExprKind::Between { value, low, high, .. } => {
                self.named(value);
                self.between(low, high);
            }
            ExprKind::Times { count, events } => self.counted(events, count, "", later_step),
            ExprKind::Regularly { count, events, unit, periods, of } => {
                let word = calendar_word(*unit);
                let regular = format!(" per {word} in {periods} of last {of} {word}s");
                self.counted(events, count, &regular, later_step);
            }
            _ => self.expr(expr, Level::Sum),
        }
    }

    /// An event term, perhaps with a name.
    fn named(&mut self, expr: &Expr) {
        if matches!(expr.kind, ExprKind::As { .. }) { self.events(expr, false) } else { self.expr(expr, Level::Sum) }
    }

    /// A count goes between the event term and its windows.
    fn counted(&mut self, events: &Expr, count: &Times, regular: &str, later_step: bool) {
        let (subject, windows, ends) = match &events.kind {
            ExprKind::Windowed { subject, windows } => (&**subject, &windows[..], None),
            ExprKind::Between { negated: false, value, low, high } => (&**value, &[][..], Some((low, high))),
            _ => (events, &[][..], None),
        };
        self.named(subject);
        self.put(&match count {
            Times::AtLeast(n) => format!(" at least {}", times(*n)),
            Times::AtMost(n) => format!(" at most {}", times(*n)),
            Times::MoreThan(n) => format!(" more than {}", times(*n)),
            Times::FewerThan(n) => format!(" fewer than {}", times(*n)),
            Times::Exactly(n) => format!(" exactly {}", times(*n)),
            Times::Between(low, high) => format!(" between {low} and {high} times"),
        });
        self.put(regular);
        self.windows(windows, later_step);
        if let Some((low, high)) = ends {
            self.between(low, high);
        }
    }

    fn between(&mut self, low: &Expr, high: &Expr) {
        self.put(" between ");
        self.expr(low, Level::Sum);
        self.put(" and ");
        self.expr(high, Level::Sum);
    }

    /// Windows, one after the other. `within D` is written `within last D` where it would be read as a gap, or together
    /// with the window behind it.
    fn windows(&mut self, windows: &[Window], later_step: bool) {
        for (at, window) in windows.iter().enumerate() {
            let followed = windows
                .get(at + 1)
                .is_some_and(|next| matches!(next.kind, WindowKind::After(_) | WindowKind::Before(_)));
            match &window.kind {
                WindowKind::Within(span) => {
                    self.put(if later_step || followed { " within last " } else { " within " });
                    self.put(&print_span(span));
                }
                WindowKind::WithinNext(span) => {
                    self.put(" within next ");
                    self.put(&print_span(span));
                }
                WindowKind::Since(point) => self.point(" since ", point),
                WindowKind::Before(point) => self.point(" before ", point),
                WindowKind::After(point) => self.point(" after ", point),
                WindowKind::On(point) => self.point(" on ", point),
                WindowKind::Between(low, high) => self.between(low, high),
                WindowKind::WithinAfter(span, point) => {
                    self.put(" within ");
                    self.put(&print_span(span));
                    self.point(" after ", point);
                }
                WindowKind::WithinBefore(span, point) => {
                    self.put(" within ");
                    self.put(&print_span(span));
                    self.point(" before ", point);
                }
                WindowKind::During(period) => {
                    self.put(" during ");
                    self.put(&period_words(*period));
                }
            }
        }
    }

    fn point(&mut self, word: &str, point: &Expr) {
        self.put(word);
        self.expr(point, Level::Sum);
    }
}

/// Whether a node is an event term with a name, a count or windows.
fn is_events(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::As { .. }
            | ExprKind::Windowed { .. }
            | ExprKind::Between { negated: false, .. }
            | ExprKind::Times { .. }
            | ExprKind::Regularly { .. }
    )
}

/// Whether a condition begins with words of its own, so that `as of` may follow it without parentheses.
fn is_worded(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::InSegment { .. }
        | ExprKind::InSample { .. }
        | ExprKind::SegmentMove { .. }
        | ExprKind::InStage { .. }
        | ExprKind::StageMove { .. }
        | ExprKind::AllRows { .. }
        | ExprKind::Tagged { .. } => true,
        ExprKind::Upcoming { anniversary, .. } => *anniversary,
        ExprKind::Or(_)
        | ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare { .. }
        | ExprKind::Between { .. }
        | ExprKind::In { .. }
        | ExprKind::Contains { .. }
        | ExprKind::Text { .. }
        | ExprKind::Presence { .. }
        | ExprKind::Empty { .. }
        | ExprKind::Near { .. }
        | ExprKind::InRectangle { .. }
        | ExprKind::Windowed { .. }
        | ExprKind::Times { .. }
        | ExprKind::Regularly { .. }
        | ExprKind::Sequence(_)
        | ExprKind::As { .. }
        | ExprKind::Was { .. }
        | ExprKind::Changed { .. }
        | ExprKind::Held { .. }
        | ExprKind::AsOf { .. }
        | ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Event { .. }
        | ExprKind::Stage(_)
        | ExprKind::Property { .. }
        | ExprKind::Path(_)
        | ExprKind::Arithmetic { .. }
        | ExprKind::Negate(_)
        | ExprKind::Relative { .. }
        | ExprKind::Literal(_) => false,
    }
}
