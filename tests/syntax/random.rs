//! Random trees are printed and parsed back; random texts are refused in good order.

use proptest::collection::vec;
use proptest::prelude::*;
use segue::syntax::vocabulary::{aggregates, functions, keywords, units};
use segue::syntax::{
    Aggregate, ArithmeticOp, CalendarUnit, CompareOp, Coordinate, DayRange, DistanceUnit, Expr,
    ExprKind, Gap, HeldOp, KindPattern, KindSelector, Literal, Name, Period, PeriodLength,
    Quantifier, Rectangle, Regularity, Sequence, Span, Step, TextOp, TimeSpan, TimeUnit, Times,
    Window, WindowKind, format, format_text, parse, suspicious,
};

fn expr(kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: Span::default(),
    }
}

fn name() -> impl Strategy<Value = Name> {
    let mut words: Vec<&str> = keywords().iter().map(|row| row.word).collect();
    words.extend(aggregates().iter().map(|row| row.name));
    words.extend(functions().iter().map(|row| row.name));
    words.extend(units().iter().map(|row| row.plural));
    words.extend(["km", "m", "not_"]);
    prop_oneof![
        3 => "[a-z_][a-z0-9_]{0,5}".prop_map(|text| text),
        2 => prop::sample::select(words).prop_map(str::to_owned),
        1 => prop::sample::select(&["年龄", "浏览", "عمر", "أ", "é", "naïve", "возраст", "한글", "क"][..]).prop_map(str::to_owned),
        1 => "[ a`'\"\\\\().-]{1,5}".prop_map(|text| text),
    ]
    .prop_map(|text| Name { text, span: Span::default() })
}

fn string() -> impl Strategy<Value = Literal> {
    prop_oneof![
        "[a-z ]{0,6}",
        "[\"\\\\`\n\t\r\u{0}\u{202e}\u{200d}年é'{}u-]{0,6}"
    ]
    .prop_map(Literal::String)
}

fn span() -> impl Strategy<Value = TimeSpan> {
    let fixed = prop::sample::select(
        &[
            TimeUnit::Second,
            TimeUnit::Minute,
            TimeUnit::Hour,
            TimeUnit::Day,
            TimeUnit::Week,
        ][..],
    );
    let calendar = prop::sample::select(&[TimeUnit::Month, TimeUnit::Quarter, TimeUnit::Year][..]);
    prop_oneof![
        (0i64..400, 0u8..4, fixed).prop_map(|(mantissa, scale, unit)| TimeSpan {
            mantissa,
            scale,
            unit
        }),
        (0i64..40, calendar).prop_map(|(mantissa, unit)| TimeSpan {
            mantissa,
            scale: 0,
            unit
        }),
    ]
}

fn unit() -> impl Strategy<Value = CalendarUnit> {
    use CalendarUnit::{Day, Month, Quarter, Week, Year};
    prop::sample::select(&[Day, Week, Month, Quarter, Year][..])
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        any::<u64>().prop_map(|n| Literal::Number {
            mantissa: i128::from(n),
            scale: 0
        }),
        (0i128..1_000_000_000_000_000_000, 0u8..=18)
            .prop_map(|(mantissa, scale)| Literal::Number { mantissa, scale }),
        (0i128..100, 0u8..3).prop_map(|(mantissa, scale)| Literal::Number { mantissa, scale }),
        (0i64..100, 0u8..3).prop_map(|(mantissa, scale)| Literal::Percent { mantissa, scale }),
        string(),
        (-719_162i32..2_932_896).prop_map(Literal::Date),
        (-62_135_596_800_000_000i64..253_402_300_800_000_000).prop_map(Literal::Instant),
        (0i64..2_000_000_000).prop_map(|seconds| Literal::Instant(seconds * 1_000_000)),
        span().prop_map(Literal::Duration),
        Just(Literal::Now),
        (-1i8..=1).prop_map(Literal::Today),
    ]
}

