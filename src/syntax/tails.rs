//! Predicates: a head (a value, an event term) and the tests, windows and counts that follow it.

use super::grammar::Rule;
use super::parse::{Builder, Built, Parts, dotted, internal, name, quantifier, span_of};
use super::tree::{
    CalendarUnit, CompareOp, DistanceUnit, Expr, ExprKind, Gap, HeldOp, Literal, Name, OfLifecycle, Period, Quantifier,
    Span, TextOp, TimeSpan, Times, Window, WindowKind,
};
use super::{literal, spelling};
use crate::diagnostic::Diagnostic;
use pest::iterators::Pair;

/// What has been read of a predicate.
struct Draft {
    /// The head, or the test that a tail has made of it.
    base: Expr,
    /// Whether more tests may follow.
    state: State,
    name: Option<Name>,
    windows: Vec<Window>,
    times: Option<Counted>,
    gap: Option<Gap>,
    /// Whether `within D` is the gap to the step before.
    later_step: bool,
    /// Whether it is a condition that begins with words of its own, and nothing has followed.
    worded: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// A value or an event term: anything may follow.
    Open,
    /// `was` or `changed`: windows may follow.
    History,
    /// A test: only `for more than …` may follow.
    Test,
    /// Nothing may follow.
    Closed,
}

struct Counted {
    times: Times,
    regular: Option<(CalendarUnit, u32, u32)>,
    span: Span,
}

impl Draft {
    fn new(base: Expr, state: State, later_step: bool) -> Self {
        Draft { base, state, name: None, windows: Vec::new(), times: None, gap: None, later_step, worded: false }
    }

    /// The expression as read so far.
    fn finish(mut self) -> (Expr, Option<Gap>) {
        let mut expr = self.base;
        if let Some(name) = self.name {
            let span = expr.span.to(name.span);
            expr = Expr { kind: ExprKind::As { events: Box::new(expr), name }, span };
        }
        let span = self.windows.iter().fold(expr.span, |span, window| span.to(window.span));
        let alone = if self.windows.len() == 1 { self.windows.pop() } else { None };
        expr = match alone {
            Some(Window { kind: WindowKind::Between(low, high), .. }) => {
                let kind = ExprKind::Between {
                    negated: false,
                    value: Box::new(expr),
                    low: Box::new(low),
                    high: Box::new(high),
                };
                Expr { kind, span }
            }
            Some(window) => Expr { kind: ExprKind::Windowed { subject: Box::new(expr), windows: vec![window] }, span },
            None if self.windows.is_empty() => expr,
            None => Expr { kind: ExprKind::Windowed { subject: Box::new(expr), windows: self.windows }, span },
        };
        if let Some(Counted { times: count, regular, span }) = self.times {
            let span = expr.span.to(span);
            let events = Box::new(expr);
            let kind = match regular {
                Some((unit, periods, of)) => ExprKind::Regularly { count, events, unit, periods, of },
                None => ExprKind::Times { count, events },
            };
            expr = Expr { kind, span };
        }
        (expr, self.gap)
    }

    /// Replaces the expression as read so far by a test of it.
    fn wrap(self, state: State, tail: Span, test: impl FnOnce(Expr) -> ExprKind) -> Draft {
        let later_step = self.later_step;
        let (expr, gap) = self.finish();
        let span = expr.span.to(tail);
        let base = Expr { kind: test(expr), span };
        Draft { gap, ..Draft::new(base, state, later_step) }
    }

    fn bare(&self) -> bool {
        self.state == State::Open
            && self.name.is_none()
            && self.windows.is_empty()
            && self.times.is_none()
            && self.gap.is_none()
    }
}

impl Builder {
    /// Reads a predicate.
    pub(super) fn predicate(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let mut parts = Parts::of(pair);
        let head = parts.next()?;
        if head.as_rule() != Rule::sum {
            return self.word_predicate(head, parts);
        }
        let base = self.sum(head)?;
        if parts.peek().is_none() { Ok(base) } else { self.tails(base, State::Open, parts) }
    }

