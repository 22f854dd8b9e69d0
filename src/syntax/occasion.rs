//! What a trigger waits for: `enter stage lost of recency`, `birthday at 09:00`, `every day at 09:00 in segment vip`.
//!
//! An occasion that is none of these forms is read as an event term, or as a sequence of an event and a silence.

use super::expected::describe;
use super::format::format;
use super::grammar::{Grammar, Rule};
use super::parse::{Builder, Built, Failure, Parts, internal, name, span_of, stopped};
use super::scan::{self, Token, TokenKind, Tokens};
use super::spelling::print_span;
use super::tree::{Expr, Name, TimeSpan};
use super::{quoted_name, words};
use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::time::{HOUR, MINUTE};
use pest::Parser as _;
use pest::iterators::Pair;
use std::fmt;

/// What a trigger waits for, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Occasion {
    pub(crate) kind: OccasionKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum OccasionKind {
    /// `enter stage S`, `leave stage S`, `stage A -> B`, `any move of L`: a side that is not said may be any.
    Stage {
        from: Option<Name>,
        to: Option<Name>,
        lifecycle: Option<Name>,
    },
    /// `enter segment X`, `leave segment X`
    Segment { entered: bool, segment: Name },
    /// An event term, or a sequence.
    Events(Expr),
    /// `14 days before renewal at 09:00`
    Date {
        lead: Option<Lead>,
        value: Expr,
        at: Clock,
    },
    /// `every monday at 09:00 in segment vip`
    Schedule {
        every: Every,
        at: Clock,
        segment: Name,
    },
}

/// `14 days before`, `3 days after`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lead {
    pub(crate) length: TimeSpan,
    pub(crate) before: bool,
    pub(crate) span: Span,
}

/// On which days a schedule falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Every {
    Day,
    /// 0 is Monday.
    Weekday(u8),
    /// 1 to 31; beyond the month's end its last day.
    DayOfMonth(u8),
}

/// A time of day: microseconds since midnight, as clocks show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Clock(pub(crate) i64);

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

const FORMS: &str = "a trigger waits for `enter stage lost`, `enter segment vip`, an event such as `purchased(amount > 20)`, \
                     a silence such as `added_to_cart then no purchased within 1 hour`, a date such as \
                     `birthday at 09:00`, or `every day at 09:00 in segment vip`";

/// Reads an occasion.
///
/// # Errors
/// Everything that is wrong with its form.
pub(crate) fn parse_occasion(text: &str) -> Result<Occasion, Vec<Diagnostic>> {
    scan::check(text)?;
    let mut pairs = match Grammar::parse(Rule::occasion, text) {
        Ok(pairs) => pairs,
        Err(error) => return Err(explain(text, stopped(error))),
    };
    let mut builder = Builder::default();
    let built = pairs
        .next()
        .and_then(|occasion| occasion.into_inner().next())
        .ok_or_else(|| internal(Span::default()))
        .and_then(|form| builder.occasion(form));
    match built {
        Ok(occasion) if builder.errors.is_empty() => Ok(occasion),
        Ok(_) => Err(builder.errors),
        Err(error) => {
            builder.errors.push(*error);
            Err(builder.errors)
        }
    }
}

impl Builder {
    fn occasion(&mut self, form: Pair<'_, Rule>) -> Built<Occasion> {
        let span = span_of(&form);
        let rule = form.as_rule();
        if rule == Rule::sequence {
            return Ok(Occasion {
                kind: OccasionKind::Events(self.sequence(form)?),
                span,
            });
        }
        let mut parts = Parts::of(form);
        let kind = match rule {
            Rule::stage_change => stage_move(&mut parts)?,
            Rule::any_move => OccasionKind::Stage {
                from: None,
                to: None,
                lifecycle: Some(last_name(&mut parts)?),
            },
            Rule::segment_entry => {
                let entered = parts.peek() == Some(Rule::kw_enter);
                OccasionKind::Segment {
                    entered,
                    segment: last_name(&mut parts)?,
                }
            }
            Rule::schedule => self.schedule(&mut parts)?,
            Rule::dated => {
                let lead = match parts.take(Rule::duration) {
                    Some(length) => {
                        let span = span_of(&length);
                        let length = self.duration(length)?;
                        let before = parts.next()?.as_rule() == Rule::kw_before;
                        Some(Lead {
                            length,
                            before,
                            span,
                        })
                    }
                    None => None,
                };
                let value = self.sum(parts.expect(Rule::sum)?)?;
                parts.expect(Rule::kw_at)?;
                OccasionKind::Date {
                    lead,
                    value,
                    at: self.clock(&parts.expect(Rule::clock)?),
                }
            }
            _ => return Err(internal(span)),
        };
        Ok(Occasion { kind, span })
    }