fn times() -> impl Strategy<Value = Times> {
    prop_oneof![
        any::<u32>().prop_map(Times::AtLeast),
        (0u32..3).prop_map(Times::AtMost),
        (0u32..3).prop_map(Times::MoreThan),
        (0u32..3).prop_map(Times::FewerThan),
        (0u32..3).prop_map(Times::Exactly),
        (0u32..9, 0u32..9).prop_map(|(low, high)| Times::Between(low, high)),
    ]
}

fn period() -> impl Strategy<Value = Period> {
    prop_oneof![
        (unit(), -1i8..=1).prop_map(|(unit, offset)| Period::Single { unit, offset }),
        (unit(), any::<u32>()).prop_map(|(unit, count)| Period::Last { unit, count }),
        (unit(), 0u32..3).prop_map(|(unit, count)| Period::Next { unit, count }),
    ]
}

fn quantifier() -> impl Strategy<Value = Quantifier> {
    prop::sample::select(&[Quantifier::Any, Quantifier::All, Quantifier::None][..])
}

type Inner = BoxedStrategy<Expr>;

fn window(inner: Inner) -> impl Strategy<Value = Window> {
    let part = || inner.clone();
    prop_oneof![
        2 => span().prop_map(WindowKind::Within),
        1 => span().prop_map(WindowKind::WithinNext),
        1 => part().prop_map(WindowKind::Since),
        1 => part().prop_map(WindowKind::Before),
        1 => part().prop_map(WindowKind::After),
        1 => part().prop_map(WindowKind::On),
        1 => (part(), part()).prop_map(|(low, high)| WindowKind::Between(low, high)),
        1 => (span(), span()).prop_map(|(low, high)| {
            let plain = |span| expr(ExprKind::Literal(Literal::Duration(span)));
            WindowKind::Between(plain(low), plain(high))
        }),
        1 => (span(), part()).prop_map(|(span, point)| WindowKind::WithinAfter(span, point)),
        1 => (span(), part()).prop_map(|(span, point)| WindowKind::WithinBefore(span, point)),
        1 => period().prop_map(WindowKind::During),
    ]
    .prop_map(|kind| Window {
        kind,
        span: Span::default(),
    })
}

/// A flat list of parts, as the parser makes it.
fn joined(parts: Vec<Expr>, and: bool) -> ExprKind {
    let mut flat = Vec::new();
    for part in parts {
        match part.kind {
            ExprKind::And(inner) if and => flat.extend(inner),
            ExprKind::Or(inner) if !and => flat.extend(inner),
            _ => flat.push(part),
        }
    }
    if and {
        ExprKind::And(flat)
    } else {
        ExprKind::Or(flat)
    }
}

fn logic(inner: Inner) -> BoxedStrategy<ExprKind> {
    let part = || inner.clone();
    let gap = prop_oneof![
        span().prop_map(Gap::Within),
        (span(), span()).prop_map(|(low, high)| Gap::Between(low, high))
    ];
    let step =
        (any::<bool>(), part(), prop::option::of(gap)).prop_map(|(absent, events, gap)| Step {
            absent,
            events,
            gap,
            span: Span::default(),
        });
    let op = prop::sample::select(&[HeldOp::MoreThan, HeldOp::AtLeast, HeldOp::LessThan][..]);
    prop_oneof![
        (vec(part(), 2..5), any::<bool>()).prop_map(|(parts, and)| joined(parts, and)),
        part().prop_map(|part| ExprKind::Not(Box::new(part))),
        (
            part(),
            vec(step, 1..4),
            prop::option::weighted(0.2, part().prop_map(Box::new)),
            prop::option::weighted(0.2, span()),
        )
            .prop_map(|(first, mut steps, none_between, within)| {
                steps.insert(
                    0,
                    Step {
                        absent: false,
                        events: first,
                        gap: None,
                        span: Span::default(),
                    },
                );
                ExprKind::Sequence(Sequence {
                    steps,
                    none_between,
                    within,
                })
            }),
        (part(), op, span()).prop_map(|(condition, op, duration)| ExprKind::Held {
            condition: Box::new(condition),
            op,
            duration
        }),
    ]
    .boxed()
}