    fn word_predicate(&mut self, head: Pair<'_, Rule>, parts: Parts<'_>) -> Built<Expr> {
        let (base, state) = self.head(head)?;
        self.tails(base, state, parts)
    }

    fn tails(&mut self, base: Expr, state: State, mut parts: Parts<'_>) -> Built<Expr> {
        let mut draft = Draft { worded: state == State::Test, ..Draft::new(base, state, false) };
        while parts.peek().is_some() {
            draft = self.tail(draft, parts.next()?)?;
        }
        Ok(draft.finish().0)
    }

    /// Reads a predicate behind `then`, where `within D` and `between D and D` are the time since the step before.
    pub(super) fn later_step(&mut self, pair: Pair<'_, Rule>) -> Built<(Expr, Option<Gap>)> {
        let mut parts = Parts::of(pair);
        let head = parts.next()?;
        let (base, state) = if head.as_rule() == Rule::sum { (self.sum(head)?, State::Open) } else { self.head(head)? };
        let mut draft = Draft { worded: state == State::Test, ..Draft::new(base, state, true) };
        while parts.peek().is_some() {
            draft = self.tail(draft, parts.next()?)?;
        }
        Ok(draft.finish())
    }

    /// A head that begins with a word of its own.
    fn head(&mut self, pair: Pair<'_, Rule>) -> Built<(Expr, State)> {
        let span = span_of(&pair);
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        let (kind, state) = match rule {
            Rule::in_condition => {
                let negated = parts.take(Rule::kw_not).is_some();
                parts.expect(Rule::kw_in)?;
                (self.in_condition(parts.next()?, negated)?, State::Test)
            }
            Rule::in_stage => {
                parts.expect(Rule::kw_in)?;
                let word = parts.expect(Rule::kw_stage)?;
                let kind = match (self.stage_name(&mut parts)?, self.of_lifecycle(&mut parts)?) {
                    (Some(stage), of) => ExprKind::InStage { ever: false, stage, of },
                    (None, Some(of)) => ExprKind::Stage(of),
                    (None, None) => ExprKind::Path(vec![Name { text: word.as_str().to_owned(), span: span_of(&word) }]),
                };
                (kind, State::Test)
            }
            Rule::ever_in_stage => {
                parts.expect(Rule::kw_ever)?;
                parts.expect(Rule::kw_in)?;
                parts.expect(Rule::kw_stage)?;
                let Some(stage) = self.stage_name(&mut parts)? else { return Err(internal(span)) };
                (ExprKind::InStage { ever: true, stage, of: self.of_lifecycle(&mut parts)? }, State::Test)
            }
            Rule::stage_move => {
                let entered = parts.next()?.as_rule() == Rule::kw_entered;
                parts.expect(Rule::kw_stage)?;
                let Some(stage) = self.stage_name(&mut parts)? else { return Err(internal(span)) };
                let of = self.of_lifecycle(&mut parts)?;
                parts.expect(Rule::kw_within)?;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (ExprKind::StageMove { entered, stage, of, within }, State::Test)
            }
            Rule::anniversary => {
                parts.expect(Rule::kw_anniversary)?;
                parts.expect(Rule::kw_of)?;
                let value = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                parts.expect(Rule::kw_in)?;
                let next = parts.next()?.as_rule() == Rule::kw_next;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (ExprKind::Upcoming { anniversary: true, value, next, within }, State::Test)
            }
            Rule::segment_move => {
                let entered = parts.next()?.as_rule() == Rule::kw_entered;
                parts.expect(Rule::kw_segment)?;
                let segment = name(&parts.expect(Rule::name)?);
                parts.expect(Rule::kw_within)?;
                let within = self.duration(parts.expect(Rule::duration)?)?;
                (ExprKind::SegmentMove { entered, segment, within }, State::Test)
            }
            Rule::tagged => (self.tagged(parts)?, State::Test),
            Rule::all_rows => {
                parts.expect(Rule::kw_all)?;
                let relation = dotted(&mut parts)?;
                (
                    ExprKind::AllRows { relation, conditions: self.arguments(parts.expect(Rule::arguments)?)? },
                    State::Test,
                )
            }
            _ => return Err(internal(span)),
        };
        Ok((Expr { kind, span }, state))
    }

