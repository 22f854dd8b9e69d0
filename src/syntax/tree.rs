//! The syntax tree: what an author wrote, with spans, before any schema is known.
//!
//! Every node keeps the byte range it was read from. Trees compare equal when they were written alike, whatever the
//! white space, comments and positions: spans are left out of `PartialEq`.

use super::vocabulary::Aggregate;
use crate::span::Span;
use crate::time::{CalendarUnit, TimeUnit};
use serde::{Deserialize, Serialize};

/// A name as written, without its backticks, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name, normalised to Unicode NFC.
    pub text: String,
    /// Where it stands, backticks included.
    pub span: Span,
}

/// Which lifecycle a stage is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OfLifecycle {
    /// The lifecycle.
    pub lifecycle: Name,
    /// A string: the subject, where there is a lifecycle for each value of a property.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Literal>,
    /// Where it stands, from `of` on.
    #[serde(skip)]
    pub span: Span,
}

/// Which journey is meant, and which of its runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OfJourney {
    /// The journey.
    pub journey: Name,
    /// A string: the value that it is gone through for, where each value of a property has a run of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Literal>,
    /// Where it stands.
    #[serde(skip)]
    pub span: Span,
}

/// What a profile did in a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum JourneyMoveKind {
    /// `entered journey welcome`
    Entered,
    /// `left journey welcome`
    Left,
    /// `reached goal of welcome`
    ReachedGoal,
}