    fn schedule(&mut self, parts: &mut Parts<'_>) -> Built<OccasionKind> {
        parts.expect(Rule::kw_every)?;
        let every = parts.next()?;
        let every = match every.as_rule() {
            Rule::weekday => {
                let day = WEEKDAYS
                    .iter()
                    .position(|day| *day == every.as_str())
                    .unwrap_or(0);
                Every::Weekday(u8::try_from(day).unwrap_or(0))
            }
            Rule::kw_month => {
                parts.expect(Rule::kw_on)?;
                parts.expect(Rule::kw_day)?;
                let number = parts.expect(Rule::whole)?;
                let (span, text) = (span_of(&number), number.as_str());
                let day = text.parse::<u8>().ok().filter(|day| (1..=31).contains(day));
                if day.is_none() {
                    let diagnostic =
                        Diagnostic::error("E0301", span, format!("no month has a day {text}"));
                    self.errors.push(
                        diagnostic.help("write 1 to 31; in a shorter month 31 is its last day"),
                    );
                }
                Every::DayOfMonth(day.unwrap_or(1))
            }
            _ => Every::Day,
        };
        parts.expect(Rule::kw_at)?;
        let at = self.clock(&parts.expect(Rule::clock)?);
        Ok(OccasionKind::Schedule {
            every,
            at,
            segment: last_name(parts)?,
        })
    }

    fn clock(&mut self, pair: &Pair<'_, Rule>) -> Clock {
        let (span, text) = (span_of(pair), pair.as_str());
        Clock::parse(text)
            .filter(|clock| clock.0 < 24 * HOUR)
            .unwrap_or_else(|| {
                let diagnostic =
                    Diagnostic::error("E0301", span, format!("`{text}` is no time of day"));
                self.errors
                    .push(diagnostic.help("write `00:00` to `23:59`"));
                Clock(0)
            })
    }
}

impl Clock {
    /// `09:00`, `9:00`; `24:00` is the end of the day.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':')?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !(1..=2).contains(&hours.len())
            || minutes.len() != 2
            || !digits(hours)
            || !digits(minutes)
        {
            return None;
        }
        let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
        let micros = hours * HOUR + minutes * MINUTE;
        (minutes < 60 && micros <= 24 * HOUR).then_some(Clock(micros))
    }
}

fn stage_move(parts: &mut Parts<'_>) -> Built<OccasionKind> {
    let word = parts.next()?.as_rule();
    let (from, to) = if word == Rule::kw_stage {
        let from = name(&parts.expect(Rule::name)?);
        parts.expect(Rule::arrow)?;
        (Some(from), Some(name(&parts.expect(Rule::name)?)))
    } else {
        parts.expect(Rule::kw_stage)?;
        let stage = Some(name(&parts.expect(Rule::name)?));
        if word == Rule::kw_enter {
            (None, stage)
        } else {
            (stage, None)
        }
    };
    let lifecycle = match parts.take(Rule::whose) {
        Some(of) => Some(last_name(&mut Parts::of(of))?),
        None => None,
    };
    Ok(OccasionKind::Stage {
        from,
        to,
        lifecycle,
    })
}

/// The name that ends a form.
fn last_name(parts: &mut Parts<'_>) -> Built<Name> {
    loop {
        let part = parts.next()?;
        if part.as_rule() == Rule::name {
            return Ok(name(&part));
        }
    }
}