    fn stage_name(&mut self, parts: &mut Parts<'_>) -> Built<Option<Name>> {
        let Some(stage) = parts.take(Rule::stage_name) else { return Ok(None) };
        Ok(Some(name(&Parts::of(stage).expect(Rule::name)?)))
    }

    /// `stage of interest for "tv"`
    pub(super) fn stage_of(&mut self, pair: Pair<'_, Rule>) -> Built<Expr> {
        let span = span_of(&pair);
        let mut parts = Parts::of(pair);
        parts.expect(Rule::kw_stage)?;
        match self.of_lifecycle(&mut parts)? {
            Some(of) => Ok(Expr { kind: ExprKind::Stage(of), span }),
            None => Err(internal(span)),
        }
    }

    /// `of interest for "tv"`, where it stands next.
    fn of_lifecycle(&mut self, parts: &mut Parts<'_>) -> Built<Option<Box<OfLifecycle>>> {
        let Some(of) = parts.take(Rule::of_lifecycle) else { return Ok(None) };
        let span = span_of(&of);
        let mut parts = Parts::of(of);
        parts.expect(Rule::kw_of)?;
        let lifecycle = name(&parts.expect(Rule::name)?);
        let subject = match parts.take(Rule::kw_for) {
            Some(_) => Some(self.string(&parts.expect(Rule::string)?)),
            None => None,
        };
        Ok(Some(Box::new(OfLifecycle { lifecycle, subject, span })))
    }

    fn in_condition(&mut self, pair: Pair<'_, Rule>, negated: bool) -> Built<ExprKind> {
        let place = span_of(&pair);
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        match rule {
            Rule::in_one => {
                parts.expect(Rule::kw_segment)?;
                let segments = vec![name(&parts.expect(Rule::name)?)];
                Ok(ExprKind::InSegment { negated, quantifier: Quantifier::Any, segments })
            }
            Rule::in_many => {
                let quantifier = match parts.next()?.as_rule() {
                    Rule::kw_any => Quantifier::Any,
                    Rule::kw_every => Quantifier::All,
                    _ => Quantifier::None,
                };
                parts.expect(Rule::kw_segment)?;
                let listed = parts.take(Rule::kw_of).is_some();
                let segments = if listed { self.names(parts.expect(Rule::names)?) } else { Vec::new() };
                if !listed && quantifier == Quantifier::All {
                    self.errors.push(
                        Diagnostic::error("E0001", place, "`in every segment` needs a list")
                            .help("name the segments, as in `in every segment of (vip, loyal)`"),
                    );
                }
                Ok(ExprKind::InSegment { negated, quantifier, segments })
            }
            _ => {
                parts.expect(Rule::kw_sample)?;
                parts.expect(Rule::lparen)?;
                let percent = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                parts.expect(Rule::comma)?;
                let salt = self.string(&parts.expect(Rule::string)?);
                Ok(ExprKind::InSample { negated, percent, salt })
            }
        }
    }

    fn tagged(&mut self, mut parts: Parts<'_>) -> Built<ExprKind> {
        parts.expect(Rule::kw_tagged)?;
        let mut paths = Vec::new();
        let mut which = Quantifier::Any;
        if let Some(path) = parts.take(Rule::string) {
            paths.push(self.string(&path));
        } else if let Some(word) = parts.take(Rule::quantifier) {
            which = quantifier(word.as_str());
            parts.expect(Rule::kw_of)?;
            let strings = parts.expect(Rule::strings)?;
            let place = span_of(&strings);
            for path in strings.into_inner().filter(|part| part.as_rule() == Rule::string) {
                paths.push(self.string(&path));
            }
            self.not_empty(paths.is_empty(), place, "the list is empty");
        }
        Ok(ExprKind::Tagged { quantifier: which, paths })
    }

