//! Functions over events and rows, and functions of one value.

/// What a function wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Takes {
    /// Events or rows alone: `count(purchased)`.
    Events,
    /// A property of any type: `distinct(purchased.category)`.
    Anything,
    /// Values that have an order: not `bool` and `place`, and of enums only ordered ones.
    Ordered,
    /// A number or a `duration`.
    Measure,
    /// A number.
    Number,
    /// A `string`.
    Text,
}

impl Takes {
    /// What is wanted, behind "a property" or "a value": "that is a number or a duration".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Takes::Events | Takes::Anything => "",
            Takes::Ordered => "whose values have an order",
            Takes::Measure => "that is a number or a duration",
            Takes::Number => "that is a number",
            Takes::Text => "that is a string",
        }
    }
}

/// The type of what a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gives {
    /// A whole number, `int`.
    Whole,
    /// The type of its argument.
    Same,
    /// The type of its argument, but an exact ratio where that is an exact number.
    Mean,
    /// An event; a property of it stands behind a dot.
    Event,
    /// A `string`.
    Text,
}

/// What an aggregate is over no events or no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmptyValue {
    /// 0.
    Zero,
    /// No value; a comparison with it does not hold.
    Missing,
}

/// A function over events or rows.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AggregateRow {
    /// Which.
    pub aggregate: Aggregate,
    /// How it is written.
    pub name: &'static str,
    /// An expression that uses it.
    pub example: &'static str,
    /// What it wants of each event.
    pub takes: Takes,
    /// The type of its value.
    pub gives: Gives,
    /// Its value where there are no events.
    pub empty: EmptyValue,
    /// Whether the order of the events matters. Rows have none, so such a function does not take rows.
    pub order_matters: bool,
}

/// A function of one value.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FunctionRow {
    /// How it is written.
    pub name: &'static str,
    /// An expression that uses it.
    pub example: &'static str,
    /// What it wants.
    pub takes: Takes,
    /// The type of its value.
    pub gives: Gives,
    /// What is written instead, where the language reads the function but has no use for it.
    pub instead: Option<&'static str>,
}

/// Makes the enum of aggregates and their table from one row each.
///
/// A number behind a variant, as in `Percentile(90)`, says that it holds a percentage, and which its example has.
macro_rules! aggregates {
    (@payload $percent:literal) => { u8 };
    ($($variant:ident $(($percent:literal))? $name:literal $example:literal: $takes:ident -> $gives:ident, empty $empty:ident, ordered $ordered:literal;)*) => {
        /// The functions over events and rows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Aggregate {
            $(
                #[doc = concat!("`", $example, "`")]
                $variant $((aggregates!(@payload $percent)))?,
            )*
        }

        static AGGREGATES: &[AggregateRow] = &[$(Aggregate::$variant $(($percent))?.row()),*];

        impl Aggregate {
            /// Its row of the table.
            #[must_use]
            pub const fn row(self) -> AggregateRow {
                match self {
                    $(Aggregate::$variant { .. } => AggregateRow {
                        aggregate: self,
                        name: $name,
                        example: $example,
                        takes: Takes::$takes,
                        gives: Gives::$gives,
                        empty: EmptyValue::$empty,
                        order_matters: $ordered,
                    },)*
                }
            }

            /// The same aggregate with this percentage; `None` if it has none, or if that is not from 1 to 100.
            pub(crate) fn with_percent(self, percent: Option<u8>) -> Option<Self> {
                match (self, percent) {
                    (Aggregate::Percentile(_), Some(percent @ 1..=100)) => {
                        Some(Aggregate::Percentile(percent))
                    }
                    (Aggregate::Percentile(_), _) | (_, Some(_)) => None,
                    (other, None) => Some(other),
                }
            }

            /// The percentage that stands behind its argument.
            #[must_use]
            pub const fn percent(self) -> Option<u8> {
                match self {
                    Aggregate::Percentile(percent) => Some(percent),
                    _ => None,
                }
            }

            /// How it is written: `count`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                self.row().name
            }
        }
    };
}

aggregates! {
    Count "count" "count(purchased within 30 days)": Events -> Whole, empty Zero, ordered false;
    Sum "sum" "sum(purchased.amount within 30 days)": Measure -> Same, empty Zero, ordered false;
    Avg "avg" "avg(purchased.amount)": Measure -> Mean, empty Missing, ordered false;
    Min "min" "min(purchased.amount)": Ordered -> Same, empty Missing, ordered false;
    Max "max" "max(purchased.amount)": Ordered -> Same, empty Missing, ordered false;
    Median "median" "median(purchased.amount)": Ordered -> Same, empty Missing, ordered false;
    Percentile(90) "percentile" "percentile(purchased.amount, 90)": Ordered -> Same, empty Missing, ordered false;
    Distinct "distinct" "distinct(purchased.month)": Anything -> Whole, empty Zero, ordered false;
    First "first" "first(purchased).at": Events -> Event, empty Missing, ordered true;
    Last "last" "last(purchased).at": Events -> Event, empty Missing, ordered true;
    Top "top" "top(purchased.category)": Anything -> Same, empty Missing, ordered false;
}

const fn value(
    name: &'static str,
    example: &'static str,
    takes: Takes,
    gives: Gives,
) -> FunctionRow {
    FunctionRow {
        name,
        example,
        takes,
        gives,
        instead: None,
    }
}

const fn folded(name: &'static str, example: &'static str) -> FunctionRow {
    FunctionRow {
        instead: Some("compare with `ignoring case`: `name = \"anna\" ignoring case`"),
        ..value(name, example, Takes::Text, Gives::Text)
    }
}

static FUNCTIONS: &[FunctionRow] = &[
    value("length", "length(name)", Takes::Text, Gives::Whole),
    value("path", "path(viewed.url)", Takes::Text, Gives::Text),
    value("host", "host(viewed.url)", Takes::Text, Gives::Text),
    value("abs", "abs(points - 500)", Takes::Measure, Gives::Same),
    value("round", "round(points / 3)", Takes::Number, Gives::Whole),
    folded("lower", "lower(name)"),
    folded("upper", "upper(name)"),
];

/// Every function over events or rows.
#[must_use]
pub fn aggregates() -> &'static [AggregateRow] {
    AGGREGATES
}

/// Every function of one value.
#[must_use]
pub fn functions() -> &'static [FunctionRow] {
    FUNCTIONS
}