/// Why a text is no occasion.
fn explain(text: &str, failure: Failure) -> Vec<Diagnostic> {
    let stop = match failure {
        Failure::Meaning(errors) => return errors,
        Failure::Form(stop) => stop,
    };
    let tokens: Vec<Token> = Tokens::new(text)
        .filter(|token| token.kind != TokenKind::Comment)
        .collect();
    let word = |i: usize| tokens.get(i).map_or("", |token| token.of(text));
    if let Some(first) = tokens.first()
        && let Some(meant) = misspelt(word(0), word(1))
    {
        let diagnostic = Diagnostic::error(
            "E0301",
            first.span(),
            format!("`{}` is written `{meant}`", word(0)),
        );
        return vec![diagnostic.fix(first.span(), meant)];
    }
    let wants = |rule| stop.expected.contains(&rule);
    let own_form = wants(Rule::clock)
        || matches!(
            (word(0), word(1)),
            ("enter" | "leave", "stage" | "segment") | ("any", "move")
        )
        || matches!(word(0), "every" | "stage");
    if !own_form && let Err(found) = super::parse(text) {
        return found;
    }
    let here = tokens.iter().find(|token| token.end > stop.at);
    // Behind `at` an expression would go on with a count, behind `every` with anything; an occasion with a time or a day.
    let wanted = if wants(Rule::clock) {
        vec![Rule::clock]
    } else if wants(Rule::weekday) {
        vec![Rule::kw_day, Rule::kw_month, Rule::weekday]
    } else {
        stop.expected.clone()
    };
    let wanted = describe(&wanted);
    let Some(token) = here else {
        let end = tokens.last().map_or(0, |token| token.end);
        let last = text
            .get(..end)
            .unwrap_or_default()
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        let message = format!("expected {wanted} after `{}`", scan::shorten(last));
        let diagnostic = Diagnostic::error("E0301", Span::new(end, end), message);
        let schedule = word(0) == "every" && wants(Rule::kw_in);
        return vec![if schedule {
            diagnostic.help("say for whom: `every day at 09:00 in segment vip`")
        } else {
            diagnostic.help(FORMS)
        }];
    };
    let found = scan::shorten(token.of(text));
    let diagnostic = Diagnostic::error(
        "E0301",
        token.span(),
        format!("expected {wanted}, found `{found}`"),
    );
    if wants(Rule::arrow) && found == "to" {
        return vec![diagnostic.help("write `->`").fix(token.span(), "->")];
    }
    if wants(Rule::weekday)
        && let Some(day) = words::nearest(&found.to_lowercase(), &WEEKDAYS)
    {
        return vec![
            diagnostic
                .help(format!("did you mean `{day}`?"))
                .fix(token.span(), day),
        ];
    }
    vec![diagnostic.help(FORMS)]
}

/// What a first word means that comes near to one of those that begin an occasion.
fn misspelt(first: &str, second: &str) -> Option<&'static str> {
    let known: &[&str] = match second {
        "stage" | "segment" => &["enter", "leave"],
        "day" | "month" => &["every"],
        second if WEEKDAYS.contains(&second) => &["every"],
        _ => return None,
    };
    if known.contains(&first) {
        return None;
    }
    let lower = first.to_lowercase();
    match (lower.as_str(), known.len()) {
        ("enters" | "entered" | "entering" | "join" | "joins" | "enter", 2) => Some("enter"),
        ("leaves" | "left" | "leaving" | "exit" | "exits" | "exited" | "leave", 2) => Some("leave"),
        ("each" | "every", 1) => Some("every"),
        (word, _) => match words::nearest(word, known)? {
            "enter" => Some("enter"),
            "leave" => Some("leave"),
            _ => Some("every"),
        },
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / HOUR, self.0 % HOUR / MINUTE)
    }
}

impl fmt::Display for Occasion {
    /// The canonical spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |name: &Name| quoted_name(&name.text);
        match &self.kind {
            OccasionKind::Stage {
                from,
                to,
                lifecycle,
            } => {
                match (from, to) {
                    (Some(from), Some(to)) => {
                        write!(f, "stage {} -> {}", quoted(from), quoted(to))?
                    }
                    (None, Some(to)) => write!(f, "enter stage {}", quoted(to))?,
                    (Some(from), None) => write!(f, "leave stage {}", quoted(from))?,
                    (None, None) => f.write_str("any move")?,
                }
                lifecycle
                    .as_ref()
                    .map_or(Ok(()), |of| write!(f, " of {}", quoted(of)))
            }
            OccasionKind::Segment { entered, segment } => {
                write!(
                    f,
                    "{} segment {}",
                    if *entered { "enter" } else { "leave" },
                    quoted(segment)
                )
            }
            OccasionKind::Events(events) => f.write_str(&format(events)),
            OccasionKind::Date { lead, value, at } => {
                if let Some(lead) = lead {
                    write!(
                        f,
                        "{} {} ",
                        print_span(&lead.length),
                        if lead.before { "before" } else { "after" }
                    )?;
                }
                write!(f, "{value} at {at}")
            }
            OccasionKind::Schedule { every, at, segment } => {
                match every {
                    Every::Day => f.write_str("every day")?,
                    Every::Weekday(day) => {
                        write!(
                            f,
                            "every {}",
                            WEEKDAYS.get(usize::from(*day)).copied().unwrap_or_default()
                        )?;
                    }
                    Every::DayOfMonth(day) => write!(f, "every month on day {day}")?,
                }
                write!(f, " at {at} in segment {}", quoted(segment))
            }
        }
    }
}