    fn tail(&mut self, mut draft: Draft, pair: Pair<'_, Rule>) -> Built<Draft> {
        let span = span_of(&pair);
        let rule = pair.as_rule();
        match rule {
            Rule::within_tail | Rule::point_tail | Rule::during_tail => {
                let place = draft.base.span;
                let mut parts = Parts::of(pair);
                if rule == Rule::within_tail {
                    parts.expect(Rule::kw_within)?;
                    if let Some(near) = parts.take(Rule::near) {
                        self.before_test(&draft, span, rule)?;
                        return self.near(draft, near, span);
                    }
                    if parts.peek() == Some(Rule::duration) {
                        return self.within(draft, parts, span);
                    }
                }
                let kind = match rule {
                    Rule::within_tail => self.within_word(parts)?,
                    Rule::point_tail => self.point(parts)?,
                    _ => WindowKind::During(self.period(parts, span.to(place))?),
                };
                self.window(&mut draft, kind, span, Rule::within_tail)?;
                Ok(draft)
            }
            Rule::between_tail => self.between_tail(draft, pair, span),
            Rule::times_tail => {
                let mut parts = Parts::of(pair);
                let how = parts.next()?.as_rule();
                let number = parts.next()?;
                let n = match number.as_rule() {
                    Rule::kw_once => 1,
                    Rule::kw_twice => 2,
                    _ => self.note(literal::whole(number.as_str(), span_of(&number)), 0),
                };
                let times = match how {
                    Rule::at_least => Times::AtLeast(n),
                    Rule::at_most => Times::AtMost(n),
                    Rule::more_than => Times::MoreThan(n),
                    Rule::fewer_than => Times::FewerThan(n),
                    _ => Times::Exactly(n),
                };
                parts.take(Rule::kw_times);
                self.count(draft, times, parts, span)
            }
            Rule::as_of => {
                if !draft.worded {
                    return Err(second(&draft, span, rule));
                }
                let later_step = draft.later_step;
                let (expr, gap) = draft.finish();
                Ok(Draft { gap, ..Draft::new(self.as_of(expr, pair)?, State::Test, later_step) })
            }
            Rule::as_tail => {
                if draft.state != State::Open || draft.name.is_some() || draft.times.is_some() {
                    return Err(Box::new(
                        Diagnostic::error("E0025", span, "a name can only be given to an event term")
                            .help("put `as` right behind the event, as in `purchased(\"tv\") as p`"),
                    ));
                }
                let mut parts = Parts::of(pair);
                parts.expect(Rule::kw_as)?;
                draft.name = Some(name(&parts.expect(Rule::name)?));
                Ok(draft)
            }
            Rule::for_tail => {
                if draft.state == State::Closed || draft.gap.is_some() {
                    return Err(second(&draft, span, rule));
                }
                let mut parts = Parts::of(pair);
                parts.expect(Rule::kw_for)?;
                let op = match parts.next()?.as_rule() {
                    Rule::more_than => HeldOp::MoreThan,
                    Rule::at_least => HeldOp::AtLeast,
                    _ => HeldOp::LessThan,
                };
                let duration = self.duration(parts.expect(Rule::duration)?)?;
                Ok(draft.wrap(State::Closed, span, |condition| ExprKind::Held {
                    condition: Box::new(condition),
                    op,
                    duration,
                }))
            }
            _ => {
                self.before_test(&draft, span, rule)?;
                self.test(draft, pair, span)
            }
        }
    }

    /// Refuses a test behind another test or behind windows.
    fn before_test(&mut self, draft: &Draft, span: Span, rule: Rule) -> Built<()> {
        if draft.bare() { Ok(()) } else { Err(second(draft, span, rule)) }
    }

    fn test(&mut self, draft: Draft, pair: Pair<'_, Rule>, span: Span) -> Built<Draft> {
        let rule = pair.as_rule();
        let mut parts = Parts::of(pair);
        let state = if matches!(rule, Rule::was_tail | Rule::changed_tail) { State::History } else { State::Test };
        let Draft { base, gap, later_step, .. } = draft;
        let span = base.span.to(span);
        let base = Expr { kind: self.test_of(rule, Box::new(base), &mut parts)?, span };
        Ok(Draft { gap, ..Draft::new(base, state, later_step) })
    }