/// One node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of nodes. `Or` and `And` are flat: they have at least two parts and no part of their own kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[allow(
    missing_docs,
    reason = "the fields are named after the words of the example above them"
)]
pub enum ExprKind {
    /// `a or b or c`
    Or(Vec<Expr>),
    /// `a and b and c`, and the commas of an event's condition
    And(Vec<Expr>),
    /// `not a`
    Not(Box<Expr>),
    /// `a = b`, `a != b`, `a < b` …
    Compare {
        op: CompareOp,
        left: Box<Expr>,
        right: Box<Expr>,
        #[serde(default, skip_serializing_if = "is_false")]
        ignoring_case: bool,
    },
    /// `a between b and c`: of a value (both ends belong) or, where `a` is an event term, a window
    Between {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        value: Box<Expr>,
        low: Box<Expr>,
        high: Box<Expr>,
    },
    /// `a in (b, c)`, `a not in (b, c)`
    In {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        value: Box<Expr>,
        list: Vec<Expr>,
        #[serde(default, skip_serializing_if = "is_false")]
        ignoring_case: bool,
    },
    /// `a contains b`, `a contains any of (b, c)` …
    Contains {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        #[serde(default = "any", skip_serializing_if = "is_any")]
        quantifier: Quantifier,
        value: Box<Expr>,
        items: Vec<Expr>,
        #[serde(default, skip_serializing_if = "is_false")]
        ignoring_case: bool,
    },
    /// `a starts with "b"` …
    Text {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        op: TextOp,
        value: Box<Expr>,
        pattern: Box<Expr>,
        #[serde(default, skip_serializing_if = "is_false")]
        ignoring_case: bool,
    },
    /// `a exists` (`missing: false`), `a is missing` (`missing: true`)
    Presence {
        #[serde(default, skip_serializing_if = "is_false")]
        missing: bool,
        value: Box<Expr>,
    },
    /// `a is empty`, `a is not empty`: of a string or a list; missing counts as empty
    Empty {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        value: Box<Expr>,
    },
    /// `home within 5 km of (48.85, 2.35)`
    Near {
        value: Box<Expr>,
        radius: Box<Expr>,
        unit: DistanceUnit,
        latitude: Box<Expr>,
        longitude: Box<Expr>,
    },
    /// `home between (45.40, 9.04) and (45.54, 9.28)`: the edges belong
    InRectangle {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        value: Box<Expr>,
        rectangle: Box<Rectangle>,
    },
    /// An event term or a date or instant with windows: `viewed("tv") within 30 days`, `signup before 2020-01-01`
    Windowed {
        subject: Box<Expr>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        windows: Vec<Window>,
    },
    /// `purchased at least 3 times within 30 days`; the windows belong to `events`
    Times { count: Times, events: Box<Expr> },
    /// `purchased at least 2 times per month in 3 of last 6 months`: in at least `periods` of the last `of` periods
    Regularly {
        count: Times,
        events: Box<Expr>,
        per: Regularity,
    },
    /// `a then b within 7 days then no c within 1 hour`: at least two steps
    Sequence(Sequence),
    /// `purchased as p`: names the event of a step so that later steps can read it
    As { events: Box<Expr>, name: Name },
    /// `all accounts(plan = pro)`: of a relation that has rows, every one meets the conditions
    AllRows {
        relation: Name,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<Expr>,
    },
    /// `tagged "interest/skincare"`, `tagged any of ("a", "b")`, `tagged` alone (any tag at all)
    Tagged {
        #[serde(default = "any", skip_serializing_if = "is_any")]
        quantifier: Quantifier,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        paths: Vec<Literal>,
    },
    /// `in segment vip`, `not in segment vip`, `in any segment of (a, b)`, `in no segment`
    InSegment {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        #[serde(default = "any", skip_serializing_if = "is_any")]
        quantifier: Quantifier,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        segments: Vec<Name>,
    },
    /// `entered segment vip within 7 days`, `left segment vip within 7 days`
    SegmentMove {
        entered: bool,
        segment: Name,
        within: TimeSpan,
    },
    /// `in stage decision`, `ever in stage decision of interest for "tv"`
    InStage {
        #[serde(default, skip_serializing_if = "is_false")]
        ever: bool,
        stage: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Box<OfLifecycle>>,
    },
    /// `entered stage decision within 7 days`, `left stage decision of interest for "tv" within 7 days`
    StageMove {
        entered: bool,
        stage: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        of: Option<Box<OfLifecycle>>,
        within: TimeSpan,
    },
    /// `in journey welcome`, `in step first of topics for "tv"`
    InJourney {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Name>,
        of: Box<OfJourney>,
    },
    /// `entered journey welcome within 7 days`, `left journey topics for "tv" within 30 days`, `reached goal of welcome within 30 days`
    JourneyMove {
        what: JourneyMoveKind,
        of: Box<OfJourney>,
        within: TimeSpan,
    },
    /// `in sample(10%, "salt")`
    InSample {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        percent: Box<Expr>,
        salt: Literal,
    },
    /// `birthday in next 7 days`, `signup in last 30 days`, `birthday tomorrow`; `anniversary of signup in 2 days`
    Upcoming {
        #[serde(default, skip_serializing_if = "is_false")]
        anniversary: bool,
        value: Box<Expr>,
        days: DayRange,
    },
    /// `plan was "pro" within 90 days`: at some instant of the windows the attribute had one of these values
    Was {
        #[serde(default, skip_serializing_if = "is_false")]
        negated: bool,
        value: Box<Expr>,
        values: Vec<Expr>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        windows: Vec<Window>,
    },
    /// `plan changed within 7 days`, `plan changed from "free" to "pro"`
    Changed {
        value: Box<Expr>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Box<Expr>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Box<Expr>>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        windows: Vec<Window>,
    },
    /// `plan = "pro" for more than 7 days`: the condition has held without a break
    Held {
        condition: Box<Expr>,
        op: HeldOp,
        duration: TimeSpan,
    },
    /// `rfm as of 30 days ago`, `(in segment vip) as of 1 month ago`: a value or a condition as it was then
    AsOf { of: Box<Expr>, ago: TimeSpan },
    /// `count(e)`, `sum(e.p)`, `first(e)` …: exactly one argument, an event term perhaps with windows
    Aggregate {
        function: Aggregate,
        argument: Box<Expr>,
    },
    /// `lower(name)`, `path(url)`, `length(name)`
    Call {
        function: Name,
        arguments: Vec<Expr>,
    },
    /// `purchased("tv", amount > 20)`: an event kind with conditions; a list of kinds for `any of (a, b)`. A relation with
    /// conditions, `accounts(plan = pro)`, is spelled alike: which of the two it is, is for the schema to say
    Event {
        kinds: KindSelector,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<Expr>,
    },
    /// `stage of interest for "tv"`: the present stage
    Stage(Box<OfLifecycle>),
    /// `earned points within 30 days`, and, not `earned`, `points expiring within 30 days`: of a ledger
    Points {
        ledger: Name,
        earned: bool,
        within: TimeSpan,
    },
    /// `first(e).at`, `purchased("tv").amount`: a property of what stands before the dot
    Property { of: Box<Expr>, name: Name },
    /// `age`, `consent.email`, `purchased.amount`: what it names is for the schema to say
    Path(Vec<Name>),
    /// `a + b` …
    Arithmetic {
        op: ArithmeticOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `-a`
    Negate(Box<Expr>),
    /// `30 days ago` (`past: true`), `30 days from now` (`past: false`)
    Relative { duration: TimeSpan, past: bool },
    /// A constant
    Literal(
        #[serde(with = "super::json::spelled")]
        #[cfg_attr(feature = "schemars", schemars(with = "String"))]
        Literal,
    ),
}

/// What stands in an event term before its parentheses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(from = "super::json::Kinds", into = "super::json::Kinds")]
pub enum KindSelector {
    /// One kind: `purchased(…)`
    One(Name),
    /// `any of (viewed, campaign_*)`: their events pooled
    AnyOf(Vec<KindPattern>),
    /// `any event`: every kind of the schema
    Any(Span),
}

/// One item of `any of (…)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KindPattern {
    /// The name as far as it is written.
    pub name: Name,
    /// `campaign_*`: every kind of the schema whose name begins so.
    #[serde(default, skip_serializing_if = "is_false")]
    pub prefix: bool,
}