fn test(inner: Inner) -> BoxedStrategy<ExprKind> {
    let part = || inner.clone().prop_map(Box::new);
    let list = |low| vec(inner.clone(), low..4);
    let op = prop::sample::select(
        &[
            CompareOp::Eq,
            CompareOp::Ne,
            CompareOp::Lt,
            CompareOp::Le,
            CompareOp::Gt,
            CompareOp::Ge,
        ][..],
    );
    let text = prop::sample::select(
        &[
            TextOp::StartsWith,
            TextOp::EndsWith,
            TextOp::Like,
            TextOp::Matches,
        ][..],
    );
    let length = prop::sample::select(
        &[
            DistanceUnit::Metre,
            DistanceUnit::Kilometre,
            DistanceUnit::Mile,
        ][..],
    );
    let flag = any::<bool>;
    prop_oneof![
        (op, part(), part(), flag()).prop_map(|(op, left, right, case)| {
            let ignoring_case = case && matches!(op, CompareOp::Eq | CompareOp::Ne);
            ExprKind::Compare {
                op,
                left,
                right,
                ignoring_case,
            }
        }),
        (flag(), part(), part(), part()).prop_map(|(negated, value, low, high)| {
            ExprKind::Between {
                negated,
                value,
                low,
                high,
            }
        }),
        (flag(), part(), list(1), flag()).prop_map(|(negated, value, list, ignoring_case)| {
            ExprKind::In {
                negated,
                value,
                list,
                ignoring_case,
            }
        }),
        (flag(), quantifier(), part(), list(1), flag()).prop_map(
            |(negated, quantifier, value, items, ignoring_case)| {
                ExprKind::Contains {
                    negated,
                    quantifier,
                    value,
                    items,
                    ignoring_case,
                }
            }
        ),
        (flag(), text, part(), part(), flag()).prop_map(
            |(negated, op, value, pattern, ignoring_case)| {
                ExprKind::Text {
                    negated,
                    op,
                    value,
                    pattern,
                    ignoring_case,
                }
            }
        ),
        (flag(), part()).prop_map(|(missing, value)| ExprKind::Presence { missing, value }),
        (flag(), part()).prop_map(|(negated, value)| ExprKind::Empty { negated, value }),
        (part(), part(), length, part(), part()).prop_map(
            |(value, radius, unit, latitude, longitude)| {
                ExprKind::Near {
                    value,
                    radius,
                    unit,
                    latitude,
                    longitude,
                }
            }
        ),
        (
            flag(),
            part(),
            [coordinate(), coordinate(), coordinate(), coordinate()]
        )
            .prop_map(|(negated, value, [south, west, north, east])| {
                let rectangle = Box::new(Rectangle {
                    south,
                    west,
                    north,
                    east,
                });
                ExprKind::InRectangle {
                    negated,
                    value,
                    rectangle,
                }
            }),
        (flag(), part(), list(1), vec(window(inner.clone()), 0..3)).prop_map(
            |(negated, value, values, windows)| ExprKind::Was {
                negated,
                value,
                values,
                windows
            }
        ),
        (
            part(),
            prop::option::of(part()),
            prop::option::of(part()),
            vec(window(inner.clone()), 0..3)
        )
            .prop_map(|(value, from, to, windows)| ExprKind::Changed {
                value,
                from,
                to,
                windows
            }),
        (part(), span()).prop_map(|(of, ago)| ExprKind::AsOf { of, ago }),
        (flag(), part(), day_range()).prop_map(|(anniversary, value, days)| {
            ExprKind::Upcoming {
                // Behind a date itself `during` is a window.
                anniversary: anniversary || matches!(days, DayRange::During(_)),
                value,
                days,
            }
        }),
        (flag(), part(), string()).prop_map(|(negated, percent, salt)| ExprKind::InSample {
            negated,
            percent,
            salt
        }),
    ]
    .boxed()
}

fn day_range() -> impl Strategy<Value = DayRange> {
    prop_oneof![
        span().prop_map(DayRange::Next),
        span().prop_map(DayRange::Last),
        (-1i8..2).prop_map(DayRange::Today),
        span().prop_map(DayRange::In),
        period().prop_map(DayRange::During),
    ]
}

