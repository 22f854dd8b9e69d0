//! Any expression over a fixed schema, any profile: checking and evaluating never panic, and `until` is exact.
#![no_main]

use libfuzzer_sys::fuzz_target;
use segue::profile::{Model, Record};
use segue::{Instant, Rule, Schema};
use std::sync::LazyLock;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text = include_str!("schema.toml");
    segue::Rulebook::from_toml(text)
        .expect("the fixed schema loads")
        .schema()
        .clone()
});

fuzz_target!(|input: &[u8]| {
    // An instant, and two texts apart by a byte that no text has in it.
    let (now, texts) = input
        .split_first_chunk()
        .map_or((0, input), |(now, rest)| (i64::from_le_bytes(*now), rest));
    let mut texts = texts
        .splitn(2, |byte| *byte == 0xff)
        .map(String::from_utf8_lossy);
    let (text, json) = (
        texts.next().unwrap_or_default(),
        texts.next().unwrap_or_default(),
    );
    let Ok(rule) = Rule::check(&text, &SCHEMA) else {
        return;
    };
    let Ok(matcher) = rule.bind(&Model::for_schema(&SCHEMA)) else {
        return;
    };
    let Ok(profile) = Record::from_json(&SCHEMA, &json) else {
        return;
    };
    let now = Instant::from_micros(now);
    let verdict = matcher.verdict(&profile, now);
    assert_eq!(verdict.holds, matcher.holds(&profile, now));
    if let Some(until) = verdict.until {
        assert!(until > now);
        assert_ne!(matcher.holds(&profile, until), verdict.holds);
        assert_eq!(
            matcher.holds(&profile, Instant::from_micros(until.micros() - 1)),
            verdict.holds
        );
    }
});