    fn test_of(&mut self, rule: Rule, value: Box<Expr>, parts: &mut Parts<'_>) -> Built<ExprKind> {
        Ok(match rule {
            Rule::comparison => {
                let sign = parts.expect(Rule::compare_op)?;
                let op = match sign.as_str() {
                    "=" => CompareOp::Eq,
                    "!=" => CompareOp::Ne,
                    "<" => CompareOp::Lt,
                    "<=" => CompareOp::Le,
                    ">" => CompareOp::Gt,
                    _ => CompareOp::Ge,
                };
                let right = Box::new(self.sum(parts.expect(Rule::sum)?)?);
                let ignoring = parts.take(Rule::ignoring);
                if let (Some(words), true) = (&ignoring, !matches!(op, CompareOp::Eq | CompareOp::Ne)) {
                    self.errors.push(
                        Diagnostic::error("E0028", span_of(words), format!("`ignoring case` does not go with `{}`", sign.as_str()))
                            .help("it goes with `=`, `!=`, `in`, `contains`, `starts with`, `ends with`, `like` and `matches`"),
                    );
                }
                ExprKind::Compare { op, left: value, right, ignoring_case: ignoring.is_some() }
            }
            Rule::in_tail => {
                parts.expect(Rule::kw_in)?;
                if parts.peek() == Some(Rule::list) {
                    self.in_list(value, false, parts)?
                } else {
                    let next = parts.next()?.as_rule() == Rule::kw_next;
                    let within = self.duration(parts.expect(Rule::duration)?)?;
                    ExprKind::Upcoming { anniversary: false, value, next, within }
                }
            }
            Rule::not_tail => {
                parts.expect(Rule::kw_not)?;
                let tail = parts.next()?;
                let rule = tail.as_rule();
                let mut inner = Parts::of(tail);
                match rule {
                    Rule::negated_in => {
                        inner.expect(Rule::kw_in)?;
                        self.in_list(value, true, &mut inner)?
                    }
                    Rule::between => {
                        let (low, high) = self.between(inner)?;
                        ExprKind::Between { negated: true, value, low: Box::new(low), high: Box::new(high) }
                    }
                    Rule::contains_tail => self.contains(value, true, &mut inner)?,
                    Rule::rectangle => {
                        let rectangle = Box::new(self.rectangle(inner)?);
                        ExprKind::InRectangle { negated: true, value, rectangle }
                    }
                    _ => self.text(value, true, &mut inner)?,
                }
            }
            Rule::contains_tail => self.contains(value, false, parts)?,
            Rule::text_tail => self.text(value, false, parts)?,
            Rule::exists_tail => ExprKind::Presence { missing: false, value },
            Rule::is_tail => {
                parts.expect(Rule::kw_is)?;
                if parts.take(Rule::kw_missing).is_some() {
                    ExprKind::Presence { missing: true, value }
                } else {
                    ExprKind::Empty { negated: parts.take(Rule::kw_not).is_some(), value }
                }
            }
            Rule::was_tail => {
                parts.expect(Rule::kw_was)?;
                let negated = parts.take(Rule::kw_not).is_some();
                let values = if parts.take(Rule::kw_in).is_some() {
                    self.list(parts.expect(Rule::list)?)?
                } else {
                    vec![self.sum(parts.expect(Rule::sum)?)?]
                };
                ExprKind::Was { negated, value, values, windows: Vec::new() }
            }
            Rule::changed_tail => {
                parts.expect(Rule::kw_changed)?;
                let mut end = |builder: &mut Self, word| {
                    let given = parts.take(word).is_some();
                    if given { builder.sum(parts.expect(Rule::sum)?).map(|end| Some(Box::new(end))) } else { Ok(None) }
                };
                let from = end(self, Rule::kw_from)?;
                let to = end(self, Rule::kw_to)?;
                ExprKind::Changed { value, from, to, windows: Vec::new() }
            }
            _ => return Err(internal(value.span)),
        })
    }