fn coordinate() -> impl Strategy<Value = Coordinate> {
    (-2_000_000i64..2_000_000, 0u8..5).prop_map(|(mantissa, scale)| Coordinate {
        mantissa,
        scale,
        span: Span::default(),
    })
}

fn period_length() -> impl Strategy<Value = PeriodLength> {
    prop_oneof![
        unit().prop_map(PeriodLength::Calendar),
        span().prop_map(PeriodLength::Rolling),
    ]
}

fn events(inner: Inner) -> BoxedStrategy<ExprKind> {
    let part = || inner.clone().prop_map(Box::new);
    let conditions = || vec(inner.clone(), 0..3);
    prop_oneof![
        (part(), vec(window(inner.clone()), 1..4)).prop_filter_map(
            "that is Between",
            |(subject, windows)| {
                let alone = matches!(
                    &windows[..],
                    [Window {
                        kind: WindowKind::Between(..),
                        ..
                    }]
                );
                (!alone).then_some(ExprKind::Windowed { subject, windows })
            }
        ),
        (times(), part()).prop_map(|(count, events)| ExprKind::Times { count, events }),
        (times(), part(), period_length(), 0u32..9, 0u32..9).prop_map(
            |(count, events, length, periods, of)| ExprKind::Regularly {
                count,
                events,
                per: Regularity {
                    length,
                    periods,
                    of
                },
            }
        ),
        (part(), name()).prop_map(|(events, name)| ExprKind::As { events, name }),
        (name(), vec(inner.clone(), 1..3)).prop_map(|(name, conditions)| ExprKind::Event {
            kinds: KindSelector::One(name),
            conditions
        }),
        (name(), vec(inner.clone(), 1..3)).prop_map(|(relation, conditions)| ExprKind::AllRows {
            relation,
            conditions
        }),
        (vec((name(), any::<bool>()), 1..3), conditions()).prop_map(|(patterns, conditions)| {
            let patterns = patterns
                .into_iter()
                .map(|(name, prefix)| KindPattern { name, prefix })
                .collect();
            ExprKind::Event {
                kinds: KindSelector::AnyOf(patterns),
                conditions,
            }
        }),
        conditions().prop_map(|conditions| ExprKind::Event {
            kinds: KindSelector::Any(Span::default()),
            conditions
        }),
    ]
    .boxed()
}

fn scalar(inner: Inner) -> BoxedStrategy<ExprKind> {
    let part = || inner.clone().prop_map(Box::new);
    let op = prop::sample::select(
        &[
            ArithmeticOp::Add,
            ArithmeticOp::Subtract,
            ArithmeticOp::Multiply,
            ArithmeticOp::Divide,
        ][..],
    );
    let aggregates: Vec<Aggregate> = aggregates().iter().map(|row| row.aggregate).collect();
    let aggregate = prop::sample::select(aggregates);
    let functions: Vec<&str> = functions().iter().map(|row| row.name).collect();
    let function = prop::sample::select(functions);
    prop_oneof![
        (op, part(), part()).prop_map(|(op, left, right)| ExprKind::Arithmetic { op, left, right }),
        part().prop_map(ExprKind::Negate),
        (aggregate, part())
            .prop_map(|(function, argument)| ExprKind::Aggregate { function, argument }),
        (function, vec(inner.clone(), 1..3)).prop_map(|(text, arguments)| ExprKind::Call {
            function: Name {
                text: text.to_owned(),
                span: Span::default()
            },
            arguments
        }),
        (part(), name()).prop_map(|(of, name)| ExprKind::Property { of, name }),
    ]
    .boxed()
}

