//! The canonical spelling of a tree.
//!
//! Every node is first printed on one line. A line that is longer than [`WIDTH`] is broken before its `and`s and `or`s,
//! the outermost ones first, then those in parentheses.

mod comments;
mod events;
mod trigger;
mod values;
mod words;

pub(super) use comments::format_with_comments;
pub(super) use words::{print_number, print_string};

use super::tree::{ArithmeticOp, DayRange, Expr, ExprKind, JourneyMoveKind, Literal, Name, Period};
use super::vocabulary::is_suffix;
use crate::span::Span;
use crate::time::CalendarUnit;
use events::has_keyword_prefix;
use std::fmt;
use words::{period_words, print_span};

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
        ExprKind::Arithmetic {
            op: ArithmeticOp::Add | ArithmeticOp::Subtract,
            ..
        } => Level::Sum,
        ExprKind::Arithmetic { .. } => Level::Product,
        ExprKind::Negate(_) => Level::Unary,
        ExprKind::AsOf { of, .. } if !has_keyword_prefix(of) => Level::Unary,
        ExprKind::Literal(Literal::Number { mantissa, .. }) if *mantissa < 0 => Level::Unary,
        ExprKind::Aggregate { .. }
        | ExprKind::Call { .. }
        | ExprKind::Event { .. }
        | ExprKind::Property { .. }
        | ExprKind::Path(_)
        | ExprKind::Stage(_)
        | ExprKind::Points { .. }
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

const IN_SEGMENT: [&str; 5] = [
    "in segment ",
    "in any segment",
    "in every segment",
    "in no segment",
    "in sample(",
];

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
            ExprKind::Sequence(sequence) => self.sequence(sequence),
            ExprKind::As { .. }
            | ExprKind::Windowed { .. }
            | ExprKind::Times { .. }
            | ExprKind::Regularly { .. } => {
                self.events(expr, false);
            }
            ExprKind::Between { negated: false, .. } => self.events(expr, false),
            ExprKind::Held { .. } => self.held(expr, false),
            ExprKind::InSegment {
                negated,
                quantifier,
                segments,
            } => self.in_segment(*negated, *quantifier, segments),
            ExprKind::InSample {
                negated,
                percent,
                salt,
            } => {
                self.put(if *negated {
                    "not in sample("
                } else {
                    "in sample("
                });
                self.expr(percent, Level::Sum);
                self.put(", ");
                self.literal(salt);
                self.put(")");
            }
            ExprKind::Tagged { quantifier, paths } => self.tagged(*quantifier, paths),
            ExprKind::AllRows {
                relation,
                conditions,
            } => {
                self.put("all ");
                let first = relation.text.split('.').next().unwrap_or_default();
                if is_suffix(first) || first == "of" {
                    self.put(&format!("`{}`", relation.text));
                } else {
                    self.called(relation, false);
                }
                self.list(conditions, |printer, condition| {
                    printer.expr(condition, Level::Or)
                });
            }
            ExprKind::SegmentMove {
                entered,
                segment,
                within,
            } => {
                self.put(if *entered {
                    "entered segment "
                } else {
                    "left segment "
                });
                self.name(segment, false);
                self.put(" within ");
                self.put(&print_span(within));
            }
            ExprKind::InStage { ever, stage, of } => {
                self.put(if *ever { "ever in stage " } else { "in stage " });
                self.stage(stage, of.as_deref());
            }
            ExprKind::StageMove {
                entered,
                stage,
                of,
                within,
            } => {
                self.put(if *entered {
                    "entered stage "
                } else {
                    "left stage "
                });
                self.stage(stage, of.as_deref());
                self.put(" within ");
                self.put(&print_span(within));
            }
            ExprKind::InJourney { step, of } => {
                match step {
                    Some(step) => {
                        self.put("in step ");
                        self.name(step, false);
                        self.put(" of ");
                    }
                    None => self.put("in journey "),
                }
                self.of_journey(of);
            }
            ExprKind::JourneyMove { what, of, within } => {
                self.put(match what {
                    JourneyMoveKind::Entered => "entered journey ",
                    JourneyMoveKind::Left => "left journey ",
                    JourneyMoveKind::ReachedGoal => "reached goal of ",
                });
                self.of_journey(of);
                self.put(" within ");
                self.put(&print_span(within));
            }
            ExprKind::Upcoming {
                anniversary,
                value,
                days,
            } => {
                if *anniversary {
                    self.put("anniversary of ");
                }
                self.expr(value, Level::Sum);
                self.put(&match days {
                    DayRange::Next(length) => format!(" in next {}", print_span(length)),
                    DayRange::Last(length) => format!(" in last {}", print_span(length)),
                    DayRange::Today(offset) => {
                        let (unit, offset) = (CalendarUnit::Day, *offset);
                        format!(" {}", period_words(Period::Single { unit, offset }))
                    }
                    DayRange::In(length) => format!(" in {}", print_span(length)),
                    DayRange::During(period) => format!(" during {}", period_words(*period)),
                });
            }
            _ => self.test(expr),
        }
    }
}

/// A name as it is written in an expression: in backticks where it would be read as something else.
pub(crate) fn quoted_name(name: &str) -> String {
    written(std::iter::once(name))
}

/// A name of several parts joined by dots, as it is written in an expression.
pub(crate) fn quoted_path(path: &str) -> String {
    written(path.split('.'))
}

fn written<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let names = parts
        .map(|text| Name {
            text: text.to_owned(),
            span: Span::default(),
        })
        .collect();
    format(&Expr {
        kind: ExprKind::Path(names),
        span: Span::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::format;
    use crate::syntax::parse;

    fn printed(text: &str) -> String {
        parse(text).map_or_else(|found| format!("{found:?}"), |tree| format(&tree))
    }

    /// `not in segment vip` is one condition, `not (in segment vip)` is `not` before another.
    #[test]
    fn parentheses_stay_where_their_absence_means_something_else() {
        for text in [
            "not (in segment vip)",
            "not in segment vip",
            "a - (b - c) > 0",
            "- -a > 0",
            "(a > 1 or b > 2) and c > 3",
            "purchased then (viewed between 1 day and 2 days)",
        ] {
            assert_eq!(printed(text), text);
        }
    }

    #[test]
    fn parentheses_go_where_they_change_nothing() {
        assert_eq!(printed("((a - b) - c) > 0"), "a - b - c > 0");
        assert_eq!(
            printed("((age>50))and(`plan` = 1)"),
            "age > 50 and plan = 1"
        );
    }

    /// Of a line that is too long, the outermost `and`s begin lines of their own.
    #[test]
    fn long_lines_are_broken_at_the_outermost_and() {
        let part = format!("name = \"{}\"", "x".repeat(40));
        let text = format!("{part} and ({part} or b) and c");
        assert_eq!(
            printed(&text),
            format!("{part}\n  and ({part} or b)\n  and c")
        );
    }
}