    fn in_list(&mut self, value: Box<Expr>, negated: bool, parts: &mut Parts<'_>) -> Built<ExprKind> {
        let list = self.list(parts.expect(Rule::list)?)?;
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::In { negated, value, list, ignoring_case })
    }

    fn contains(&mut self, value: Box<Expr>, negated: bool, parts: &mut Parts<'_>) -> Built<ExprKind> {
        parts.expect(Rule::kw_contains)?;
        let (which, items) = if let Some(word) = parts.take(Rule::quantifier) {
            parts.expect(Rule::kw_of)?;
            (quantifier(word.as_str()), self.list(parts.expect(Rule::list)?)?)
        } else {
            (Quantifier::Any, vec![self.sum(parts.expect(Rule::sum)?)?])
        };
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::Contains { negated, quantifier: which, value, items, ignoring_case })
    }

    fn text(&mut self, value: Box<Expr>, negated: bool, parts: &mut Parts<'_>) -> Built<ExprKind> {
        let op = match parts.next()?.as_rule() {
            Rule::starts_with => TextOp::StartsWith,
            Rule::ends_with => TextOp::EndsWith,
            Rule::kw_like => TextOp::Like,
            _ => TextOp::Matches,
        };
        let pattern = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        let ignoring_case = parts.take(Rule::ignoring).is_some();
        Ok(ExprKind::Text { negated, op, value, pattern, ignoring_case })
    }

    fn between(&mut self, mut parts: Parts<'_>) -> Built<(Expr, Expr)> {
        parts.expect(Rule::kw_between)?;
        let low = self.sum(parts.expect(Rule::sum)?)?;
        parts.expect(Rule::kw_and)?;
        Ok((low, self.sum(parts.expect(Rule::sum)?)?))
    }

    fn near(&mut self, draft: Draft, pair: Pair<'_, Rule>, span: Span) -> Built<Draft> {
        let mut parts = Parts::of(pair);
        let radius = Box::new(self.postfix(parts.expect(Rule::postfix)?)?);
        let unit = match parts.expect(Rule::distance_unit)?.as_str() {
            "m" => DistanceUnit::Metre,
            "km" => DistanceUnit::Kilometre,
            _ => DistanceUnit::Mile,
        };
        parts.expect(Rule::kw_of)?;
        parts.expect(Rule::lparen)?;
        let latitude = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        parts.expect(Rule::comma)?;
        let longitude = Box::new(self.sum(parts.expect(Rule::sum)?)?);
        Ok(draft.wrap(State::Test, span, |value| ExprKind::Near {
            value: Box::new(value),
            radius,
            unit,
            latitude,
            longitude,
        }))
    }

    /// `within D`, `within D after X`, `within D before X`.
    fn within(&mut self, mut draft: Draft, mut parts: Parts<'_>, span: Span) -> Built<Draft> {
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        let kind = match parts.peek() {
            None if draft.later_step && draft.state == State::Open => {
                gap(&mut draft, Gap::Within(duration), span)?;
                return Ok(draft);
            }
            None => WindowKind::Within(duration),
            Some(direction) => {
                parts.next()?;
                let anchor = self.sum(parts.expect(Rule::sum)?)?;
                if direction == Rule::kw_after {
                    WindowKind::WithinAfter(duration, anchor)
                } else {
                    WindowKind::WithinBefore(duration, anchor)
                }
            }
        };
        self.window(&mut draft, kind, span, Rule::within_tail)?;
        Ok(draft)
    }

    /// `within next D`, `within last D`.
    fn within_word(&mut self, mut parts: Parts<'_>) -> Built<WindowKind> {
        let next = parts.next()?.as_rule() == Rule::kw_next;
        let duration = self.duration(parts.expect(Rule::duration)?)?;
        Ok(if next { WindowKind::WithinNext(duration) } else { WindowKind::Within(duration) })
    }

    fn point(&mut self, mut parts: Parts<'_>) -> Built<WindowKind> {
        let word = parts.next()?.as_rule();
        let point = self.sum(parts.expect(Rule::sum)?)?;
        Ok(match word {
            Rule::kw_since => WindowKind::Since(point),
            Rule::kw_before => WindowKind::Before(point),
            Rule::kw_after => WindowKind::After(point),
            _ => WindowKind::On(point),
        })
    }

    fn between_tail(&mut self, mut draft: Draft, pair: Pair<'_, Rule>, span: Span) -> Built<Draft> {
        let mut parts = Parts::of(pair);
        if let Some(times) = parts.take(Rule::times_between) {
            let mut bounds = Vec::new();
            for number in times.into_inner().filter(|part| part.as_rule() == Rule::whole) {
                bounds.push(self.note(literal::whole(number.as_str(), span_of(&number)), 0));
            }
            let [low, high] = bounds[..] else { return Err(internal(span)) };
            return self.count(draft, Times::Between(low, high), parts, span);
        }
        if let Some(corners) = parts.take(Rule::rectangle) {
            self.before_test(&draft, span, Rule::between_tail)?;
            let rectangle = Box::new(self.rectangle(Parts::of(corners))?);
            return Ok(draft.wrap(State::Test, span, |value| {
                let value = Box::new(value);
                ExprKind::InRectangle { negated: false, value, rectangle }
            }));
        }
        let (low, high) = self.between(Parts::of(parts.expect(Rule::between)?))?;
        if let (true, State::Open, Some(low), Some(high)) = (draft.later_step, draft.state, plain(&low), plain(&high)) {
            gap(&mut draft, Gap::Between(low, high), span)?;
        } else {
            self.window(&mut draft, WindowKind::Between(low, high), span, Rule::between_tail)?;
        }
        Ok(draft)
    }

    fn window(&mut self, draft: &mut Draft, kind: WindowKind, span: Span, rule: Rule) -> Built<()> {
        let window = Window { kind, span };
        match (&mut draft.base.kind, draft.state) {
            (_, State::Open) => draft.windows.push(window),
            (ExprKind::Was { windows, .. } | ExprKind::Changed { windows, .. }, State::History) => {
                windows.push(window);
                draft.base.span = draft.base.span.to(span);
            }
            _ => return Err(second(draft, span, rule)),
        }
        Ok(())
    }

    fn count(&mut self, mut draft: Draft, times: Times, mut parts: Parts<'_>, span: Span) -> Built<Draft> {
        if draft.state != State::Open || draft.times.is_some() {
            return Err(second(&draft, span, Rule::times_tail));
        }
        let regular = match parts.take(Rule::regular) {
            Some(pair) => Some(self.regular(pair)?),
            None => None,
        };
        draft.times = Some(Counted { times, regular, span });
        Ok(draft)
    }

    /// `per month in 3 of last 6 months`.
    fn regular(&mut self, pair: Pair<'_, Rule>) -> Built<(CalendarUnit, u32, u32)> {
        let mut parts = Parts::of(pair);
        parts.expect(Rule::kw_per)?;
        let word = parts.expect(Rule::calendar_unit)?;
        let unit = literal::calendar_unit(word.as_str()).unwrap_or(CalendarUnit::Day);
        parts.expect(Rule::kw_in)?;
        let number = parts.expect(Rule::whole)?;
        let periods = self.note(literal::whole(number.as_str(), span_of(&number)), 0);
        parts.expect(Rule::kw_of)?;
        parts.expect(Rule::kw_last)?;
        let number = parts.expect(Rule::whole)?;
        let of = self.note(literal::whole(number.as_str(), span_of(&number)), 0);
        let last = parts.expect(Rule::calendar_unit)?;
        if literal::calendar_unit(last.as_str()) != Some(unit) {
            let wanted = format!("{}s", spelling::calendar_word(unit));
            self.errors.push(
                Diagnostic::error(
                    "E0026",
                    span_of(&last),
                    format!("`per {}` goes with `{wanted}`, not `{}`", word.as_str(), last.as_str()),
                )
                .fix(span_of(&last), wanted),
            );
        }
        Ok((unit, periods, of))
    }

    /// What stands behind `during`.
    fn period(&mut self, mut parts: Parts<'_>, whole: Span) -> Built<Period> {
        parts.expect(Rule::kw_during)?;
        let day = |offset| Ok(Period::Single { unit: CalendarUnit::Day, offset });
        let period = parts.next()?;
        match period.as_rule() {
            Rule::kw_today => return day(0),
            Rule::kw_yesterday => return day(-1),
            Rule::kw_tomorrow => return day(1),
            _ => {}
        }
        let place = span_of(&period);
        let mut parts = Parts::of(period);
        let which = parts.next()?.as_rule();
        let count =
            parts.take(Rule::whole).map(|number| self.note(literal::whole(number.as_str(), span_of(&number)), 0));
        let unit =
            literal::calendar_unit(parts.expect(Rule::calendar_unit)?.as_str()).ok_or_else(|| internal(whole))?;
        Ok(match (which, count) {
            (Rule::kw_this, None) => Period::Single { unit, offset: 0 },
            (Rule::kw_last, None) => Period::Single { unit, offset: -1 },
            (Rule::kw_next, None) => Period::Single { unit, offset: 1 },
            (Rule::kw_last, Some(count)) => Period::Last { unit, count },
            (Rule::kw_next, Some(count)) => Period::Next { unit, count },
            _ => {
                let word = spelling::calendar_word(unit);
                return Err(Box::new(
                    Diagnostic::error("E0026", place, "`this` goes with one period")
                        .help(format!("write `this {word}`, or `last … {word}s` for the whole {word}s before it")),
                ));
            }
        })
    }
}