fn leaf() -> BoxedStrategy<ExprKind> {
    prop_oneof![
        4 => vec(name(), 1..4).prop_map(ExprKind::Path),
        4 => literal().prop_map(ExprKind::Literal),
        1 => (span(), any::<bool>()).prop_map(|(duration, past)| ExprKind::Relative { duration, past }),
        1 => (quantifier(), vec(string(), 0..3)).prop_filter_map("empty lists are for any only", |(quantifier, paths)| {
            let fits = !paths.is_empty() || quantifier == Quantifier::Any;
            fits.then_some(ExprKind::Tagged { quantifier, paths })
        }),
        1 => (any::<bool>(), quantifier(), vec(name(), 0..3)).prop_filter_map("every of none", |(negated, quantifier, segments)| {
            let fits = !segments.is_empty() || quantifier != Quantifier::All;
            fits.then_some(ExprKind::InSegment { negated, quantifier, segments })
        }),
        1 => (any::<bool>(), name(), span())
            .prop_map(|(entered, segment, within)| ExprKind::SegmentMove { entered, segment, within }),
    ]
    .boxed()
}

fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_map(expr).prop_recursive(5, 40, 4, |inner| {
        let inner = inner.boxed();
        prop_oneof![
            logic(inner.clone()),
            test(inner.clone()),
            events(inner.clone()),
            scalar(inner),
        ]
        .prop_map(expr)
        .boxed()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn trees_survive_printing_and_json(tree in tree()) {
        super::json::survives(&tree);
        let printed = format(&tree);
        match parse(&printed) {
            Ok(again) => {
                prop_assert_eq!(&again, &tree, "{}", &printed);
                prop_assert_eq!(format(&again), printed);
                prop_assert_eq!(parse(&tree.to_string()), Ok(tree));
            }
            Err(errors) => {
                let rendered: String = errors.iter().map(|error| error.render(&printed, None)).collect();
                prop_assert!(false, "{}\n{}", rendered, printed);
            }
        }
    }

    /// Texts made of the language's own words, in any order.
    #[test]
    fn word_salad_is_refused_in_good_order(words in vec(prop::sample::select(WORDS), 0..30), joint in prop::sample::select(&[" ", "", "\n"][..])) {
        let text = words.join(joint);
        match parse(&text) {
            Ok(expr) => prop_assert_eq!(parse(&format(&expr)), Ok(expr)),
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    let (start, end) = (error.span.start as usize, error.span.end as usize);
                    prop_assert!(text.get(start..end).is_some(), "{:?}", error);
                    prop_assert!(error.code != "E0099", "{:?}", error);
                    if let Some(fix) = &error.fix {
                        prop_assert!(text.get(fix.span.start as usize..fix.span.end as usize).is_some(), "{:?}", error);
                    }
                    let rendered = error.render(&text, None);
                    for hidden in ["kw_", "_suffix", "_expr", "rparen", "something else"] {
                        prop_assert!(!rendered.contains(hidden), "{}", rendered);
                    }
                }
            }
        }
        let _ = format_text(&text);
        let _ = suspicious(&text);
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,60}") {
        let _ = suspicious(&text);
        if let Err(errors) = parse(&text) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                let _ = error.render(&text, None);
            }
        }
    }
}

const WORDS: &[&str] = &[
    "a",
    "b.c",
    "viewed(",
    "(",
    ")",
    "(",
    ")",
    ",",
    "and",
    "or",
    "not",
    "then",
    "no",
    "=",
    "!=",
    "<",
    "==",
    "&&",
    "!",
    "3",
    "30 days",
    "1.5",
    "\"x\"",
    "'y'",
    "“",
    "in",
    "segment",
    "any",
    "all",
    "of",
    "between",
    "within",
    "since",
    "before",
    "is",
    "missing",
    "empty",
    "at",
    "least",
    "times",
    "tagged",
    "was",
    "changed",
    "from",
    "to",
    "for",
    "more",
    "than",
    "as",
    "contains",
    "starts",
    "with",
    "ignoring",
    "case",
    "during",
    "last",
    "month",
    "now",
    "2024-02-29",
    "2024-02-30",
    "10%",
    "%",
    "+",
    "-",
    "-- c",
    "`q`",
    "`",
    "\"",
    "NOT",
    "AND",
    ".",
    "next",
    "count(",
    "exists",
    "年龄",
    "≥",
    "30",
    "days",
    "km",
    "per",
    "in sample(",
];