impl KindPattern {
    /// Whether a kind of this name is meant.
    #[must_use]
    pub fn matches(&self, kind: &str) -> bool {
        if self.prefix {
            kind.starts_with(&self.name.text)
        } else {
            kind == self.name.text
        }
    }
}

/// A constant as written.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields are explained beside the variants")]
pub enum Literal {
    /// `true`, `false`
    Bool(bool),
    /// A number without or with a fraction, exactly as its digits say: `mantissa / 10^scale`. `40.00` keeps scale 2.
    Number { mantissa: i128, scale: u8 },
    /// `10%`: the number before the sign
    Percent { mantissa: i64, scale: u8 },
    /// `"text"`, escapes undone
    String(String),
    /// `2024-02-29`: days since 1970-01-01
    Date(i32),
    /// `2024-02-29T10:00:00Z`, `…+02:00`: microseconds since 1970-01-01T00:00:00Z
    Instant(i64),
    /// `30 days`, `1 hour`, `2 months`
    Duration(TimeSpan),
    /// `now`
    Now,
    /// `today`, `yesterday`, `tomorrow`: the date in the rulebook's zone, plus this many days
    Today(i8),
}

/// A length of time as written: a number and a unit. (`1.5 hours` has mantissa 15 and scale 1.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeSpan {
    /// Digits
    pub mantissa: i64,
    /// How many of them are behind the point; only fixed units may have a fraction
    pub scale: u8,
    /// The unit
    pub unit: TimeUnit,
}

/// `=`, `!=`, `<`, `<=`, `>`, `>=`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub enum CompareOp {
    #[serde(rename = "=")]
    Eq,
    #[serde(rename = "!=")]
    Ne,
    #[serde(rename = "<")]
    Lt,
    #[serde(rename = "<=")]
    Le,
    #[serde(rename = ">")]
    Gt,
    #[serde(rename = ">=")]
    Ge,
}

/// `+`, `-`, `*`, `/`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub enum ArithmeticOp {
    #[serde(rename = "+")]
    Add,
    #[serde(rename = "-")]
    Subtract,
    #[serde(rename = "*")]
    Multiply,
    #[serde(rename = "/")]
    Divide,
}

/// How many of a list are meant. A single item without a word is `Any`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Quantifier {
    Any,
    All,
    None,
}

/// Tests on strings. `Like` knows `%` (any run) and `_` (any one character); `Matches` searches for a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum TextOp {
    StartsWith,
    EndsWith,
    Like,
    Matches,
}

/// Units of `within 5 km of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum DistanceUnit {
    Metre,
    Kilometre,
    Mile,
}

/// A part of the map, as its south-west and its north-east corner say. One whose western edge lies east of its eastern
/// edge reaches over the date line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Rectangle {
    pub south: Coordinate,
    pub west: Coordinate,
    pub north: Coordinate,
    pub east: Coordinate,
}