/// A duration and nothing else.
fn plain(expr: &Expr) -> Option<TimeSpan> {
    match expr.kind {
        ExprKind::Literal(Literal::Duration(span)) => Some(span),
        _ => None,
    }
}

fn gap(draft: &mut Draft, gap: Gap, span: Span) -> Built<()> {
    if draft.gap.is_some() {
        return Err(Box::new(
            Diagnostic::error("E0029", span, "the time since the step before is given twice")
                .help("for a window of the step itself write `within last …` or `since … ago`"),
        ));
    }
    draft.gap = Some(gap);
    Ok(())
}

/// A tail that cannot follow what stands before it.
fn second(draft: &Draft, span: Span, rule: Rule) -> Box<Diagnostic> {
    let compared = matches!(draft.base.kind, ExprKind::Compare { .. });
    let (message, label, help) = match (draft.state, rule) {
        (_, Rule::as_of) => (
            "`as of` cannot follow a test or a window",
            "what is to be asked of an earlier instant?",
            "put the condition in parentheses, as in `(purchased within 30 days) as of 60 days ago`",
        ),
        (State::Closed, _) => (
            "nothing can follow `for …`",
            "the condition before it is complete",
            "`for …` ends a condition; join another one with `and` or `or`",
        ),
        (State::Open, _) => (
            "a test cannot follow a window, a count or a name",
            "",
            "put windows inside a function, as in `count(purchased within 30 days) > 3`",
        ),
        (_, Rule::comparison) if compared => (
            "comparisons do not chain",
            "a second comparison",
            "write both and join them, as in `a < b and b < c`, or use `between`",
        ),
        (_, Rule::within_tail | Rule::between_tail) => (
            "a window cannot follow a complete condition",
            "this belongs to an event or a date",
            "put the window right behind the event, inside the parentheses of a function: `count(purchased within 30 days) > 3`",
        ),
        (_, Rule::times_tail) => (
            "a count cannot follow a complete condition",
            "this belongs to an event",
            "put the count right behind the event, as in `purchased at least 3 times`",
        ),
        _ => (
            "a second test cannot follow the first",
            "the condition before it is complete",
            "join two conditions with `and` or `or`",
        ),
    };
    Box::new(Diagnostic::error("E0025", span, message).label(label).help(help))
}
