//! Any rules, any stream: the engine never panics, wake-ups lie ahead, and an engine that goes on from what was kept of
//! another does as it does.
#![no_main]

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use segue::engine::{Engine, EngineOutput};
use segue::profile::{Model, Record, RecordEvent, Value};
use segue::{Duration, Instant, Rulebook, Schema};
use std::fmt::Write as _;

/// What rules are made of; `#` stands for a small number.
const CONDITIONS: [&str; 24] = [
    "age > #",
    "city = \"Roma\"",
    "plan = \"pro\"",
    "plan was \"pro\" within # days",
    "plan changed within # hours",
    "plan = \"pro\" for more than # days",
    "viewed",
    "viewed(\"tv\") within # days",
    "viewed at least # times within # weeks",
    "not purchased within # months",
    "purchased(amount > #) since today - # days",
    "purchased before # hours ago",
    "count(purchased within # days) > count(viewed within # days)",
    "sum(purchased.amount within # days) >= #",
    "viewed then purchased within # hours",
    "viewed then no purchased within # days",
    "viewed as v then purchased(category = v.category) within # days",
    "distinct(viewed.category) >= #",
    "now - last(purchased).at > # days",
    "signup in next # days",
    "birthday in next # days",
    "now.weekday = #",
    "now.hour >= #",
    "viewed as of # days ago",
];

/// A condition of a few parts.
fn condition(input: &mut Unstructured<'_>) -> Result<String> {
    let mut text = String::new();
    for part in 0..=input.int_in_range(0..=2)? {
        if part > 0 {
            text += input.choose(&[" and ", " or ", " and not "])?;
        }
        for piece in input.choose(&CONDITIONS)?.split_inclusive('#') {
            match piece.strip_suffix('#') {
                Some(before) => {
                    write!(text, "{before}{}", input.int_in_range(1..=9)?).unwrap_or_default()
                }
                None => text += piece,
            }
        }
    }
    Ok(text)
}

/// A rule file over the fixed schema.
fn rules(input: &mut Unstructured<'_>) -> Result<String> {
    let mut text = format!("{}\n[segments]\n", include_str!("schema.toml"));
    for name in ["known", "loyal"] {
        writeln!(text, "{name} = '''{}'''", condition(input)?).unwrap_or_default();
    }
    let per = if input.ratio(1, 3)? {
        "per = \"category\"\n"
    } else {
        ""
    };
    let from = input.choose(&["forward", "any"])?;
    write!(text, "\n[lifecycles.buying]\n{per}from = \"{from}\"\n").unwrap_or_default();
    for name in ["aware", "deciding", "lost"] {
        let when = condition(input)?;
        write!(
            text,
            "[[lifecycles.buying.stages]]\nname = \"{name}\"\nwhen = '''{when}'''\n"
        )
        .unwrap_or_default();
    }
    Ok(text)
}

/// An instant around the turn of a year: further away, rules on the hour would have too much to tell.
fn instant(input: &mut Unstructured<'_>) -> Result<Instant> {
    const HOUR: i64 = 3_600_000_000;
    const NEW_YEAR: i64 = 1_767_225_600_000_000;
    let after = match input.int_in_range(0..=3)? {
        0 => input.int_in_range(-400 * 24..=400 * 24)? * HOUR + input.int_in_range(-1..=1)?,
        _ => input.int_in_range(-60..=60)? * 6 * HOUR,
    };
    Ok(Instant::from_micros(NEW_YEAR + after))
}

fn event(schema: &Schema, input: &mut Unstructured<'_>) -> Result<Option<RecordEvent>> {
    let (at, kind) = (instant(input)?, input.choose(&["viewed", "purchased"])?);
    let category = input.choose(&["tv", "radio", ""])?;
    let id = if input.ratio(1, 3)? {
        format!(r#""id": "e{}", "#, input.int_in_range(0..=5)?)
    } else {
        String::new()
    };
    let amount = if *kind == "purchased" {
        ", \"amount\": 9.5"
    } else {
        ""
    };
    let json = format!(
        r#"{{"id": "x", "events": [{{"kind": "{kind}", {id}"at": "{at}", "props": {{"category": "{category}"{amount}}}}}]}}"#
    );
    let record = Record::from_json(schema, &json).ok();
    Ok(record.and_then(|record| record.events().iter().next().cloned()))
}

/// Lets an engine do one thing.
fn act(
    engine: &mut Engine<Record>,
    schema: &Schema,
    input: &mut Unstructured<'_>,
    out: &mut Vec<EngineOutput>,
) -> Result<()> {
    let profile = *input.choose(&["anna", "bruno"])?;
    match input.int_in_range(0..=7)? {
        0..=3 => {
            if let Some(event) = event(schema, input)? {
                let _ = engine.observe(profile, event, out);
            }
        }
        4 => {
            let (at, plan) = (instant(input)?, input.choose(&["pro", "free"])?);
            let value = Value::Text((*plan).to_owned());
            let _ = engine.set(profile, &[("plan", value)], at, out);
        }
        5 => {
            let (at, removes) = (instant(input)?, input.ratio(1, 4)?);
            if removes {
                engine.remove(profile, at, out);
            } else {
                engine.advance(at, out);
            }
        }
        _ => {
            if let Some(wakeup) = engine.next_wakeup() {
                assert!(
                    wakeup >= engine.now(),
                    "{wakeup} lies before {}",
                    engine.now()
                );
                engine.advance(wakeup, out);
            }
        }
    }
    Ok(())
}

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let Ok(rulebook) = Rulebook::from_toml(&rules(input)?) else {
        return Ok(());
    };
    let (schema, model) = (rulebook.schema(), Model::for_schema(rulebook.schema()));
    let engine = Engine::<Record>::new(&rulebook, &model).expect("the rules fit the schema");
    let mut engine = engine.with_lateness(Duration::from_micros(
        input.choose(&[0, 86_400_000_000, i64::MAX])?.to_owned(),
    ));
    let mut out = Vec::new();
    for _ in 0..input.int_in_range(0..=12)? {
        let kept = serde_json::to_string(engine.state()).expect("a state can be kept");
        let state = serde_json::from_str(&kept).expect("what was kept can be read");
        let mut told = Vec::new();
        let restored = Engine::restore(&rulebook, &model, state, &mut told);
        let (mut other, _) = restored.expect("the rules are the same");
        let rest = input.peek_bytes(input.len()).unwrap_or_default();
        let mut again = Unstructured::new(rest);
        out.clear();
        act(&mut engine, schema, input, &mut out)?;
        act(&mut other, schema, &mut again, &mut told)?;
        assert_eq!(out, told);
        assert_eq!(engine.state(), other.state());
    }
    Ok(())
}

fuzz_target!(|input: &[u8]| {
    // Where the input ends, so does the stream.
    let _ = run(&mut Unstructured::new(input));
});