/// Degrees as written: `mantissa / 10^scale`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinate {
    /// Digits, with their sign
    pub mantissa: i64,
    /// How many of them are behind the point
    pub scale: u8,
    /// Where it stands
    pub span: Span,
}

/// `for more than 7 days`, `for at least`, `for less than`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum HeldOp {
    MoreThan,
    AtLeast,
    LessThan,
}

/// `at least 3 times`, `exactly 2 times`, `between 2 and 5 times`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Times {
    AtLeast(u32),
    AtMost(u32),
    MoreThan(u32),
    FewerThan(u32),
    Exactly(u32),
    Between(u32, u32),
}

/// The days on which a date, or one of its anniversaries, is to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DayRange {
    /// `in next 7 days`: from today to the day that holds `now + 7 days`
    Next(TimeSpan),
    /// `in last 7 days`: from the day that holds `now - 7 days` to today
    Last(TimeSpan),
    /// `today` (0), `tomorrow` (1), `yesterday` (-1)
    Today(i8),
    /// `in 2 days`: the day `today + 2 days`
    In(TimeSpan),
    /// `during next month`: only of anniversaries; behind a date it is a window
    During(Period),
}

/// `per month in 3 of last 6 months`, `per 30 days in 3 of last 6 periods`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Regularity {
    /// How long a period is.
    pub length: PeriodLength,
    /// How many periods must have the count.
    pub periods: u32,
    /// How many periods are looked at.
    pub of: u32,
}

/// How long a period is, and where periods begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PeriodLength {
    /// `per month`: whole periods of the calendar, the newest of which is the last before the present one
    Calendar(CalendarUnit),
    /// `per 30 days`: rolling periods, the newest of which ends with `now`
    Rolling(TimeSpan),
}

/// Steps, one after the other, and what is asked of them together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sequence {
    /// At least two
    pub steps: Vec<Step>,
    /// `with no returned in between`: what does not happen between neighbouring events
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub none_between: Option<Box<Expr>>,
    /// `all within 7 days`: how long after the first event the others may come
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<TimeSpan>,
}

/// One part of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// `no`: the step is a silence
    #[serde(default, skip_serializing_if = "is_false")]
    pub absent: bool,
    /// The event term, with its own windows and its `as` name
    pub events: Expr,
    /// How long after the step before; `None` for the first step and where nothing is said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<Gap>,
    /// Where the step stands
    #[serde(skip)]
    pub span: Span,
}

/// The time from one step to the next; both ends belong, and the same instant is never later.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// `within 7 days`
    Within(TimeSpan),
    /// `between 1 day and 8 days`
    Between(TimeSpan, TimeSpan),
}

/// A window on `at`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Window {
    /// What it says
    pub kind: WindowKind,
    /// Where it stands
    #[serde(skip)]
    pub span: Span,
}

/// The ways to say when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WindowKind {
    /// `within 30 days`: the same as `since 30 days ago`
    Within(TimeSpan),
    /// `within next 30 days`: `now < at <= now + D`; only of dates and instants, never of events
    WithinNext(TimeSpan),
    /// `since X`: `at >= X`
    Since(Expr),
    /// `before X`: `at < X`
    Before(Expr),
    /// `after X`: `at > X`
    After(Expr),
    /// `between X and Y`: both ends belong
    Between(Expr, Expr),
    /// `on D`: the whole day
    On(Expr),
    /// `within D after X`: `X < at <= X + D`
    WithinAfter(TimeSpan, Expr),
    /// `within D before X`: `X - D <= at < X`
    WithinBefore(TimeSpan, Expr),
    /// `during this month` …
    During(Period),
}

/// Whole periods of the calendar, counted from the one that holds `now`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are explained beside the variants")]
pub enum Period {
    /// `today` (0), `yesterday` (-1), `tomorrow` (1); `this week` (0) …: the period this many after the present one
    Single { unit: CalendarUnit, offset: i8 },
    /// `last 3 months`: the whole periods before the present one
    Last { unit: CalendarUnit, count: u32 },
    /// `next 3 months`
    Next { unit: CalendarUnit, count: u32 },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_false(b: &bool) -> bool {
    !b
}

fn any() -> Quantifier {
    Quantifier::Any
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature serde asks for"
)]
fn is_any(quantifier: &Quantifier) -> bool {
    *quantifier == Quantifier::Any
}