/// Prints what a trigger waits for (`on`) in its canonical spelling. One with comments is left as it is.
///
/// # Errors
///
/// Everything that is wrong with its form.
///
/// # Examples
///
/// ```
/// let formatted = segue::syntax::format_occasion("birthday  at 9:00").unwrap();
/// assert_eq!(formatted, "birthday at 09:00");
/// ```
pub fn format_occasion(text: &str) -> Result<String, Vec<Diagnostic>> {
    let occasion = parse_occasion(text)?;
    let comments = Tokens::new(text).any(|token| token.kind == TokenKind::Comment);
    Ok(if comments {
        text.trim().to_owned()
    } else {
        occasion.to_string()
    })
}

/// A length of time that stands by itself: `30 days`, `2 months`.
pub(crate) fn parse_length(text: &str) -> Option<TimeSpan> {
    let expr = super::parse(text).ok()?;
    match expr.kind {
        super::ExprKind::Literal(super::Literal::Duration(length)) => Some(length),
        _ => None,
    }
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]
mod tests {
    use super::parse_occasion;

    #[test]
    fn every_form_is_printed_as_it_is_written() {
        for text in [
            "enter stage lost",
            "enter stage lost of recency",
            "leave stage `at risk` of recency",
            "stage active -> lost of recency",
            "any move of recency",
            "enter segment vip",
            "leave segment `big spenders`",
            "purchased",
            "purchased(\"tv\", amount > 20)",
            "added_to_cart as c then no purchased(category = c.category) within 1 hour",
            "birthday at 09:00",
            "14 days before renewal at 09:30",
            "1 month after signed_up at 00:00",
            "every day at 09:00 in segment vip",
            "every monday at 23:59 in segment vip",
            "every month on day 31 at 08:05 in segment vip",
        ] {
            let read = parse_occasion(text).unwrap_or_else(|found| panic!("{text}: {found:?}"));
            assert_eq!(read.to_string(), text);
            assert_eq!(parse_occasion(&read.to_string()).unwrap().kind, read.kind);
        }
    }

    #[test]
    fn spelling_is_made_canonical() {
        let canonical = |text: &str| parse_occasion(text).unwrap().to_string();
        assert_eq!(
            canonical("enter  stage `lost`\n of recency"),
            "enter stage lost of recency"
        );
        assert_eq!(
            canonical("birthday at 9:00 -- in the morning"),
            "birthday at 09:00"
        );
        assert_eq!(
            canonical("1 days before (renewal) at 09:00"),
            "1 day before renewal at 09:00"
        );
    }

    #[test]
    fn what_is_no_occasion_is_explained() {
        let said = |text: &str| {
            let found = parse_occasion(text).unwrap_err();
            let first = found.first().unwrap();
            format!("{} {}", first.code, first.message)
        };
        assert_eq!(
            said("entered stage lost"),
            "E0301 `entered` is written `enter`"
        );
        assert_eq!(
            said("each monday at 09:00 in segment vip"),
            "E0301 `each` is written `every`"
        );
        assert_eq!(
            said("birthday at 9"),
            "E0301 expected a time of day such as `09:00`, found `9`"
        );
        assert_eq!(said("birthday at 25:00"), "E0301 `25:00` is no time of day");
        assert_eq!(
            said("every month on day 32 at 09:00 in segment vip"),
            "E0301 no month has a day 32"
        );
        assert_eq!(
            said("every day at 09:00"),
            "E0301 expected `in` after `09:00`"
        );
        assert_eq!(
            said("birthday at noon"),
            "E0301 expected a time of day such as `09:00`, found `noon`"
        );
        assert_eq!(
            said("every munday at 09:00 in segment vip"),
            "E0301 expected `day`, `month` or a weekday such as `monday`, found `munday`"
        );
        assert_eq!(
            said("stage active lost"),
            "E0301 expected `->`, found `lost`"
        );
        assert_eq!(said("purchased(\"tv\""), "E0008 `(` is never closed");
        assert_eq!(said(""), "E0002 the expression is empty");
    }
}
