//! What a condition asks.

use super::constant::Constant;
use super::definition::{LifecycleForm, SegmentForm};
use super::{
    BoundForm, ConditionForm, EventsForm, FieldForm, Origin, RowsForm, StepForm, ValueForm,
    WindowForm,
};
use crate::ir::area::{Area, Circle, Rectangle};
use crate::ir::calendar::CalendarSpan;
use crate::ir::form::{CondKind, Operand, StateOf, StateTest, StateValues};
use crate::ir::op::{Order, Pattern};
use crate::ir::ty::{Lit, Ty};
use crate::syntax::{CompareOp, HeldOp, TextOp};
use crate::value::{Decimal, GeoPoint};

/// What a condition asks, with its parts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConditionKind<'a> {
    /// Always, or never.
    Constant(bool),
    /// All of these hold. `between` is one of these.
    All(Vec<ConditionForm<'a>>),
    /// Any of these holds.
    Any(Vec<ConditionForm<'a>>),
    /// It does not hold.
    Not(ConditionForm<'a>),
    /// Two values stand in an order; false if one of them is missing. A `bool` alone is compared with `true`.
    Compare {
        /// The order; never [`CompareOp::Ne`], which is the negation of [`CompareOp::Eq`].
        op: CompareOp,
        /// The left side.
        left: ValueForm<'a>,
        /// The right side.
        right: ValueForm<'a>,
        /// Whether upper and lower case are the same.
        ignoring_case: bool,
    },
    /// A value is one of these constants.
    OneOf {
        /// The value.
        value: ValueForm<'a>,
        /// The constants.
        constants: Vec<Constant>,
        /// Whether upper and lower case are the same.
        ignoring_case: bool,
    },
    /// A string matches a pattern.
    Text {
        /// How.
        op: TextOp,
        /// The string.
        value: ValueForm<'a>,
        /// The pattern: text, a pattern of `like`, or a regular expression.
        pattern: &'a str,
        /// Whether upper and lower case are the same.
        ignoring_case: bool,
    },
    /// A string or a list contains any of these, or all of them. What is missing is contained in nothing.
    Contains {
        /// The string or the list.
        of: ValueOrList<'a>,
        /// The constants to look for.
        constants: Vec<Constant>,
        /// The values to look for.
        values: Vec<ValueForm<'a>>,
        /// Whether all of them are needed.
        all: bool,
        /// Whether upper and lower case are the same.
        ignoring_case: bool,
    },
    /// There is a value.
    Exists(ValueOrList<'a>),
    /// A string or a list is missing or has nothing in it.
    IsEmpty(ValueOrList<'a>),
    /// A place lies in a part of the map.
    Inside {
        /// The place.
        value: ValueForm<'a>,
        /// The part of the map.
        area: AreaForm,
    },
    /// An instant lies in a window.
    InWindow {
        /// The instant.
        value: ValueForm<'a>,
        /// The window.
        window: WindowForm<'a>,
    },
    /// In a lifecycle that is kept for each value of a property: the event under test is about that value, or has no such
    /// property.
    AboutSubject(FieldForm<'a>),
    /// There is such an event.
    Happened(EventsForm<'a>),
    /// There is such a row, or (`all`) there are rows and all of them are such.
    HasRows {
        /// Whether all rows must be such.
        all: bool,
        /// The rows.
        rows: RowsForm<'a>,
    },
    /// Events happened one after the other.
    Sequence(Vec<StepForm<'a>>),
    /// In at least `periods` of some periods that follow one another there were so many events.
    Regularly {
        /// The events that are counted.
        events: EventsForm<'a>,
        /// At least so many in a period.
        min: u64,
        /// At most so many in a period; `None`: unlimited.
        max: Option<u64>,
        /// Where each period begins (inclusive), the newest first. It ends where the one before it in the list begins.
        starts: Vec<BoundForm<'a>>,
        /// Where the newest period ends (exclusive); `None`: it includes what has happened by now.
        end: Option<BoundForm<'a>>,
        /// In how many periods.
        periods: u32,
    },
    /// The host gave the profile a tag at or under this path; `None`: any tag. Tags that rules give are segments.
    Tagged(Option<&'a str>),
    /// The profile is in a segment.
    InSegment(SegmentForm<'a>),
    /// The profile's id is drawn for a sample: always the same profiles.
    InSample {
        /// The share of all profiles, in percent.
        percent: Decimal,
        /// Samples of different salts are independent of each other.
        salt: &'a str,
    },
    /// A date, one of its anniversaries or an instant lies in a range around `now`. A date lies where it starts.
    Upcoming {
        /// The date, or the instant.
        value: ValueForm<'a>,
        /// Whether the same day of any later year counts as well.
        yearly: bool,
        /// Where the range begins (inclusive).
        first: BoundForm<'a>,
        /// Where the range ends (exclusive).
        end: BoundForm<'a>,
    },
    /// A condition held at an earlier instant.
    AsOf {
        /// The condition.
        condition: ConditionForm<'a>,
        /// How much earlier.
        ago: CalendarSpan,
    },
    /// A condition has held without a break.
    Held {
        /// The condition.
        condition: ConditionForm<'a>,
        /// How the time is compared.
        op: HeldOp,
        /// With what it is compared.
        duration: CalendarSpan,
    },
    /// What something that has a value over time has been.
    State {
        /// What has the value.
        of: StateForm<'a>,
        /// What is asked.
        question: StateQuestion<'a>,
    },
}

/// What `exists`, `is empty` and `contains` ask about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ValueOrList<'a> {
    /// One value.
    Value(ValueForm<'a>),
    /// A field that is a list.
    List(FieldForm<'a>),
}

/// A part of the map; its edges belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum AreaForm {
    /// The places that are at most so far away from one.
    Circle {
        /// The place in the middle.
        centre: GeoPoint,
        /// The distance.
        metres: f64,
    },
    /// The places between two corners. Where west is the greater number, it reaches over the date line.
    Rectangle {
        /// The corner in the south-west.
        south_west: GeoPoint,
        /// The corner in the north-east.
        north_east: GeoPoint,
    },
}

/// What has a value over time.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StateForm<'a> {
    /// A tracked attribute.
    Attribute(FieldForm<'a>),
    /// The stage of a lifecycle. Its values are the names of the stages.
    Stage {
        /// The lifecycle.
        lifecycle: LifecycleForm<'a>,
        /// Of a lifecycle that is kept for each value of a property: which value.
        subject: Option<&'a str>,
    },
    /// Whether the profile is in a segment: `true` or `false`.
    InSegment(SegmentForm<'a>),
}

/// What is asked about a state. Of its values, `None` is to have none: no stage, a missing attribute.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StateQuestion<'a> {
    /// It had one of these values at some time.
    Was {
        /// The values.
        values: Vec<Option<Constant>>,
        /// When.
        window: WindowForm<'a>,
    },
    /// It changed.
    Changed {
        /// From one of these; `None`: from any.
        from: Option<Vec<Option<Constant>>>,
        /// To one of these; `None`: to any.
        to: Option<Vec<Option<Constant>>>,
        /// When.
        window: WindowForm<'a>,
    },
    /// It has had one of these values without a break.
    Held {
        /// The values; `None`: the present one, whichever it is.
        values: Option<Vec<Option<Constant>>>,
        /// How the time is compared.
        op: HeldOp,
        /// With what it is compared.
        duration: CalendarSpan,
    },
}

impl<'a> ConditionForm<'a> {
    /// What it asks.
    #[must_use]
    pub fn kind(self) -> ConditionKind<'a> {
        let from = self.origin;
        match &self.cond.kind {
            CondKind::Const(holds) => ConditionKind::Constant(*holds),
            CondKind::All(parts) => ConditionKind::All(from.conditions(parts)),
            CondKind::Any(parts) => ConditionKind::Any(from.conditions(parts)),
            CondKind::Not(part) => ConditionKind::Not(from.condition(part)),
            CondKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            } => ConditionKind::Compare {
                op: compare_op(*op),
                left: from.value(left),
                right: from.value(right),
                ignoring_case: *ignoring_case,
            },
            CondKind::OneOf {
                value,
                set,
                ignoring_case,
            } => ConditionKind::OneOf {
                value: from.value(value),
                constants: Constant::all_of(set, &value.ty),
                ignoring_case: *ignoring_case,
            },
            CondKind::Text {
                op,
                value,
                pattern,
                ignoring_case,
            } => ConditionKind::Text {
                op: *op,
                value: from.value(value),
                pattern: match pattern {
                    Pattern::Literal(text) => text,
                    Pattern::Regex(regex) => regex.as_str(),
                },
                ignoring_case: *ignoring_case,
            },
            CondKind::Contains {
                of,
                items,
                values,
                all,
                ignoring_case,
            } => ConditionKind::Contains {
                of: from.operand(of),
                constants: Constant::all_of(items, &from.type_of_items(of)),
                values: values.iter().map(|term| from.value(term)).collect(),
                all: *all,
                ignoring_case: *ignoring_case,
            },
            CondKind::Present(of) => ConditionKind::Exists(from.operand(of)),
            CondKind::Empty(of) => ConditionKind::IsEmpty(from.operand(of)),
            CondKind::Inside { value, area } => ConditionKind::Inside {
                value: from.value(value),
                area: AreaForm::of(*area),
            },
            CondKind::Timed { value, windows } => ConditionKind::InWindow {
                value: from.value(value),
                window: from.window(windows),
            },
            CondKind::OfSubject(property) => ConditionKind::AboutSubject(from.field(property)),
            CondKind::Happened(select) => ConditionKind::Happened(from.events(select)),
            CondKind::Rows { all, rows } => ConditionKind::HasRows {
                all: *all,
                rows: from.rows(rows),
            },
            CondKind::Sequence(steps) => {
                let step = |step| StepForm { step, origin: from };
                ConditionKind::Sequence(steps.iter().map(step).collect())
            }
            CondKind::Regularly {
                select,
                least,
                most,
                end,
                starts,
                periods,
            } => ConditionKind::Regularly {
                events: from.events(select),
                min: *least,
                max: (*most != u64::MAX).then_some(*most),
                starts: starts.iter().map(|bound| from.bound(bound)).collect(),
                end: end.as_ref().map(|bound| from.bound(bound)),
                periods: *periods,
            },
            CondKind::Tagged(path) => ConditionKind::Tagged(path.as_deref()),
            CondKind::Segment(segment) => ConditionKind::InSegment(from.segment(segment)),
            CondKind::Sample { percent, salt } => ConditionKind::InSample {
                percent: *percent,
                salt,
            },
            CondKind::Upcoming {
                value,
                yearly,
                first,
                end,
            } => ConditionKind::Upcoming {
                value: from.value(value),
                yearly: *yearly,
                first: from.bound(first),
                end: from.bound(end),
            },
            CondKind::AsOf { of, ago } => ConditionKind::AsOf {
                condition: from.condition(of),
                ago: *ago,
            },
            CondKind::Held {
                condition,
                tracked: _,
                op,
                duration,
            } => ConditionKind::Held {
                condition: from.condition(condition),
                op: *op,
                duration: *duration,
            },
            CondKind::State { of, test } => ConditionKind::State {
                of: from.state(of),
                question: from.state_question(test, &from.type_of_state(of)),
            },
        }
    }
}

impl<'a> Origin<'a> {
    fn operand(self, operand: &'a Operand) -> ValueOrList<'a> {
        match operand {
            Operand::Term(term) => ValueOrList::Value(self.value(term)),
            Operand::List(field) => ValueOrList::List(self.field(field)),
        }
    }

    fn type_of_items(self, operand: &Operand) -> Ty {
        match operand {
            Operand::Term(term) => term.ty.clone(),
            Operand::List(field) => field.value_type(self.schema),
        }
    }
}

impl<'a> Origin<'a> {
    fn state(self, of: &'a StateOf) -> StateForm<'a> {
        match of {
            StateOf::Attribute(field) => StateForm::Attribute(self.field(field)),
            StateOf::Stage(of) => StateForm::Stage {
                lifecycle: self.lifecycle(&of.lifecycle),
                subject: of.subject.as_deref(),
            },
            StateOf::Segment(segment) => StateForm::InSegment(self.segment(segment)),
        }
    }

    fn type_of_state(self, of: &StateOf) -> Ty {
        match of {
            StateOf::Attribute(field) => field.value_type(self.schema),
            StateOf::Stage(of) => Ty::Enum(of.lifecycle.names.clone()),
            StateOf::Segment(_) => Ty::Bool,
        }
    }

    fn state_question(self, test: &'a StateTest, ty: &Ty) -> StateQuestion<'a> {
        let constant = |value: &Option<Lit>| value.as_ref().map(|lit| Constant::of(lit, ty));
        let all = |values: &StateValues| values.iter().map(constant).collect();
        match test {
            StateTest::Was { values, windows } => StateQuestion::Was {
                values: all(values),
                window: self.window(windows),
            },
            StateTest::Changed { from, to, windows } => StateQuestion::Changed {
                from: from.as_ref().map(all),
                to: to.as_ref().map(all),
                window: self.window(windows),
            },
            StateTest::Held {
                values,
                op,
                duration,
            } => StateQuestion::Held {
                values: values.as_ref().map(all),
                op: *op,
                duration: *duration,
            },
        }
    }
}

fn compare_op(op: Order) -> CompareOp {
    match op {
        Order::Eq => CompareOp::Eq,
        Order::Lt => CompareOp::Lt,
        Order::Le => CompareOp::Le,
        Order::Gt => CompareOp::Gt,
        Order::Ge => CompareOp::Ge,
    }
}

impl AreaForm {
    fn of(area: Area) -> Self {
        match area {
            Area::Circle(Circle { centre, metres }) => AreaForm::Circle { centre, metres },
            Area::Rectangle(Rectangle {
                south,
                west,
                north,
                east,
            }) => AreaForm::Rectangle {
                south_west: GeoPoint {
                    lat: south,
                    lon: west,
                },
                north_east: GeoPoint {
                    lat: north,
                    lon: east,
                },
            },
        }
    }
}
